/** strophe.js, which Converse.js is built on, logs in over WebSocket by SCRAM and sees the contacts and a change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Element } from "@xmldom/xmldom";
import { $iq, $pres, Strophe } from "strophe.js";
import { PASSWORD, startWorld } from "../support/world.ts";

test("strophe.js over WebSocket", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet" } });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
  await world.addScramUser("romeo@localhost");
  const juliet = await world.online("juliet@localhost/balcony");

  const connection = new Strophe.Connection(`ws://127.0.0.1:${world.server.ports.http}/xmpp-websocket`);
  const pushes: Element[] = [];
  let pushed: () => void = () => undefined;
  await new Promise<void>((resolve, reject) => {
    connection.connect("romeo@localhost", PASSWORD, (status: number, condition: unknown) => {
      if (status === Strophe.Status.CONNECTED) resolve();
      if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL)
        reject(new Error(String(condition)));
    });
  });
  connection.addHandler(
    (iq: Element) => {
      pushes.push(iq);
      pushed();
      return true;
    },
    "jabber:iq:roster",
    "iq",
    "set",
  );
  const roster = await new Promise<Element>((resolve, reject) =>
    connection.sendIQ($iq({ type: "get" }).c("query", { xmlns: "jabber:iq:roster" }), resolve, reject),
  );
  assert.equal(roster.getElementsByTagName("item")[0]?.getAttribute("name"), "Juliet");
  connection.send($pres());
  await juliet.next((s) => s.name === "presence" && (s.attrs["from"] ?? "").startsWith("romeo@localhost/"));

  world.app.contacts.set("romeo", {});
  const change = new Promise<void>((resolve) => {
    pushed = resolve;
  });
  await world.refresh(["romeo"]);
  await change;
  assert.equal(pushes[0]?.getElementsByTagName("item")[0]?.getAttribute("subscription"), "remove");
  connection.disconnect("");
  await juliet.next((s) => s.attrs["type"] === "unavailable");
});
