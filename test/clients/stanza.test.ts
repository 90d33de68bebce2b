/** stanza (stanzajs) logs in over WebSocket, sees the contacts and a change, and chats. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createClient } from "stanza";
import { PASSWORD, startWorld } from "../support/world.ts";

test("stanza over WebSocket", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet", groups: ["Verona"] } });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
  await world.addScramUser("romeo@localhost");
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = createClient({
    jid: "romeo@localhost",
    password: PASSWORD,
    transports: { websocket: `ws://127.0.0.1:${world.server.ports.http}/xmpp-websocket`, bosh: false },
    autoReconnect: false,
  });
  const started = once(romeo, "session:started");
  romeo.connect();
  await started;

  const { items } = await romeo.getRoster();
  assert.deepEqual(
    items.map((item) => [String(item.jid), item.name, item.groups]),
    [["juliet@localhost", "Juliet", ["Verona"]]],
  );
  const available = once(romeo, "available");
  romeo.sendPresence();
  await juliet.next((s) => s.name === "presence" && s.attrs["from"] === romeo.jid);
  await available;

  const update = once(romeo, "roster:update");
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" } });
  await world.refresh(["romeo"]);
  const [push] = (await update) as [{ roster: { items: { name: string }[] } }];
  assert.equal(push.roster.items[0]?.name, "Jules");

  romeo.sendMessage({ to: "juliet@localhost", type: "chat", body: "But <soft>!" });
  const message = await juliet.next((s) => s.name === "message");
  const body = message.children.find((child) => typeof child !== "string" && child.name === "body");
  assert.equal(typeof body === "object" ? body.children[0] : "", "But <soft>!");
  romeo.disconnect();
  await juliet.next((s) => s.attrs["type"] === "unavailable");
});
