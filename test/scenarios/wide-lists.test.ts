/** Lists of few contacts with much in each: longer than one piece, and than what may wait for a client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { elementsOf } from "../../src/xmpp/xml/element.ts";
import { startWorld, type Transport } from "../support/world.ts";

const CONTACTS = 45;

function wide(name: string, groups: number): Record<string, unknown> {
  const names = Array.from({ length: groups }, (_, at) => `group ${at} ${"x".repeat(400)}`);
  return Object.fromEntries(
    Array.from({ length: CONTACTS }, (_, at) => [`c${at}@localhost`, { name: name.repeat(500), groups: names }]),
  );
}

for (const over of ["tcp", "websocket"] satisfies Transport[]) {
  for (const groups of [0, 100]) {
    test(`contract §5: a roster of ${CONTACTS} contacts with ${groups} long groups each arrives whole, over ${over}`, async () => {
      await using world = await startWorld();
      world.app.contacts.set("romeo", wide("a", groups));
      const romeo = await world.login("romeo@localhost/orchard", over);
      romeo.send('<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>');
      const result = await romeo.next((stanza) => stanza.attrs["id"] === "r");
      assert.equal(elementsOf(elementsOf(result)[0] ?? assert.fail()).length, CONTACTS);
      await romeo.sync();
      world.app.contacts.set("romeo", wide("b", groups));
      await world.refresh(["romeo"]);
      for (let at = 0; at < CONTACTS; at++) {
        const push = await romeo.next((stanza) => stanza.attrs["type"] === "set");
        const [item] = elementsOf(elementsOf(push)[0] ?? assert.fail());
        assert.equal(item?.attrs["jid"], `c${at}@localhost`);
        assert.equal(elementsOf(item ?? assert.fail()).length, groups);
      }
      await romeo.sync();
      assert.equal(romeo.describeInbox(), "nothing");
    });
  }
}
