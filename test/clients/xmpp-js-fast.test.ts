/** xmpp.js logs in by SASL2 and Bind 2, is given a token, and comes back by it: XEP-0388, XEP-0386, XEP-0484. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, type FastToken, type XmppJsClient, xml } from "@xmpp/client";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const AGENT = "d4565fa7-4d72-4749-b3d3-740edbf87770";

const SERVICES: Record<string, (world: World) => string> = {
  STARTTLS: (world) => `xmpp://localhost:${world.server.ports.c2s}`,
  "direct TLS (XEP-0368)": (world) => `xmpps://localhost:${world.server.ports.c2sTls}`,
  "WebSocket (RFC 7395)": (world) => `ws://localhost:${world.server.ports.http}/xmpp-websocket`,
};

interface Seen {
  readonly romeo: XmppJsClient;
  /** What was sent, by the name of the element and its mechanism. */
  readonly said: readonly string[];
}

function begin(service: string, credentials: object, save: (token: FastToken) => void): Seen {
  const userAgent = xml("user-agent", { id: AGENT }, xml("software", {}, "xmpp.js"), xml("device", {}, "test"));
  const options = { service, domain: "localhost", resource: "tag", userAgent, credentials };
  const romeo = client(options);
  const said: string[] = [];
  romeo.fast.saveToken = async (token) => save(token);
  romeo.on("send", (element) => void said.push(`${element.name} ${element.attrs["mechanism"] ?? ""}`.trim()));
  romeo.on("error", () => undefined);
  return { romeo, said };
}

for (const [name, service] of Object.entries(SERVICES)) {
  test(`xmpp.js over ${name}: SASL2, Bind 2, and back by FAST without the password`, { timeout: 20_000 }, async () => {
    await using world = await startWorld();
    world.app.contacts.set("romeo", { "juliet@localhost": {} });
    await world.addScramUser("romeo@localhost");
    let token: FastToken | undefined;
    const save = (given: FastToken): void => {
      token = given;
    };
    const first = begin(service(world), { username: "romeo", password: PASSWORD }, save);
    await first.romeo.start();
    const jid = first.romeo.jid.toString();
    assert.match(jid, /^romeo@localhost\/tag\/[\w-]{12}$/);
    assert.ok(!first.said.includes("iq"), String(first.said));
    assert.equal(token?.mechanism, "HT-SHA-256-NONE");
    assert.ok(new Date(token.expiry).getTime() > Date.now());
    first.romeo.reconnect.stop();
    await first.romeo.stop();

    const again = begin(service(world), { username: "romeo", token }, save);
    await again.romeo.start();
    assert.equal(again.romeo.jid.toString(), jid);
    assert.deepEqual(
      again.said.filter((element) => element.startsWith("auth") || element.startsWith("response")),
      ["authenticate HT-SHA-256-NONE"],
    );
    const roster = await again.romeo.iqCaller.get(xml("query", { xmlns: "jabber:iq:roster" }));
    assert.equal(roster.getChild("item")?.attrs["jid"], "juliet@localhost");
    again.romeo.reconnect.stop();
    await again.romeo.stop();
  });
}

test("xmpp.js with a token that is good no more takes its password and is given another", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addScramUser("romeo@localhost");
  const expiry = new Date(Date.now() + 60_000).toISOString();
  const stale = { mechanism: "HT-SHA-256-NONE", token: "stolen", expiry };
  let token: FastToken | undefined;
  const { romeo, said } = begin(
    `xmpp://localhost:${world.server.ports.c2s}`,
    { username: "romeo", password: PASSWORD, token: stale },
    (given) => {
      token = given;
    },
  );
  await romeo.start();
  const logins = said.filter((element) => element.startsWith("authenticate"));
  assert.deepEqual(logins, ["authenticate HT-SHA-256-NONE", "authenticate SCRAM-SHA-1"]);
  assert.notEqual(token?.token ?? "stolen", "stolen");
  romeo.reconnect.stop();
  await romeo.stop();
});
