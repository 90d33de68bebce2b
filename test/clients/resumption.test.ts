/** stanza and strophe.js lose their WebSocket and come back by XEP-0198, after the login of RFC 6120. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { Element } from "@xmldom/xmldom";
import { createClient } from "stanza";
import { $iq, $pres, Strophe } from "strophe.js";
import { type Cable, cableTo } from "../support/cable.ts";
import type { Client } from "../support/client.ts";
import { until } from "../support/until.ts";
import { befriend, whileGone } from "../support/verona.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const urlOf = (cable: Cable): string => `ws://127.0.0.1:${cable.port}/xmpp-websocket`;

async function verona(world: World): Promise<Client> {
  befriend(world);
  await world.addScramUser("romeo@localhost");
  return world.online("juliet@localhost/balcony");
}

/** What happens while romeo is cut off. */
async function meanwhile(world: World, cable: Cable, juliet: Client, jid: string): Promise<void> {
  cable.pull();
  await whileGone(world, juliet, jid);
  cable.putIn();
}

const EXPECTED = ["message 1", "message 2", "message 3", "push Jules"];

test("XEP-0198 §5, stanza: what came while it was cut off is there once when it is back, a change of its contacts too", {
  timeout: 30_000,
}, async (t) => {
  await using world = await startWorld();
  const juliet = await verona(world);
  await using cable = await cableTo(world.server.ports.http ?? 0);
  const romeo = createClient({
    jid: "romeo@localhost",
    password: PASSWORD,
    transports: { websocket: urlOf(cable), bosh: false },
  });
  t.after(() => romeo.disconnect());
  const heard: string[] = [];
  romeo.on("message", ({ body }) => void heard.push(`message ${body}`));
  romeo.on("roster:update", ({ roster }) => void heard.push(`push ${roster.items?.[0]?.name}`));
  const started = once(romeo, "session:started");
  romeo.connect();
  await started;
  await romeo.getRoster();
  romeo.sendPresence();
  await juliet.next((s) => s.name === "presence" && s.attrs["from"] === romeo.jid);
  juliet.send('<message to="romeo@localhost" type="chat"><body>1</body></message>');
  await until(() => heard.length > 0);
  const { jid } = romeo;
  const noticed = once(romeo, "disconnected");
  await meanwhile(world, cable, juliet, jid);
  await noticed;
  const resumed = once(romeo, "stream:management:resumed");
  romeo.connect();
  await resumed;
  await until(() => heard.length >= EXPECTED.length);
  await romeo.ping();
  assert.deepEqual(heard, EXPECTED);
  assert.equal(romeo.jid, jid);
  romeo.sendMessage({ to: "juliet@localhost", type: "chat", body: "back" });
  await juliet.next((s) => s.name === "message");
  romeo.disconnect();
  await juliet.next((s) => s.attrs["type"] === "unavailable");
  await juliet.sync();
  assert.ok(!juliet.history.some((s) => s.attrs["type"] === "error"));
});

test("XEP-0198 §5, strophe.js: what came while it was cut off is there once when it is back, a change of its contacts too", {
  timeout: 30_000,
}, async () => {
  await using world = await startWorld();
  const juliet = await verona(world);
  await using cable = await cableTo(world.server.ports.http ?? 0);
  const connection = new Strophe.Connection(urlOf(cable), { enableStreamManagement: true });
  const heard: string[] = [];
  const connect = (jid: string): Promise<void> =>
    new Promise((resolve, reject) => {
      connection.connect(jid, PASSWORD, (status: number, condition: unknown) => {
        if (status === Strophe.Status.CONNECTED) resolve();
        if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL) reject(new Error(`${condition}`));
      });
    });
  const listen = (): void => {
    connection.addHandler(
      (message: Element) => {
        heard.push(`message ${message.getElementsByTagName("body")[0]?.textContent}`);
        return true;
      },
      null,
      "message",
    );
    connection.addHandler(
      (iq: Element) => {
        heard.push(`push ${iq.getElementsByTagName("item")[0]?.getAttribute("name")}`);
        return true;
      },
      "jabber:iq:roster",
      "iq",
      "set",
    );
  };
  await connect("romeo@localhost");
  listen();
  const { jid } = connection;
  await new Promise((resolve, reject) =>
    connection.sendIQ($iq({ type: "get" }).c("query", { xmlns: "jabber:iq:roster" }), resolve, reject),
  );
  connection.send($pres());
  await juliet.next((s) => s.name === "presence" && s.attrs["from"] === jid);
  juliet.send('<message to="romeo@localhost" type="chat"><body>1</body></message>');
  await until(() => heard.length > 0);
  await meanwhile(world, cable, juliet, jid);
  await until(() => !connection.connected);
  const back = connect(jid);
  listen();
  await back;
  assert.equal(connection.hasResumed(), true);
  assert.equal(connection.jid, jid);
  await until(() => heard.length >= EXPECTED.length);
  await new Promise((resolve, reject) =>
    connection.sendIQ($iq({ type: "get", to: "localhost" }).c("ping", { xmlns: "urn:xmpp:ping" }), resolve, reject),
  );
  assert.deepEqual(heard, EXPECTED);
  connection.disconnect("");
  await juliet.next((s) => s.attrs["type"] === "unavailable");
  await juliet.sync();
  assert.ok(!juliet.history.some((s) => s.attrs["type"] === "error"));
});
