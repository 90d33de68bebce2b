/** XEP-0280 as clients of others speak it: stanza by an IQ, xmpp.js inside Bind 2 (XEP-0386). */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { client, xml } from "@xmpp/client";
import { createClient } from "stanza";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const NS_CARBONS = "urn:xmpp:carbons:2";
const NS_FORWARD = "urn:xmpp:forward:0";

function webSocket(world: World): string {
  return `ws://127.0.0.1:${world.server.ports.http}/xmpp-websocket`;
}

test("XEP-0280 §7, §8: stanza hears what its account's other device says and is told, and in which direction", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addScramUser("romeo@localhost");
  const phone = await world.online("romeo@localhost/phone");
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = createClient({
    jid: "romeo@localhost",
    password: PASSWORD,
    transports: { websocket: webSocket(world), bosh: false },
    autoReconnect: false,
  });
  const started = once(romeo, "session:started");
  romeo.connect();
  await started;
  await romeo.enableCarbons();

  const received = once(romeo, "carbon:received");
  const heard = once(romeo, "message");
  juliet.send("<message to='romeo@localhost/phone' type='chat' id='m1'><body>Ay me</body></message>");
  assert.equal((await received)[0].from, "romeo@localhost");
  const sent = once(romeo, "message:sent");
  phone.send("<message to='juliet@localhost' type='chat' id='m2'><body>She speaks</body></message>");
  // The copy itself is a message to stanza as well, and comes first or last.
  const inner = [await heard, await sent].map(([message]) => message.carbon?.forward.message ?? message);
  assert.deepEqual(
    inner.map(({ from, to, id, body }) => ({ from, to, id, body })),
    [
      { from: "juliet@localhost/balcony", to: "romeo@localhost/phone", id: "m1", body: "Ay me" },
      { from: "romeo@localhost/phone", to: "juliet@localhost", id: "m2", body: "She speaks" },
    ],
  );

  await romeo.disableCarbons();
  const late: unknown[] = [];
  romeo.on("message", (message) => late.push(message));
  juliet.send("<message to='romeo@localhost/phone' type='chat'><body>Good night</body></message>");
  await phone.next((stanza) => stanza.name === "message" && stanza.attrs["id"] === undefined);
  await romeo.ping("localhost");
  assert.deepEqual(late, []);
  romeo.disconnect();
});

test("XEP-0386 §3.2: xmpp.js asks for carbons with its resource, and has them with the first message", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addScramUser("romeo@localhost");
  const phone = await world.online("romeo@localhost/phone");
  const romeo = client({ service: webSocket(world), domain: "localhost", username: "romeo", password: PASSWORD });
  let asked = 0;
  romeo.bind2.use(NS_CARBONS, () => {
    asked += 1;
    return xml("enable", { xmlns: NS_CARBONS });
  });
  romeo.on("error", () => undefined);
  const copies: (string | null | undefined)[] = [];
  romeo.on("stanza", (stanza) => {
    const message = stanza.getChild("sent", NS_CARBONS)?.getChild("forwarded", NS_FORWARD)?.getChild("message");
    if (stanza.is("message")) copies.push(message?.getChildText("body"));
  });
  await romeo.start();
  assert.equal(asked, 1);
  phone.send("<message to='juliet@localhost' type='chat'><body>Speak again</body></message>");
  await phone.next((stanza) => stanza.name === "message" && stanza.attrs["type"] === "error");
  await romeo.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), "localhost");
  assert.deepEqual(copies, ["Speak again", undefined]); // The second is the error that phone got
  romeo.reconnect.stop();
  await romeo.stop();
});
