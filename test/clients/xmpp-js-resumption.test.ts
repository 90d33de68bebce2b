/** xmpp.js loses its connection and comes back by XEP-0198: with SASL2 inline, over TCP and WebSocket. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { client, type XmlElement, xml } from "@xmpp/client";
import { cableTo } from "../support/cable.ts";
import { until } from "../support/until.ts";
import { befriend, whileGone } from "../support/verona.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const LINES: Record<string, readonly [port: (world: World) => number | undefined, service: (port: number) => string]> =
  {
    "TCP with STARTTLS": [(world) => world.server.ports.c2s, (port) => `xmpp://localhost:${port}`],
    WebSocket: [(world) => world.server.ports.http, (port) => `ws://127.0.0.1:${port}/xmpp-websocket`],
  };

for (const [name, [portOf, service]] of Object.entries(LINES)) {
  test(`XEP-0198 §5, xmpp.js over ${name}: what came while it was cut off is there once when it is back, a change of its contacts too`, {
    timeout: 30_000,
  }, async (t) => {
    await using world = await startWorld();
    befriend(world);
    await world.addScramUser("romeo@localhost");
    const juliet = await world.online("juliet@localhost/balcony");
    await using cable = await cableTo(portOf(world) ?? 0);
    const romeo = client({ service: service(cable.port), domain: "localhost", username: "romeo", password: PASSWORD });
    romeo.on("error", () => undefined);
    t.after(() => romeo.reconnect.stop());
    const heard: string[] = [];
    romeo.on("stanza", (stanza) => void heard.push(summaryOf(stanza)));
    await romeo.start();
    const jid = romeo.jid.toString();
    await romeo.iqCaller.get(xml("query", { xmlns: "jabber:iq:roster" }));
    await romeo.send(xml("presence"));
    await juliet.next((s) => s.name === "presence" && s.attrs["from"] === jid);
    juliet.send('<message to="romeo@localhost" type="chat"><body>1</body></message>');
    await until(() => heard.includes("message 1"));
    heard.length = 0;

    cable.pull();
    await whileGone(world, juliet, jid);
    const resumed = once(romeo.streamManagement, "resumed");
    cable.putIn();
    await resumed;
    assert.equal(romeo.jid.toString(), jid);
    await romeo.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), "localhost");
    // xmpp.js 0.14 does not count the result of its own IQ: by its count it has not seen the first message.
    assert.deepEqual(
      heard.filter((summary) => /^(message|push)/.test(summary)),
      ["message 1", "message 2", "message 3", "push Jules"],
    );

    await romeo.send(xml("message", { to: "juliet@localhost", type: "chat" }, xml("body", {}, "back")));
    await juliet.next((s) => s.name === "message");
    assert.ok(!juliet.history.some((s) => s.attrs["type"] === "unavailable"));
    // Long enough to be asked a second time about what it does not count.
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    romeo.on("send", (element) => element.name === "a" && isAsked());
    await asked;
    await romeo.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), "localhost");
    await romeo.stop();
    await juliet.next((s) => s.attrs["type"] === "unavailable");
    await juliet.sync();
    assert.ok(!juliet.history.some((s) => s.attrs["type"] === "error"));
  });
}

function summaryOf(stanza: XmlElement): string {
  const body = stanza.getChildText("body");
  const name = stanza.getChild("query")?.getChild("item")?.attrs["name"];
  if (stanza.is("message")) return `message ${body}`;
  return stanza.is("iq") && stanza.attrs["type"] === "set" ? `push ${name}` : stanza.name;
}
