/** `kith roster john`: the list that the running server holds. */
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { connectRunning, member, reasonOf } from "./call.ts";
import { type Command, UsageError } from "./command.ts";
import { columns } from "./plain.ts";
import { readTarget } from "./settings.ts";
import { personOf } from "./who.ts";

export const roster: Command = {
  name: "roster",
  usage: "roster NAME [--json] [--config FILE]",
  summary: "print the contacts that are held for a person",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, json: { type: "boolean" } });
    const [name, other] = positionals;
    if (name === undefined || other !== undefined) throw new UsageError("whose contacts? Give one name");
    const running = await connectRunning(await readTarget(values, io));
    const { username, domain } = personOf(name, running.domains);
    const path = `/roster_admin/rosters/${encodeURIComponent(username)}?domain=${encodeURIComponent(domain)}`;
    const answer = await running.call("GET", path);
    if (answer.status !== 200) {
      io.err(`${username}@${domain}: ${reasonOf(answer)}`);
      return 1;
    }
    io.out(values.json === true ? JSON.stringify(answer.json, undefined, 2) : rosterTable(answer.json));
    return 0;
  },
};

function rosterTable(json: unknown): string {
  const contacts = member(json, "contacts");
  const rows = Object.entries(typeof contacts === "object" && contacts !== null ? contacts : {}).map(
    ([jid, contact]) => {
      const groups = member(contact, "groups");
      const ask = member(contact, "ask") === undefined ? "" : " (asked)";
      return [
        jid,
        String(member(contact, "name") ?? ""),
        `${member(contact, "subscription") ?? "both"}${ask}`,
        Array.isArray(groups) ? groups.join(", ") : "",
        String(member(contact, "until") ?? ""),
      ];
    },
  );
  const online = member(json, "online");
  const state = [
    `${rows.length} contacts`,
    `from ${member(json, "source")} ${member(json, "age")} s ago`,
    ...(member(json, "stale") === true ? ["the application failed since"] : []),
    `version ${member(json, "version")}`,
    `online: ${Array.isArray(online) && online.length > 0 ? online.join(", ") : "no"}`,
  ].join(" · ");
  return [...columns([["CONTACT", "NAME", "SUBSCRIPTION", "GROUPS", "UNTIL"], ...rows]), "", state].join("\n");
}
