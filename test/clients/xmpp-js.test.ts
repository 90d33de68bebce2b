/** xmpp.js logs in by STARTTLS, direct TLS and WebSocket, sees the contacts, a change, and chats. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, type XmlElement, xml } from "@xmpp/client";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const SERVICES: Record<string, (world: World) => string> = {
  STARTTLS: (world) => `xmpp://localhost:${world.server.ports.c2s}`,
  "direct TLS (XEP-0368)": (world) => `xmpps://localhost:${world.server.ports.c2sTls}`,
  "WebSocket (RFC 7395)": (world) => `ws://localhost:${world.server.ports.http}/xmpp-websocket`,
};

function inbox(): {
  readonly add: (stanza: XmlElement) => void;
  next(fits: (s: XmlElement) => boolean): Promise<XmlElement>;
} {
  const arrived: XmlElement[] = [];
  let wake: () => void = () => undefined;
  return {
    add(stanza) {
      arrived.push(stanza);
      wake();
    },
    async next(fits) {
      for (;;) {
        const index = arrived.findIndex(fits);
        if (index >= 0) return arrived.splice(index, 1)[0] as XmlElement;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

for (const [name, service] of Object.entries(SERVICES)) {
  test(`xmpp.js over ${name}`, { timeout: 20_000 }, async () => {
    await using world = await startWorld();
    world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet", groups: ["Verona"] } });
    world.app.contacts.set("juliet", { "romeo@localhost": {} });
    await world.addScramUser("romeo@localhost");
    const juliet = await world.online("juliet@localhost/balcony");
    const romeo = client({ service: service(world), domain: "localhost", username: "romeo", password: PASSWORD });
    romeo.on("error", () => undefined);
    const received = inbox();
    romeo.on("stanza", received.add);
    await romeo.start();

    const roster = await romeo.iqCaller.get(xml("query", { xmlns: "jabber:iq:roster" }));
    assert.deepEqual(
      { ...roster.getChild("item")?.attrs },
      { jid: "juliet@localhost", name: "Juliet", subscription: "both" },
    );
    await romeo.send(xml("presence"));
    await received.next((s) => s.is("presence") && s.attrs["from"] === "juliet@localhost/balcony");
    await juliet.next((s) => s.name === "presence" && s.attrs["from"] === romeo.jid.toString());

    world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" } });
    await world.refresh(["romeo"]);
    const push = await received.next((s) => s.is("iq") && s.attrs["type"] === "set");
    assert.equal(push.getChild("query")?.getChild("item")?.attrs["name"], "Jules");

    juliet.send('<message to="romeo@localhost" type="chat"><body>Ay me &amp; you</body></message>');
    const message = await received.next((s) => s.is("message"));
    assert.equal(message.getChildText("body"), "Ay me & you");
    romeo.reconnect.stop();
    await romeo.stop();
    await juliet.next((s) => s.attrs["type"] === "unavailable");
  });
}
