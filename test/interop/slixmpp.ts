/** `npm run interop`: clients of others that are not from npm. Each is skipped with its reason when it is not installed. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loginToken } from "../../sdk/index.ts";
import { cableTo } from "../support/cable.ts";
import { tokensFor } from "../support/oauth-client.ts";
import { postForm, startOAuth } from "../support/oauth-world.ts";
import { befriend, whileGone } from "../support/verona.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const PYTHON = "/usr/bin/python3";
const CLIENT = fileURLToPath(new URL("./slixmpp_client.py", import.meta.url));

function missing(): string | false {
  const found = spawnSync(PYTHON, ["-c", "import slixmpp"]);
  return found.status === 0 ? false : "slixmpp is not installed (Debian: apt-get install python3-slixmpp)";
}

type Event = Readonly<Record<string, unknown>> & { readonly event: string };

/** romeo's, of whom `next` waits for an event of that kind; `heard` are all so far. `more`: further words for the program. */
function start(world: World, password: string, port = world.server.ports.c2s, ...more: readonly string[]) {
  const words = [CLIENT, "romeo@localhost", password, "127.0.0.1", String(port), ...more];
  const process = spawn(PYTHON, words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
  const heard: Event[] = [];
  const next = async (kind: string, fits: (event: Event) => boolean = () => true): Promise<Event> => {
    for (;;) {
      const line = await lines.next();
      assert.ok(!line.done, `slixmpp ended before "${kind}"`);
      const event = JSON.parse(line.value) as Event;
      heard.push(event);
      // slixmpp 1.8 says in SCRAM that the server offers no -PLUS though it does, is refused (RFC 5802 §6), and goes on to PLAIN.
      if (event.event === kind && fits(event)) return event;
    }
  };
  const tell = (command: object): void => void process.stdin.write(`${JSON.stringify(command)}\n`);
  return { process, next, tell, heard };
}

test("slixmpp logs in with STARTTLS, sees contacts, a change, presence, and chats", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet", groups: ["Verona"] } });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
  await world.addUser("romeo@localhost");
  const juliet = await world.online("juliet@localhost/balcony");

  const romeo = start(world, PASSWORD);
  const { next } = romeo;

  assert.deepEqual((await next("roster"))["items"], {
    "juliet@localhost": { name: "Juliet", groups: ["Verona"], subscription: "both" },
  });
  assert.match(String((await next("ready"))["tls"]), /^TLSv1\.[23]$/);
  await next("online", (event) => event["jid"] === "juliet@localhost/balcony");
  await juliet.next((s) => s.name === "presence" && (s.attrs["from"] ?? "").startsWith("romeo@localhost/"));

  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" } });
  await world.refresh(["romeo"]);
  assert.deepEqual((await next("roster"))["items"], {
    "juliet@localhost": { name: "Jules", groups: [], subscription: "both" },
  });

  romeo.tell({ do: "send", to: "juliet@localhost", body: "But <soft> & low" });
  const message = await juliet.next((s) => s.name === "message");
  assert.ok(
    message.children.some(
      (child) => typeof child === "object" && child.name === "body" && child.children[0] === "But <soft> & low",
    ),
  );

  world.app.contacts.set("romeo", {});
  await world.refresh(["romeo"]);
  await next("offline", (event) => event["jid"] === "juliet@localhost/balcony");
  romeo.tell({ do: "quit" });
  await juliet.next((s) => s.attrs["type"] === "unavailable");
});

test("XEP-0280 §7, §8: slixmpp finds carbons, turns them on, and hears both sides of what its account's phone talks about", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const phone = await world.online("romeo@localhost/phone");
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = start(world, PASSWORD);
  await romeo.next("ready");
  romeo.tell({ do: "carbons" });
  assert.equal((await romeo.next("carbons"))["told"], true);
  juliet.send("<message to='romeo@localhost/phone' type='chat' id='m1'><body>Ay &lt;me&gt;</body></message>");
  const by = { event: "carbon", by: "romeo@localhost" };
  const [theirs, ours] = ["juliet@localhost/balcony", "romeo@localhost/phone"];
  assert.deepEqual(await romeo.next("carbon"), {
    ...by,
    way: "received",
    sender: theirs,
    to: ours,
    id: "m1",
    body: "Ay <me>",
  });
  phone.send("<message to='juliet@localhost' type='chat' id='m2'><body>She speaks</body></message>");
  assert.deepEqual(await romeo.next("carbon"), {
    ...by,
    way: "sent",
    sender: ours,
    to: "juliet@localhost",
    id: "m2",
    body: "She speaks",
  });
  romeo.tell({ do: "quit" });
  await once(romeo.process, "exit");
});

test("slixmpp with a login token as its password, by PLAIN, where SCRAM is not offered", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  const secret = "a-secret-for-tests-of-32-characters";
  await using world = await startWorld({ accounts: { local: false, tokens: { secret } } });
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet" } });
  const token = await loginToken("romeo", { secret, domain: "localhost" });
  const romeo = start(world, token);
  assert.deepEqual((await romeo.next("roster"))["items"], {
    "juliet@localhost": { name: "Juliet", groups: [], subscription: "both" },
  });
  romeo.tell({ do: "quit" });
});

test("XEP-0493 §2: slixmpp with an access token as its password, by PLAIN inside STARTTLS, until the token is taken back", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startOAuth();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet" } });
  const { as, client, tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  const token = tokens.access_token;
  const romeo = start(world, token);
  assert.deepEqual((await romeo.next("roster"))["items"], {
    "juliet@localhost": { name: "Juliet", groups: [], subscription: "both" },
  });
  assert.match(String((await romeo.next("ready"))["tls"]), /^TLSv1\.[23]$/);
  const gone = once(romeo.process, "exit");
  const revoked = await postForm(String(as.revocation_endpoint), { token, client_id: client.client_id });
  assert.equal(revoked.status, 200);
  await gone;
  const late = start(world, token);
  await late.next("failed");
  late.process.kill();
});

test("slixmpp with an app password, and with one that was taken back", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  const body = JSON.stringify({ user: "romeo", name: "laptop" });
  const made = await (await world.http("/kith/app-passwords", { method: "POST", body })).json();
  const { id, password } = made as { readonly id: string; readonly password: string };
  const first = start(world, password);
  await first.next("ready");
  const gone = once(first.process, "exit");
  await world.http(`/kith/app-passwords/${id}?user=romeo`, { method: "DELETE" });
  await gone;
  const second = start(world, password);
  await second.next("failed");
  second.process.kill();
});

test("XEP-0198 §5: slixmpp is cut off and resumes: what came meanwhile is there once, a change of its contacts too", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  befriend(world);
  await world.addUser("romeo@localhost");
  const juliet = await world.online("juliet@localhost/balcony");
  await using cable = await cableTo(world.server.ports.c2s ?? 0);
  const romeo = start(world, PASSWORD, cable.port, "managed");
  const { jid } = await romeo.next("ready");
  await juliet.next((s) => s.name === "presence" && s.attrs["from"] === jid);
  juliet.send('<message to="romeo@localhost" type="chat"><body>1</body></message>');
  await romeo.next("message", (event) => event["body"] === "1");

  cable.pull();
  await romeo.next("cut");
  await whileGone(world, juliet, String(jid));
  cable.putIn();
  romeo.tell({ do: "connect" });
  assert.equal((await romeo.next("resumed"))["jid"], jid);
  romeo.tell({ do: "send", to: "juliet@localhost", body: "back" });
  await juliet.next((s) => s.name === "message");
  juliet.send('<message to="romeo@localhost" type="chat"><body>4</body></message>');
  await romeo.next("message", (event) => event["body"] === "4");
  const bodies = romeo.heard.map((event) => event["body"]).filter((body) => body !== undefined);
  assert.deepEqual(bodies, ["1", "2", "3", "4"]);
  const names = romeo.heard.flatMap(({ items }) => Object.values(items ?? {}).map(({ name }) => name));
  assert.deepEqual(names, ["", "Jules"]);
  romeo.tell({ do: "quit" });
  await juliet.next((s) => s.attrs["type"] === "unavailable");
  assert.ok(!juliet.history.some((s) => s.attrs["type"] === "error"));
});
