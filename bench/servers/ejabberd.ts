import { existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOMAIN, PASSWORD } from "../load/client.ts";
import { inParallel, pause } from "../load/crowd.ts";
import type { Person } from "../load/people.ts";
import type { Need } from "../scenarios/scenario.ts";
import { isHashed } from "./accounts.ts";
import { type Pair, writeCertificate } from "./certificate.ts";
import { end, freePort, listening, outputOf, startPinned } from "./child.ts";
import { post } from "./post.ts";
import type { Change, Driver, Probe } from "./server.ts";

/** Refresh calls on their way at once. */
const WIDTH = 16;

/** ejabberd from the system's packages: its own rosters, changed through mod_http_api. */
export const ejabberd: Driver = {
  name: "ejabberd",
  probe,
  async start({ folder, people, needs, core }) {
    const [c2s, http] = [await freePort(), await freePort()];
    const pair = needs.has("tls") ? await writeCertificate(folder) : undefined;
    writeFileSync(join(folder, "ejabberd.yml"), configuration(c2s, http, needs, pair));
    writeFileSync(join(folder, "people.term"), accounts(people));
    mkdirSync(join(folder, "spool"));
    const log = openSync(join(folder, "out.log"), "w");
    const child = startPinned(core, "erl", erlangParameters(folder), {
      stdio: ["ignore", log, log],
      cwd: folder,
      env: {
        ...process.env,
        HOME: folder,
        ERL_LIBS: librariesFolder(),
        ERL_MAX_PORTS: "32000",
        EJABBERD_CONFIG_PATH: join(folder, "ejabberd.yml"),
        EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
      },
    });
    await listening(child, c2s, "ejabberd");
    await imported(folder, () => child.exitCode !== null);
    return {
      pid: child.pid ?? 0,
      c2s,
      refresh: (changes) => refresh(http, changes),
      stop: () => end(child, "SIGKILL"),
    };
  },
};

function probe(): Probe {
  const version = outputOf("dpkg-query", ["-W", "-f", "ejabberd $" + "{Version}", "ejabberd"], /^ejabberd \S+$/m);
  const libraries = librariesFolder();
  if (libraries === undefined) return { ok: false, reason: "ejabberd is not installed" };
  const notes = ["refresh is one call per changed contact (mod_http_api), the application is not asked"];
  return { ok: true, version: version ?? "ejabberd", lists: "push", notes };
}

function librariesFolder(): string | undefined {
  const file = outputOf("dpkg", ["-L", "ejabberd"], /^\/\S*\/ebin\/ejabberd\.app$/m);
  if (file === undefined || !existsSync(file)) return undefined;
  return dirname(dirname(dirname(file)));
}

function erlangParameters(folder: string): string[] {
  const done = join(folder, "imported");
  const script = [
    "{ok, _} = application:ensure_all_started(ejabberd)",
    `{ok, People} = file:consult("${join(folder, "people.term")}")`,
    `lists:foreach(fun({Name, Contacts}) -> ok = ejabberd_auth:try_register(Name, <<"${DOMAIN}">>, <<"${PASSWORD}">>), ` +
      `lists:foreach(fun({Other, Label}) -> Jid = {Other, <<"${DOMAIN}">>, <<>>}, ` +
      `mnesia:dirty_write({roster, {Name, <<"${DOMAIN}">>, Jid}, {Name, <<"${DOMAIN}">>}, Jid, Label, both, none, [], <<>>, []}) ` +
      "end, Contacts) end, People)",
    `ok = file:write_file("${done}", <<"ok">>)`,
  ].join(", ");
  return [
    "+K",
    "true",
    "+P",
    "250000",
    "-noinput",
    "-mnesia",
    "dir",
    `"${join(folder, "spool")}"`,
    "-eval",
    `${script}.`,
  ];
}

function accounts(people: readonly Person[]): string {
  let text = "";
  for (const { name, contacts } of people) {
    const list = contacts.map(({ jid, name: label }) => `{<<"${localpart(jid)}">>,<<"${label}">>}`);
    text += `{<<"${name}">>,[${list.join(",")}]}.\n`;
  }
  return text;
}

function configuration(c2s: number, http: number, needs: ReadonlySet<Need>, pair: Pair | undefined): string {
  return `hosts: ["${DOMAIN}"]
loglevel: error
auth_method: internal
auth_password_format: ${isHashed(needs) ? "scram" : "plain"}
${pair === undefined ? "" : `certfiles: ["${pair.both}"]`}
listen:
  - { port: ${c2s}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, backlog: 1000, shaper: none, access: all, starttls: ${pair !== undefined} }
  - { port: ${http}, ip: "127.0.0.1", module: ejabberd_http, backlog: 1000, request_handlers: { /api: mod_http_api } }
api_permissions:
  "bench": { who: [ { ip: "127.0.0.0/8" } ], what: [ "add_rosteritem", "delete_rosteritem" ] }
modules:
  mod_admin_extra: {}
  mod_disco: {}
  mod_http_api: {}
  mod_ping: {}
  mod_roster: {}
${needs.has("extras") ? "  mod_carboncopy: {}\n  mod_stream_mgmt: {}\n" : ""}`;
}

async function imported(folder: string, hasEnded: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!existsSync(join(folder, "imported"))) {
    if (hasEnded() || performance.now() > end) throw new Error("ejabberd did not take the accounts: see its out.log");
    await pause(50);
  }
}

async function refresh(http: number, changes: readonly Change[]): Promise<void> {
  await inParallel(changes, WIDTH, async ({ person, put, drop }) => {
    const owner = { localuser: person, localhost: DOMAIN, host: DOMAIN };
    for (const { jid, name } of put) {
      const item = { ...owner, user: localpart(jid), nick: name, group: "", subs: "both" };
      await post(http, "/api/add_rosteritem", item);
    }
    for (const jid of drop) {
      await post(http, "/api/delete_rosteritem", { ...owner, user: localpart(jid) });
    }
  });
}

function localpart(jid: string): string {
  return jid.slice(0, jid.indexOf("@"));
}
