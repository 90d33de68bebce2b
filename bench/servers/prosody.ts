import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN, PASSWORD } from "../load/client.ts";
import type { Person } from "../load/people.ts";
import type { Need } from "../scenarios/scenario.ts";
import { isHashed, ROUNDS, scramKeys } from "./accounts.ts";
import { type Pair, writeCertificate } from "./certificate.ts";
import { end, freePort, listening, outputOf, startPinned } from "./child.ts";
import { post } from "./post.ts";
import type { Driver, Probe } from "./server.ts";

/** Folder with the community modules, which Debian does not package. */
const MODULES = process.env["KITH_BENCH_PROSODY_MODULES"];
const ROSTER_MODULE = "mod_http_roster_admin";

/** Prosody from the system's packages, with mod_http_roster_admin where it is at hand. */
export const prosody: Driver = {
  name: "prosody",
  probe,
  async start({ folder, people, appPort, needs, core }) {
    const hasModule = rosterModule() !== undefined;
    const [c2s, http] = [await freePort(), await freePort()];
    const config = join(folder, "prosody.cfg.lua");
    const pair = needs.has("tls") ? await writeCertificate(folder) : undefined;
    writeFileSync(config, configuration({ folder, c2s, http, appPort, hasModule, needs, pair }));
    const account = isHashed(needs) ? hashedAccount() : `return { ["password"] = "${PASSWORD}"; };\n`;
    writeAccounts(join(folder, "data"), people, account, !hasModule);
    const child = startPinned(core, "prosody", ["-F", "--config", config], { stdio: "ignore" });
    await listening(child, c2s, "prosody");
    return {
      pid: child.pid ?? 0,
      c2s,
      refresh: (changes) =>
        post(
          http,
          "/roster_admin/refresh",
          changes.map(({ person }) => person),
          { Host: DOMAIN },
        ),
      stop: () => end(child, "SIGKILL"),
    };
  },
};

function probe(): Probe {
  const version = outputOf("prosodyctl", ["about"], /^Prosody \d\S*$/m);
  if (version === undefined) return { ok: false, reason: "prosody is not installed" };
  if (rosterModule() !== undefined) {
    return { ok: true, version: `${version} with ${ROSTER_MODULE}`, lists: "pull", notes: [] };
  }
  const notes = [
    `KITH_BENCH_PROSODY_MODULES names no folder with ${ROSTER_MODULE}: it keeps its own roster, refresh rows are n/a`,
  ];
  return { ok: true, version, lists: "unchanging", notes };
}

function rosterModule(): string | undefined {
  if (MODULES === undefined) return undefined;
  return existsSync(join(MODULES, ROSTER_MODULE, `${ROSTER_MODULE}.lua`)) ? MODULES : undefined;
}

interface Settings {
  readonly folder: string;
  readonly c2s: number;
  readonly http: number;
  readonly appPort: number;
  readonly hasModule: boolean;
  readonly needs: ReadonlySet<Need>;
  readonly pair: Pair | undefined;
}

function configuration({ folder, c2s, http, appPort, hasModule, needs, pair }: Settings): string {
  const blocks = MODULES !== undefined && existsSync(join(MODULES, "mod_block_subscriptions"));
  const enabled = ["saslauth", "disco", "ping", "http", hasModule ? "http_roster_admin" : "roster"];
  if (hasModule && blocks) enabled.push("block_subscriptions");
  if (needs.has("extras")) enabled.push("carbons", "smacks");
  if (pair !== undefined) enabled.push("tls");
  const lines = [
    "run_as_root = true",
    "daemonize = false",
    `pidfile = "${folder}/prosody.pid"`,
    `data_path = "${folder}/data"`,
    ...(hasModule ? [`plugin_paths = { "${MODULES}" }`] : []),
    `modules_enabled = { ${enabled.map((name) => `"${name}"`).join(", ")} }`,
    `modules_disabled = { "s2s", "limits"${pair === undefined ? ', "tls"' : ""}${hasModule ? ', "roster"' : ""} }`,
    ...(pair === undefined ? [] : [`ssl = { certificate = "${pair.cert}"; key = "${pair.key}"; }`]),
    'interfaces = { "127.0.0.1" }',
    `c2s_ports = { ${c2s} }`,
    "c2s_direct_tls_ports = { }",
    `http_ports = { ${http} }`,
    'http_interfaces = { "127.0.0.1" }',
    "https_ports = { }",
    "c2s_require_encryption = false",
    "allow_unencrypted_plain_auth = true",
    `authentication = "internal_${isHashed(needs) ? "hashed" : "plain"}"`,
    'storage = "internal"',
    `log = { warn = "${folder}/prosody.log" }`,
    `VirtualHost "${DOMAIN}"`,
    ...(hasModule
      ? [`http_roster_url = "http://127.0.0.1:${appPort}/contacts/%s"`, 'storage = { roster = "memory" }']
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** As mod_auth_internal_hashed stores it, with as many rounds as it makes by itself. */
function hashedAccount(): string {
  const { salt, stored, server } = scramKeys("sha1", PASSWORD, ROUNDS);
  const members = [
    `["salt"] = "${salt.toString("utf8")}"`,
    `["iteration_count"] = ${ROUNDS}`,
    `["stored_key"] = "${stored.toString("hex")}"`,
    `["server_key"] = "${server.toString("hex")}"`,
  ];
  return `return { ${members.join("; ")}; };\n`;
}

function writeAccounts(data: string, people: readonly Person[], account: string, withRosters: boolean): void {
  const host = join(data, encodeName(DOMAIN));
  mkdirSync(join(host, "accounts"), { recursive: true });
  mkdirSync(join(host, "roster"), { recursive: true });
  for (const { name, contacts } of people) {
    const file = `${encodeName(name)}.dat`;
    writeFileSync(join(host, "accounts", file), account);
    if (!withRosters || contacts.length === 0) continue;
    const items = contacts.map(
      ({ jid, name: label }) => `["${jid}"] = { subscription = "both"; groups = {}; name = "${label}"; };`,
    );
    writeFileSync(join(host, "roster", file), `return { [false] = { version = 1; }; ${items.join(" ")} };\n`);
  }
}

/** Prosody's file names: everything but ASCII letters and digits as %xx. */
function encodeName(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
