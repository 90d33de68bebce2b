/** XEP-0198 with a whole server: what ends a session ends it also while its client is cut off, and is told to whom it concerns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER, type Line, openLine } from "../support/line.ts";
import { gone } from "../support/until.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const NS_SM = "urn:xmpp:sm:3";
const AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>Test</software></user-agent>";
const ENABLE = `<bind xmlns='urn:xmpp:bind:0'><tag>phone</tag><enable xmlns='${NS_SM}' resume='true'/></bind>`;

function login(password: string, inside: string): string {
  const initial = Buffer.from(`\0romeo\0${password}`).toString("base64");
  const response = `<initial-response>${initial}</initial-response>`;
  return `${HEADER}<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>${response}${AGENT}${inside}</authenticate>`;
}

interface Cut {
  readonly jid: string;
  readonly resume: string;
}

/** Logs in, is available, and is cut off. */
async function cutOff(world: World, password = PASSWORD): Promise<Cut> {
  const line = await openLine(world);
  line.say(`${login(password, ENABLE)}<presence/>`);
  const text = await line.hear(/<presence /);
  const id = /<enabled [^>]*id="([^"]+)"/.exec(text)?.[1];
  const jid = /<authorization-identifier>([^<]*)</.exec(text)?.[1] ?? "";
  line.socket.destroy();
  await gone(world, 1);
  return { jid, resume: `<resume xmlns='${NS_SM}' previd='${id}' h='1'/>` };
}

async function comeBack(world: World, { resume }: Cut, password = PASSWORD): Promise<{ line: Line; text: string }> {
  const line = await openLine(world);
  line.say(login(password, resume));
  return { line, text: await line.hear(/<\/success>|<failure/) };
}

async function verona(): Promise<World> {
  const world = await startWorld();
  world.app.contacts.set("romeo", { "juliet@localhost": {} });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
  await world.addUser("romeo@localhost");
  return world;
}

test("XEP-0198 §9.2: a device is back in one round trip, and a refresh from while it was away is pushed once", {
  timeout: 20_000,
}, async () => {
  await using world = await verona();
  const cut = await cutOff(world);
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" }, "nurse@localhost": {} });
  const answer = (await world.refresh(["romeo"], "?results=1")) as { results: { romeo: { online: number } } };
  assert.equal(answer.results.romeo.online, 1);
  const { line, text } = await comeBack(world, cut);
  assert.match(text, new RegExp(`<authorization-identifier>${cut.jid}</authorization-identifier><resumed `));
  line.say("<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
  const all = await line.hear(/<iq from='localhost' id='p'/);
  assert.doesNotMatch(all.slice(all.indexOf("<success")), /<stream:features/);
  line.socket.destroy();
  assert.doesNotMatch(all, /<item /, "it never asked for its contacts, and is pushed none");
});

test("XEP-0198 §5: whoever asked for the contacts gets the pushes that came meanwhile", {
  timeout: 20_000,
}, async () => {
  await using world = await verona();
  const first = await openLine(world);
  first.say(`${login(PASSWORD, ENABLE)}<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>`);
  const welcome = await first.hear(/<iq id='r'.*<\/iq>/);
  const id = /<enabled [^>]*id="([^"]+)"/.exec(welcome)?.[1];
  first.socket.destroy();
  await gone(world, 1);
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" }, "nurse@localhost": {} });
  await world.refresh(["romeo"]);
  const { line } = await comeBack(world, { jid: "", resume: `<resume xmlns='${NS_SM}' previd='${id}' h='1'/>` });
  const pushes = await line.hear(/<item [^>]*>.*<item [^>]*>.*<r /);
  const items = [...pushes.matchAll(/<item jid='([^']*)'/g)].map(([, jid]) => jid).sort();
  assert.deepEqual(items, ["juliet@localhost", "nurse@localhost"]);
  line.socket.destroy();
});

const ENDS: Record<string, (world: World) => Promise<unknown>> = {
  "a new password": (world) => world.server.users.add("romeo@localhost", "another"),
  "the account is removed": (world) => Promise.resolve(world.server.users.remove("romeo@localhost")),
};
for (const [title, end] of Object.entries(ENDS)) {
  test(`a session whose client is cut off ends at once with ${title}: contacts see it go, senders are told`, {
    timeout: 20_000,
  }, async () => {
    await using world = await verona();
    const juliet = await world.online("juliet@localhost/balcony");
    const cut = await cutOff(world);
    juliet.send(`<message to='${cut.jid}' id='m' type='chat'><body>?</body></message>`);
    await juliet.sync();
    await end(world);
    await juliet.next((s) => s.attrs["type"] === "unavailable" && s.attrs["from"] === cut.jid);
    await juliet.next((s) => s.name === "message" && s.attrs["id"] === "m" && s.attrs["type"] === "error");
    await gone(world, 0);
  });
}

test("a session whose client is cut off ends with the app password that let it in, and cannot be resumed by another", {
  timeout: 20_000,
}, async () => {
  await using world = await verona();
  const path = "/kith/app-passwords";
  const made = await world.http(path, { method: "POST", body: JSON.stringify({ user: "romeo", name: "phone" }) });
  const { id, password } = (await made.json()) as { readonly id: string; readonly password: string };
  const cut = await cutOff(world, password);
  assert.equal((await world.http(`${path}/${id}?user=romeo`, { method: "DELETE" })).ok, true);
  await gone(world, 0);
  const { line, text } = await comeBack(world, cut);
  assert.match(text, /<failed xmlns="urn:xmpp:sm:3"[^>]*><item-not-found /);
  line.socket.destroy();
});

test("XEP-0198 §5: limits.session.resume 0s: acknowledgements, and no session that waits", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld({ limits: { session: { resume: "0s" } } });
  await world.addUser("romeo@localhost");
  const line = await openLine(world);
  line.say(`${login(PASSWORD, ENABLE)}<presence/><r xmlns='${NS_SM}'/>`);
  const text = await line.hear(/<a /);
  assert.match(text, /<enabled xmlns="urn:xmpp:sm:3"\/>/);
  assert.match(text, /<a xmlns="urn:xmpp:sm:3" h="1"\/>/);
  const { line: second, text: refused } = await comeBack(world, {
    jid: "",
    resume: `<resume xmlns='${NS_SM}' previd='x' h='0'/>`,
  });
  assert.match(refused, /<failed xmlns="urn:xmpp:sm:3"><feature-not-implemented /);
  for (const { socket } of [line, second]) socket.destroy();
});
