import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { App } from "../../test/support/app.ts";
import { type Ended, kith, kithProgram, launch } from "../../test/support/cli.ts";
import { Client } from "../../test/support/client.ts";
import { REGISTRATION_KEY, tokensFor } from "../../test/support/oauth-client.ts";
import { postForm } from "../../test/support/oauth-world.ts";
import { openTls } from "../../test/support/wire.ts";
import { VERSION } from "../version.ts";

function folderFor(t: TestContext, config?: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  if (config !== undefined) writeFileSync(join(folder, "kith.config.json"), JSON.stringify(config));
  return folder;
}

const LISTEN = { c2s: 0, c2sTls: 0, http: 0, https: null };

interface Running {
  readonly ports: Readonly<Record<string, number>>;
  readonly line: string;
  stop(): Promise<Ended>;
}

async function start(t: TestContext, folder: string, args: readonly string[] = []): Promise<Running> {
  const { child, ended } = launch(folder, ["start", ...args]);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => resolve(String(chunk)));
    void ended.then(({ err }) => reject(new Error(err)));
  });
  const ports = Object.fromEntries([...line.matchAll(/ (\w+)=(\d+)/g)].map(([, key, port]) => [key, Number(port)]));
  const stop = (): Promise<Ended> => {
    child.kill("SIGTERM");
    return ended;
  };
  return { ports, line, stop };
}

test("contract §5: one line when ready, the run file while it runs, exit 0 on SIGTERM, nothing left", async (t) => {
  const folder = folderFor(t, { domain: "localhost", contacts: { url: "http://127.0.0.1:1/%s" }, listen: LISTEN });
  const running = await start(t, folder);
  assert.match(running.line, /^kith ready pid=\d+ c2s=\d+ c2sTls=\d+ http=\d+\n$/);
  const runFile = join(folder, "data/kith.run.json");
  assert.equal(statSync(runFile).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "data/http.token")).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(runFile, "utf8")).ports.http, running.ports["http"]);
  const second = await kithProgram(folder, ["start"]);
  assert.equal(second.code, 1);
  assert.match(second.err, /already runs with the data folder/);
  const token = readFileSync(join(folder, "data/http.token"), "utf8").trim();
  const ended = await running.stop();
  assert.equal(ended.code, 0);
  assert.equal(ended.out, running.line);
  assert.match(ended.err, /http\.token/);
  assert.ok(!ended.err.includes(token), "G31: the token itself is never logged");
  assert.ok(!existsSync(runFile));
});

test("accounts before and while the server runs; a removed person's session ends", async (t) => {
  const app = await App.start();
  t.after(() => app.stop());
  app.contacts.set("john", { "marie@localhost": { name: "Marie", groups: ["Friends"] } });
  const folder = folderFor(t, { domain: "localhost", contacts: { url: app.url }, listen: LISTEN });
  const added = await kithProgram(folder, ["user", "add", "john@localhost"], "secret\n");
  assert.deepEqual([added.code, added.out], [0, "john@localhost added\n"], added.err);
  const again = await kith(folder, ["user", "add", "John@localhost"], "secret\n");
  assert.equal(again.code, 1);
  assert.match(again.err, /exists already.*kith user passwd/);

  const { ports } = await start(t, folder);
  const checked = await kith(folder, ["check"]);
  assert.equal(checked.code, 0, checked.out + checked.err);
  assert.match(checked.out, /john@localhost: .* answered 1 contacts/);
  assert.doesNotMatch(checked.out, /marie/i);
  assert.match(checked.out, /ok {3}refresh of john at localhost: the running server does it/);
  const john = await login(ports["c2sTls"] ?? 0, "john", "secret");
  const refreshed = await kith(folder, ["refresh", "john", "nobody"]);
  assert.match(refreshed.out, /^john@localhost: 0 added, 0 changed, 0 removed\nnobody@localhost: offline/m);
  const roster = await kith(folder, ["roster", "john"]);
  assert.match(roster.out, /marie@localhost +Marie +both +Friends/);
  const why = await kith(folder, ["explain", "john", "marie@localhost"]);
  assert.match(why.out, /^john@localhost does not see marie@localhost as available\.\n/);
  assert.match(why.out, /The list of marie@localhost is not known: it was never fetched/);
  assert.equal((await kith(folder, ["explain", "john"])).code, 2);
  assert.match(roster.out, /1 contacts · from app \d+ s ago/);

  assert.equal((await kith(folder, ["user", "passwd", "john"], "another\n")).code, 0);
  await john.ended();
  const once = await login(ports["c2sTls"] ?? 0, "john", "another");
  assert.equal((await kith(folder, ["user", "remove", "john@localhost"])).code, 0);
  await once.ended();
  assert.equal((await kith(folder, ["user", "list"])).out, "");
  assert.equal((await kith(folder, ["user", "remove", "john@localhost"])).code, 1);
});

async function login(port: number, username: string, password: string): Promise<Client> {
  return Client.login(await openTls(port), { username, domain: "localhost", password });
}

test("app passwords: made, listed and taken back, with no server and through a running one", async (t) => {
  const folder = folderFor(t, { domain: "localhost", contacts: { url: "http://127.0.0.1:1/%s" }, listen: LISTEN });
  const add = ["app-password", "add", "john", "--name", "John's phone"];
  const first = await kith(folder, add);
  assert.match(first.out, /^[a-z2-9-]{29}\n$/, first.err);
  const { ports } = await start(t, folder);
  const port = ports["c2sTls"] ?? 0;
  await login(port, "john", first.out.trim());
  const second = await kith(folder, add);
  const client = await login(port, "john", second.out.trim());
  const { out } = await kith(folder, ["app-password", "list", "john@localhost"]);
  const [head, one = "", two = ""] = out.split("\n");
  assert.match(head ?? "", /^ID +NAME +CREATED +LAST USED$/);
  assert.match(one, /^\w{12} {2}John's phone {2}\S+Z {2}\S+Z$/);
  assert.doesNotMatch(out, new RegExp(first.out.trim()));
  const id = two.slice(0, 12);
  assert.equal(
    (await kith(folder, ["app-password", "remove", "john", id])).out,
    `${id} of john@localhost is taken back\n`,
  );
  await client.ended();
  assert.equal((await kith(folder, ["app-password", "remove", "john", id])).code, 1);
  assert.equal((await kith(folder, ["app-password", "add", "john"])).code, 2);
  assert.equal((await kith(folder, ["app-password", "show"])).code, 2);
  const link = await kith(folder, ["device-link", "john", "--name", "Tablet", "--expires", "1h"]);
  assert.match(link.out, /^xmpp:john@localhost\?register;preauth=\w{30}\n$/, link.err);
  assert.match(link.err, /[▀▄█]{4}.*\n\nGood once, until \S+Z\.\n$/s);
  assert.match(
    (await kith(folder, ["device-link", "john", "--name", "x", "--expires", "1y"])).err,
    /from "1m" to "24h"/,
  );
  assert.equal((await kith(folder, ["device-link", "john"])).code, 2);
  const unnamed = await kith(folder, ["app-password", "add", "john", "--name", " "]);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.err, /^john@localhost: name has to be 1 to 64 characters/);
});

test("flags alone start a server, and commands beside it need no configuration", async (t) => {
  const folder = folderFor(t);
  assert.equal((await kith(folder, ["user", "add", "john@localhost"], "secret\n")).code, 0);
  const flags = ["--domain", "localhost", "--contacts", "http://127.0.0.1:1/%s", "--c2s", "0", "--http", "0"];
  const { line } = await start(t, folder, [...flags, "--c2s-tls", "off", "--https", "off"]);
  assert.match(line, /^kith ready pid=\d+ c2s=\d+ http=\d+\n$/);
  assert.equal((await kith(folder, ["user", "list"])).out, "john@localhost\n");
  assert.match((await kith(folder, ["refresh", "john"])).out, /^john@localhost: offline/);
  const { out } = await kith(folder, ["admin"]);
  const [, page = "", token] = /^(http:\/\/127\.0\.0\.1:\d+\/admin)#token=(\S{43})\n$/.exec(out) ?? [];
  const overview = await fetch(`${page}/api/overview`, { headers: { authorization: `Bearer ${token}` } });
  assert.partialDeepStrictEqual(await overview.json(), { domain: "localhost", people: 0 });
  assert.equal(statSync(join(folder, "data", "admin.token")).mode & 0o777, 0o600);
});

test("import: good lines are taken, bad ones named, without the passwords", async (t) => {
  const folder = folderFor(t, { domain: "localhost", contacts: { url: "http://127.0.0.1:1/%s" }, listen: LISTEN });
  writeFileSync(join(folder, "users.csv"), 'jid,password\njohn@localhost,"se,cret"\nmarie@elsewhere,geheim\n');
  const imported = await kith(folder, ["user", "import", "users.csv"]);
  assert.equal(imported.code, 1);
  assert.equal(imported.out, "1 accounts imported, 1 lines left out\n");
  assert.equal(imported.err, "line 3: the domain elsewhere is not served here\n");
  assert.equal((await kith(folder, ["user", "list"])).out, "john@localhost\n");
  const missing = await kith(folder, ["user", "import", "nothing.csv"]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /nothing\.csv cannot be read/);
  assert.doesNotMatch(missing.err, /Check the path given to --config/);
});

test("a wrong configuration is exit 2 with every mistake at once, and no secret", async (t) => {
  const config = { domian: "x", contacts: { timeout: "soon", bearer: "not a token" }, http: { tokens: [7] } };
  const { code, out, err } = await kith(folderFor(t, config), ["start"]);
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.match(err, /domian: "x", expected another key: did you mean "domain"\?/);
  assert.match(err, /contacts\.timeout: "soon", expected a duration/);
  assert.match(err, /http\.tokens\[0\]: \(hidden\)/);
  assert.doesNotMatch(err, /not a token/);
  const broken = folderFor(t);
  writeFileSync(join(broken, "kith.config.json"), '{\n  "domain" "x"\n}');
  const unreadable = await kith(broken, ["start"]);
  assert.equal(unreadable.code, 2);
  assert.match(unreadable.err, /is not JSON: look at line 2, column 12/);
  assert.equal((await kith(folderFor(t), ["start"])).code, 2);
  assert.equal((await kith(folderFor(t), ["start", "--config", "none.json"])).code, 2);
});

test("a configuration in TypeScript, with contacts from a function", async (t) => {
  const folder = folderFor(t);
  const text = `export const config = { domain: "localhost", storage: "memory", listen: ${JSON.stringify(LISTEN)},
    contacts: async (user: string) => ({ [user + "-friend@localhost"]: {} }) };\n`;
  writeFileSync(join(folder, "kith.config.ts"), text);
  await start(t, folder);
  assert.equal((await kith(folder, ["user", "add", "john@localhost"], "secret\n")).code, 0);
  assert.equal((await kith(folder, ["user", "list"])).out, "john@localhost\n");
  assert.match((await kith(folder, ["check", "john"])).out, /the contacts function answered 1 contacts/);
});

test("check says what to mend", async (t) => {
  const app = await App.start();
  t.after(() => app.stop());
  app.contacts.set("john", { "john@localhost": {}, "marie@localhost": { name: 7 } });
  const folder = folderFor(t, { domain: "localhost", contacts: { url: app.url }, listen: LISTEN });
  const problems = await kith(folder, ["check", "john"]);
  assert.equal(problems.code, 1);
  assert.match(problems.out, /FAIL {3}john@localhost: /);
  assert.match(problems.out, /FAIL {3}marie@localhost, name: /);
  app.contacts.set("john", '["marie@localhost"]');
  assert.match((await kith(folder, ["check", "john"])).out, /FAIL .*Answer with an object like/);
  await app.stop();
  const down = await kith(folder, ["check", "john"]);
  assert.match(down.out, /FAIL .*Start the application, or mend contacts\.url/);
});

test("help, version, and wrong use", async (t) => {
  const folder = folderFor(t);
  assert.deepEqual(await kithProgram(folder, ["--version"]), { code: 0, out: `${VERSION}\n`, err: "" });
  assert.match((await kith(folder, [])).out, /usage: kith COMMAND/);
  assert.match((await kith(folder, ["help", "user"])).out, /user import FILE/);
  const { out } = await kith(folder, ["help", "oauth"]);
  assert.match(out, /\n {8,}\[--grant/); // a line that goes on begins no command
  const wrong = await kithProgram(folder, ["strat"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no command "strat"\. Did you mean "start"\?/);
  assert.equal((await kith(folder, ["start", "--colour"])).code, 2);
  assert.equal((await kith(folder, ["roster"])).code, 2);
  const alone = await kith(folder, ["refresh", "john@localhost"]);
  assert.equal(alone.code, 1);
  assert.match(alone.err, /No server runs with the data folder/);
});

test("contract §5: with an authorization server too there is one line, and a log without secrets", async (t) => {
  const oauth = { registrationKey: REGISTRATION_KEY };
  const folder = folderFor(t, {
    domain: "localhost",
    contacts: { url: "http://127.0.0.1:1/%s" },
    listen: LISTEN,
    oauth,
  });
  const running = await start(t, folder);
  await kith(folder, ["user", "add", "romeo@localhost"], "correct horse\n");
  const base = `http://127.0.0.1:${running.ports["http"]}`;
  const made = await tokensFor(base, "romeo", "correct horse", { params: { scope: "openid xmpp" } });
  const again = await postForm(`${base}/oauth2/token`, { grant_type: "nonsense", client_id: made.client.client_id });
  assert.equal(again.status, 400);
  await postForm(`${base}/oauth2/device`, { user_code: "nonsense" });
  await postForm(`${base}/oauth2/device_authorization`, { client_id: made.client.client_id });
  await fetch(`${base}/oauth2/authorize?client_id=nonsense`);
  await fetch(`${base}/oauth2/userinfo`, { headers: { authorization: `Bearer ${made.tokens.access_token}` } });
  await postForm(`${base}/oauth2/revoke`, { client_id: made.client.client_id, token: made.tokens.access_token });
  const { out, err } = await running.stop();
  assert.equal(out, running.line);
  for (const line of err.trim().split("\n")) assert.equal(typeof JSON.parse(line), "object", line);
  assert.ok(err.includes("grant taken back"));
  const { access_token: access, refresh_token: refresh } = made.tokens;
  for (const text of [access, refresh, made.code, made.asked.verifier, "correct horse", REGISTRATION_KEY]) {
    assert.ok(!err.includes(String(text)), String(text));
  }
});
