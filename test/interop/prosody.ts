/**
 * `npm run interop`: whoever comes from Prosody. The real Prosody makes accounts with both of its providers, `kith import prosody`
 * takes them, and people log in with the passwords they have, by SCRAM and by PLAIN.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Strophe } from "strophe.js";
import { LuaTable, type LuaValue, textOf } from "../../src/cli/prosody/lua-value.ts";
import { type Files, type Option, readSections } from "../../src/cli/prosody/sections.ts";
import { App } from "../support/app.ts";
import { Client } from "../support/client.ts";
import { openTls } from "../support/wire.ts";

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const PROSODYCTL = "/usr/bin/prosodyctl";
const LUA = "/usr/bin/lua5.4";
const KITH = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Hard ones: what SASLprep changes, what Lua and SCRAM escape, names that are no file names. */
const PEOPLE = [
  { username: "john", domain: "hashed.example", password: "old secret" },
  { username: "mär-ie_1.x", domain: "hashed.example", password: "pässwörd, =2C \u00b2" },
  { username: "tim", domain: "plain.example", password: 'pla"in\\n \u00b2' },
  { username: "eve", domain: "sha256.example", password: "old secret" },
  { username: "half", domain: "upgraded.example", password: "from plain to hashed" },
] as const;

function missing(): string | false {
  const found = spawnSync(PROSODYCTL, ["--version"]);
  return found.error === undefined ? false : "prosody is not installed (Debian: apt-get install prosody)";
}

function prosodyConfig(folder: string, contactsUrl: string, upgraded: "internal_plain" | "internal_hashed"): string {
  return `
run_as_root = true
data_path = "${folder}/prosody"
pidfile = "${folder}/prosody.pid"
log = { error = "${folder}/prosody.err" }
modules_enabled = { "saslauth", "http_roster_admin", "websocket" }
interfaces = { "127.0.0.1" }
legacy_ssl_ports = { 5223 }
https_ports = { }
http_roster_url = "${contactsUrl}"
oauth2_registration_key = "a registration key, only for this test"
VirtualHost "hashed.example"
VirtualHost "plain.example"
	authentication = "internal_plain"
VirtualHost "sha256.example"
	password_hash = "SHA-256"
VirtualHost "upgraded.example"
	authentication = "${upgraded}"
`;
}

function run(command: string, args: readonly string[], folder: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** What Prosody's own configmanager makes of a file, as JSON. */
const DUMP = `
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
local manager = require "core.configmanager"
assert(manager.load(arg[1], "lua"))
local hosts = {}
for host, options in pairs(manager.getconfig()) do
  hosts[host] = {}
  for name, value in pairs(options) do hosts[host][name] = value end
end
print(require "util.json".encode(hosts))
`;

function plain(value: LuaValue): unknown {
  if (typeof value === "string") return textOf(value);
  if (!(value instanceof LuaTable)) return value;
  const keys = [...value.keys()];
  const items = value.items();
  if (items.length === keys.length && keys.length > 0) return items.map(plain);
  return Object.fromEntries(keys.map((key) => [String(key), plain(value.get(key))]));
}

function noLua(): string | false {
  if (!existsSync("/usr/lib/prosody/core/configmanager.lua")) return "prosody is not in /usr/lib/prosody";
  return spawnSync(LUA, ["-v"]).error === undefined ? false : "lua5.4 is not installed";
}

test("the sample configuration is read as Prosody itself reads it", { skip: noLua() }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-prosody-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dump = join(folder, "dump.lua");
  writeFileSync(dump, DUMP);
  const sample = fileURLToPath(new URL("../../src/cli/prosody/testdata/prosody.cfg.lua", import.meta.url));
  const files: Files = { read: (path) => readFileSync(path, "latin1"), list: (path) => readdirSync(path) };
  const sections = readSections(sample, files, () => undefined);
  assert.ok(sections);
  const options = (all: ReadonlyMap<string, Option>): Record<string, unknown> =>
    Object.fromEntries([...all].map(([name, { value }]) => [name, plain(value)]));
  const ours: Record<string, unknown> = { "*": options(sections.global) };
  for (const { name, component, options: own } of sections.hosts) {
    const kind =
      component === undefined ? { defined: true } : { component_module: component, load_global_modules: false };
    ours[name] = { ...options(own), ...kind };
  }
  assert.deepEqual(ours, JSON.parse(run(LUA, [dump, sample], folder)));
});

async function start(folder: string): Promise<{ child: ChildProcess; ports: Readonly<Record<string, number>> }> {
  const flags = ["--c2s", "0", "--c2s-tls", "0", "--http", "0"];
  const child = spawn(process.execPath, [KITH, "start", ...flags], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk)));
    child.once("close", () => reject(new Error(err)));
  });
  return {
    child,
    ports: Object.fromEntries([...line.matchAll(/ (\w+)=(\d+)/g)].map(([, key, n]) => [key, Number(n)])),
  };
}

/** strophe.js takes the best SCRAM that is offered, as most clients do; nothing but SCRAM is allowed to it. */
async function loginByScram(port: number | undefined, jid: string, password: string): Promise<boolean> {
  const mechanisms = [Strophe.SASLSHA1, Strophe.SASLSHA256];
  const connection = new Strophe.Connection(`ws://127.0.0.1:${port}/xmpp-websocket`, { mechanisms });
  return new Promise((resolve, reject) => {
    connection.connect(jid, password, (status: number, condition: unknown) => {
      if (status === Strophe.Status.CONNECTED) {
        connection.disconnect("");
        resolve(true);
      }
      if (status === Strophe.Status.AUTHFAIL) resolve(false);
      if (status === Strophe.Status.CONNFAIL) reject(new Error(String(condition)));
    });
  });
}

test("accounts made by Prosody log in to Kith with the same passwords, by SCRAM and PLAIN", {
  skip: missing(),
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-prosody-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const app = await App.start();
  t.after(() => app.stop());
  const config = join(folder, "prosody.cfg.lua");
  const asRoot = process.getuid?.() === 0 ? ["--root"] : [];
  writeFileSync(config, prosodyConfig(folder, app.url, "internal_plain"));
  run("mkdir", ["prosody"], folder);
  for (const { username, domain, password } of PEOPLE) {
    run(PROSODYCTL, [...asRoot, "--config", config, "register", username, domain, password], folder);
  }
  writeFileSync(config, prosodyConfig(folder, app.url, "internal_hashed"));

  const said = run(process.execPath, [KITH, "import", "prosody", "--config", config, "--data", "prosody"], folder);
  assert.match(said, /^5 accounts taken, with the passwords they have$/m);
  assert.doesNotMatch(said, /a registration key|old secret/);

  const { child, ports } = await start(folder);
  t.after(() => child.kill("SIGKILL"));
  for (const { username, domain, password } of PEOPLE) {
    const byPlain = await Client.login(await openTls(ports["c2sTls"] ?? 0), { username, domain, password });
    assert.ok(byPlain.jid.startsWith(`${username}@${domain}/`), byPlain.jid);
    const wrong = { username, domain, password: `${password}!` };
    await assert.rejects(Client.login(await openTls(ports["c2sTls"] ?? 0), wrong), /login failed/, username);
    // strophe.js does not prepare passwords: it is given this one as SASLprep has it, which other clients do themselves.
    const prepared = password.normalize("NFKC");
    assert.equal(await loginByScram(ports["http"], `${username}@${domain}`, prepared), true, `${username} by SCRAM`);
    assert.equal(await loginByScram(ports["http"], `${username}@${domain}`, `${prepared}!`), false, username);
  }
});
