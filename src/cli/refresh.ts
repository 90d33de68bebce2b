/** `kith refresh john aaron`: their lists are fetched again. */
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { connectRunning, member, type Running, reasonOf } from "./call.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { readTarget } from "./settings.ts";
import { personOf } from "./who.ts";

export const refresh: Command = {
  name: "refresh",
  usage: "refresh NAME… [--dry-run] [--json] [--config FILE]",
  summary: "fetch people's contacts again and tell who is online",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, {
      ...CONFIG_FLAG,
      "dry-run": { type: "boolean" },
      json: { type: "boolean" },
    });
    if (positionals.length === 0) throw new UsageError("whose contacts? Give at least one name");
    const running = await connectRunning(await readTarget(values, io));
    const people = positionals.map((text) => personOf(text, running.domains));
    let failed = 0;
    for (const domain of running.domains) {
      const users = people.filter((person) => person.domain === domain).map((person) => person.username);
      if (users.length === 0) continue;
      const body = { users, dryRun: values["dry-run"] === true };
      failed += await refreshDomain(running, domain, body, values.json === true, io);
    }
    return failed === 0 ? 0 : 1;
  },
};

async function refreshDomain(
  running: Running,
  domain: string,
  body: unknown,
  asJson: boolean,
  io: Io,
): Promise<number> {
  const path = `/roster_admin/refresh?results=1&domain=${encodeURIComponent(domain)}`;
  const answer = await running.call("POST", path, body);
  const results = member(answer.json, "results");
  if (typeof results !== "object" || results === null) {
    io.err(`The server refused: ${reasonOf(answer)}`);
    return 1;
  }
  if (asJson) io.out(JSON.stringify(answer.json, undefined, 2));
  else for (const [username, result] of Object.entries(results)) io.out(`${username}@${domain}: ${inWords(result)}`);
  return Number(member(answer.json, "errors") ?? 0);
}

function inWords(result: unknown): string {
  if (member(result, "status") !== "ok") return `failed: ${member(result, "message")}`;
  if (member(result, "source") === "none") return "offline: the next login asks again";
  const count = (key: string): number => {
    const list = member(result, key);
    return Array.isArray(list) ? list.length : 0;
  };
  const words = [`${count("added")} added`, `${count("changed")} changed`, `${count("removed")} removed`];
  if (count("problems") > 0) words.push(`${count("problems")} problems (see --json)`);
  return words.join(", ");
}
