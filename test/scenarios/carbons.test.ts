/** XEP-0280 over real connections. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Element } from "../../src/xmpp/xml/element.ts";
import { HEADER, openLine } from "../support/line.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const CARBONS = "xmlns='urn:xmpp:carbons:2'";

test("XEP-0386 §3.1, §3.2: carbons are on with the login itself; what is said right behind it reaches the others too", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const phone = await world.online("romeo@localhost/phone");
  const juliet = await world.online("juliet@localhost/balcony");
  await phone.iq("set", { name: "enable", ns: "urn:xmpp:carbons:2", attrs: {}, children: [] });
  const line = await openLine(world);
  const bind = `<bind xmlns='urn:xmpp:bind:0'><tag>desk</tag><enable ${CARBONS}/></bind>`;
  const initial = Buffer.from(`\0romeo\0${PASSWORD}`).toString("base64");
  const login = `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${initial}</initial-response>${bind}</authenticate>`;
  line.say(`${HEADER}${login}<message to='juliet@localhost' type='chat' id='m1'><body>I am here</body></message>`);
  assert.match(
    await line.hear(/<\/success>/),
    /<bind xmlns="urn:xmpp:bind:0"><inline><feature var="urn:xmpp:carbons:2"\/>/,
  );
  assert.equal((await juliet.next(isMessage)).attrs["id"], "m1");
  const copy = await phone.next(isMessage);
  assert.equal(copy.attrs["from"], "romeo@localhost");
  juliet.send("<message to='romeo@localhost/phone' type='chat' id='m2'><body>So soon?</body></message>");
  const heard = await line.hear(/<\/received>/);
  assert.match(
    heard,
    /<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='juliet@localhost\/balcony' to='romeo@localhost\/phone' type='chat' id='m2'><body>So soon\?<\/body><\/message><\/forwarded><\/received><\/message>/,
  );
  line.socket.destroy();
});

function isMessage({ name }: Element): boolean {
  return name === "message";
}
