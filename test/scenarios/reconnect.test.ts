/** A device logs in once by SASL2 and Bind 2, and comes back by FAST in one round trip, over real TLS. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { HEADER, openLine } from "../support/line.ts";
import { befriend } from "../support/verona.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>Test</software></user-agent>";
const BIND = "<bind xmlns='urn:xmpp:bind:0'><tag>phone</tag></bind>";
const ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>";
const EXPR = "HT-SHA-256-EXPR";
const ENDP = "HT-SHA-256-ENDP";

function authenticate(mechanism: string, initial: Buffer, inside: string): string {
  const response = `<initial-response>${initial.toString("base64")}</initial-response>`;
  return `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='${mechanism}'>${response}${AGENT}${inside}</authenticate>`;
}

const wish = (mechanism: string): string => `<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`;

function firstLogin(mechanism: string, password = PASSWORD): string {
  const initial = Buffer.from(`\0romeo\0${password}`);
  return HEADER + authenticate("PLAIN", initial, BIND + wish(mechanism));
}

/** RFC 9266 and RFC 5929, as a client computes them. */
function bindingOf(mechanism: string, socket: TLSSocket): Buffer {
  if (mechanism === EXPR) return socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  return Buffer.from(socket.getPeerCertificate().fingerprint256.replaceAll(":", ""), "hex");
}

function comeBack(mechanism: string, token: string, binding: Buffer, attributes = ""): string {
  const hashed = createHmac("sha256", token).update("Initiator").update(binding).digest();
  const initial = Buffer.concat([Buffer.from("romeo\0"), hashed]);
  return authenticate(mechanism, initial, `${BIND}<fast xmlns='urn:xmpp:fast:0'${attributes}/>`);
}

function tokenIn(text: string): string {
  const token = /<token xmlns="urn:xmpp:fast:0" expiry="[^"]+Z" token="([^"]+)"\/>/.exec(text)?.[1];
  assert.ok(token !== undefined, text);
  return token;
}

const jidIn = (text: string): string | undefined => /<authorization-identifier>([^<]*)</.exec(text)?.[1];

for (const mechanism of [EXPR, ENDP]) {
  test(`XEP-0484 §3.4, ${mechanism}: header, login, binding, roster and presence in one write; the server proves itself`, {
    timeout: 20_000,
  }, async () => {
    await using world = await startWorld();
    befriend(world);
    await world.addUser("romeo@localhost");
    const juliet = await world.online("juliet@localhost/balcony");
    const first = await openLine(world);
    first.say(firstLogin(mechanism));
    const welcome = await first.hear(/<\/stream:features>.*<\/stream:features>/);
    assert.match(
      welcome,
      /<inline><bind xmlns="urn:xmpp:bind:0">.*<\/bind><sm xmlns="urn:xmpp:sm:3"\/><fast xmlns="urn:xmpp:fast:0">/,
    );
    assert.match(welcome, /<bound xmlns="urn:xmpp:bind:0"\/>/);
    const token = tokenIn(welcome);

    const second = await openLine(world);
    const binding = bindingOf(mechanism, second.socket);
    const login = comeBack(mechanism, token, binding, " count='1'");
    second.say(`${HEADER}${login}${ROSTER}<presence/>`);
    const back = await second.hear(/<presence from='juliet@localhost\/balcony'/);
    assert.equal(jidIn(back), jidIn(welcome));
    const proof = createHmac("sha256", token).update("Responder").update(binding).digest("base64");
    assert.ok(back.includes(`<additional-data>${proof}</additional-data>`), back);
    assert.match(back, /<iq id='r' [^>]*><query [^>]*><item jid='juliet@localhost'/);
    const jid = jidIn(back) ?? "";
    await juliet.next((s) => s.name === "presence" && s.attrs["from"] === jid && s.attrs["type"] === undefined);
    // XEP-0386 §3.2: what the device left behind is ended.
    assert.match(await first.hear(/<\/stream:stream>/), /<stream:error><conflict /);

    // Whoever heard all of it: on another connection it is worth nothing, nor a second time on one like it.
    const thief = await openLine(world);
    thief.say(HEADER + login);
    assert.match(await thief.hear(/<failure/), /<failure xmlns="urn:xmpp:sasl:2"><not-authorized /);
    for (const line of [second, thief]) line.socket.destroy();
  });
}

test("XEP-0388 §2.6.2: after a token that is refused, the same stream takes SASL of RFC 6120", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const line = await openLine(world);
  line.say(HEADER + comeBack(EXPR, "wrong", bindingOf(EXPR, line.socket)));
  await line.hear(/<failure/);
  const initial = Buffer.from(`\0romeo\0${PASSWORD}`).toString("base64");
  line.say(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${initial}</auth>`);
  assert.match(await line.hear(/<success/), /<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"\/>/);
  line.socket.destroy();
});

test("a token survives a restart, and so does the resource; a new password ends the token and the session", {
  timeout: 20_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-reconnect-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const storage = `sqlite:${join(folder, "kith.sqlite")}`;
  let token = "";
  let jid: string | undefined;
  {
    await using world = await startWorld({ storage });
    await world.addUser("romeo@localhost");
    const line = await openLine(world);
    line.say(firstLogin(EXPR));
    const welcome = await line.hear(/<\/success>/);
    [token, jid] = [tokenIn(welcome), jidIn(welcome)];
    line.socket.destroy();
  }
  await using world = await startWorld({ storage });
  const line = await openLine(world);
  line.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, line.socket)));
  assert.equal(jidIn(await line.hear(/<\/success>/)), jid);
  await world.server.users.add("romeo@localhost", "another");
  assert.match(await line.hear(/<\/stream:stream>/), /<stream:error><not-authorized /);
  const again = await openLine(world);
  again.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, again.socket)));
  assert.match(await again.hear(/<failure/), /<not-authorized /);
  again.socket.destroy();
});

test("an app password that is taken back takes the token with it that came by it, and the session that came by that", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  const path = "/kith/app-passwords";
  const made = await world.http(path, { method: "POST", body: JSON.stringify({ user: "romeo", name: "phone" }) });
  const { id, password } = (await made.json()) as { readonly id: string; readonly password: string };
  const first = await openLine(world);
  first.say(firstLogin(EXPR, password));
  const token = tokenIn(await first.hear(/<\/success>/));
  const second = await openLine(world);
  second.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, second.socket)));
  await second.hear(/<\/success>/);
  assert.equal((await world.http(`${path}/${id}?user=romeo`, { method: "DELETE" })).ok, true);
  assert.match(await second.hear(/<\/stream:stream>/), /<stream:error><not-authorized /);
  const third = await openLine(world);
  third.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, third.socket)));
  assert.match(await third.hear(/<failure/), /<not-authorized /);
  third.socket.destroy();
});

test("XEP-0493 §4: a device that comes back by its token manages no more access than what let it in", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const body = JSON.stringify({ user: "romeo", name: "phone" });
  const made = await world.http("/kith/app-passwords", { method: "POST", body });
  const { password } = (await made.json()) as { readonly password: string };
  const asks = "<iq type='get' id='a'><list xmlns='urn:xmpp:cam:0'/></iq>";
  for (const [by, attributes, answer] of [
    [password, "", /<iq id='a' [^>]*type='error'.*<forbidden /],
    [password, " invalidate='true'", /<iq id='a' [^>]*type='error'.*<forbidden /],
    [PASSWORD, "", /<iq id='a' [^>]*type='result'.*<client id='device:[^>]*>.*<permission status='unrestricted'/],
  ] as const) {
    const first = await openLine(world);
    first.say(firstLogin(EXPR, by));
    const token = tokenIn(await first.hear(/<\/success>/));
    const back = await openLine(world);
    back.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, back.socket), attributes) + asks);
    assert.match(await back.hear(/<iq id='a'.*<\/iq>/), answer);
    for (const line of [first, back]) line.socket.destroy();
  }
});

test("XEP-0484 §3.6: whoever signs out by the login itself still gets a session, and no other", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const first = await openLine(world);
  first.say(firstLogin(EXPR));
  const token = tokenIn(await first.hear(/<\/success>/));
  const last = await openLine(world);
  last.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, last.socket), " invalidate='true'") + ROSTER);
  const text = await last.hear(/<iq id='r'/);
  assert.match(text, /<bound xmlns="urn:xmpp:bind:0"\/><\/success>/);
  const again = await openLine(world);
  again.say(HEADER + comeBack(EXPR, token, bindingOf(EXPR, again.socket)));
  assert.match(await again.hear(/<failure/), /<not-authorized /);
  for (const line of [last, again]) line.socket.destroy();
});

test("accounts.fast null: no tokens are offered, and none are given", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ accounts: { fast: null } });
  await world.addUser("romeo@localhost");
  const line = await openLine(world);
  line.say(firstLogin(EXPR));
  assert.doesNotMatch(await line.hear(/<\/success>/), /urn:xmpp:fast/);
  line.socket.destroy();
});
