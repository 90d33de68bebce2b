/** XEP-0198 §4: what becomes of what was never acknowledged, when the session of its client is over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { askToResume, chat, hasMetric, heard, late, managedOnline, veronaHost } from "../../test/support/managed.ts";

const ROMEO = "romeo@localhost";
const JULIET = "juliet@localhost";
const MAX = 300_000;
const undeliverable = (id: string): string => `<message type='error' id='${id}'>{more}</message>`;

test("RFC 6121 §8.5.3.2.1: what was never acknowledged goes to whoever else is there, saying when it was sent", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  const at = world.clock.now();
  juliet.send(chat(`${ROMEO}/orchard`, "full"), chat(ROMEO, "bare"));
  romeo.lose();
  await world.clock.advance(1000);
  const tablet = await world.online(`${ROMEO}/tablet`);
  world.forget(juliet, tablet);
  await world.clock.advance(MAX);
  tablet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>", late("full", at), late("bare", at));
  juliet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>");
  assert.ok(await hasMetric(world, "kith_messages_unacknowledged_total 2"));
});

test("RFC 6121 §8.5.2.2.1: nobody else is there: the sender is told, and knows which message it was", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const nurse = world.bind("nurse@localhost/x");
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  romeo.lose();
  world.forget(juliet);
  const head = `<message to='${ROMEO}'`;
  juliet.send(
    chat(ROMEO, "a"),
    `${head} id='b' type='headline'/>`,
    `${head} id='c' type='error'/>`,
    `${head}/orchard' id='d'/>`.replace(`${ROMEO}'`, ROMEO),
  );
  nurse.send("<iq type='get' id='v' to='romeo@localhost/orchard'><query xmlns='jabber:iq:version'/></iq>");
  nurse.send("<iq type='result' id='r' to='romeo@localhost/orchard'/>");
  juliet.receives();
  await world.clock.advance(MAX);
  juliet.receives(
    "<presence type='unavailable' from='romeo@localhost/orchard'/>",
    "<message type='error' id='a' from='romeo@localhost'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
    "<message type='error' id='d' from='romeo@localhost/orchard'>{more}</message>",
  );
  nurse.receives("<iq type='error' id='v' from='romeo@localhost/orchard'>{more}</iq>"); // RFC 6121 §8.5.3.2.3
  assert.ok(await hasMetric(world, "kith_messages_undeliverable_total 2"));
});

test("XEP-0198 §4: a message for several resources is answered when the last of them is gone without it, once, or never", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const [a, b] = [await managedOnline(world, `${ROMEO}/a`), await managedOnline(world, `${ROMEO}/b`)];
  a.acknowledge();
  a.lose();
  b.lose();
  juliet.send(chat(ROMEO, "neither"));
  await world.clock.advance(MAX / 2);
  const c = await managedOnline(world, `${ROMEO}/c`);
  juliet.send(chat(ROMEO, "all"));
  c.receives(heard("all"));
  c.acknowledge();
  c.session.end();
  world.forget(juliet);
  await world.clock.advance(MAX);
  const gone = (resource: string): string => `<presence type='unavailable' from='romeo@localhost/${resource}'/>`;
  juliet.receives(gone("a"), gone("b"), undeliverable("neither"));
});

test("XEP-0198 §4: a resource without stream management has got what it was sent", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const plain = await world.online(`${ROMEO}/plain`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  world.forget(plain, juliet);
  juliet.send(chat(ROMEO, "both"));
  plain.receives(heard("both"));
  romeo.lose();
  plain.session.end();
  world.forget(juliet);
  await world.clock.advance(MAX);
  juliet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>");
});

test("XEP-0198 §7: the end of the stream ends the session at once, and what was not acknowledged is routed again", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  world.forget(juliet);
  juliet.send(chat(ROMEO, "1"));
  romeo.session.end();
  juliet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>", undeliverable("1"));
});

test("a client that comes back under its old address without resuming gets what it had not acknowledged", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const tablet = await world.online(`${ROMEO}/tablet`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  const at = world.clock.now();
  juliet.send(chat(ROMEO, "bare"), chat(`${ROMEO}/orchard`, "full"));
  romeo.lose();
  const again = world.bind(`${ROMEO}/orchard`);
  assert.deepEqual(again.connection.sent, [], "first it is told that it is bound");
  world.forget(juliet, tablet);
  await settle();
  again.receives(late("bare", at), late("full", at));
  tablet.receives();
  juliet.receives();
  assert.equal(askToResume(world, ROMEO, romeo.id, romeo.h).result.ok, false);
});

test("XEP-0198 §4: what is routed again is the same message, whatever its sender is called and whatever is in it", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/b'<&"x`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  const inside = "<body>a &amp; &lt;b&gt;</body><x xmlns='urn:x'><y xmlns='jabber:client' z='&apos;'/></x>";
  juliet.send(`<message to='${ROMEO}/orchard' id='&lt;m&gt;' xml:lang='en'>${inside}</message>`);
  const tablet = await world.online(`${ROMEO}/tablet`);
  romeo.session.end();
  const from = "juliet@localhost/b&apos;&lt;&amp;&quot;x";
  const delay = `<delay xmlns='urn:xmpp:delay' from='localhost' stamp='${new Date(world.clock.now()).toISOString()}'/>`;
  const [, message] = tablet.connection.sent.splice(0);
  tablet.connection.sent.push(message ?? "");
  tablet.receives(`<message from='${from}' id='&lt;m&gt;' xml:lang='en' to='${ROMEO}'>${inside}${delay}</message>`);
});
