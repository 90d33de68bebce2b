import assert from "node:assert/strict";
import { test } from "node:test";
import { CARBONS, copy, enable, nothingFor, verona } from "../../../test/support/carbons.ts";
import { FakeConnection, TestClient, type TestHost, testHost } from "../../../test/support/sessions.ts";
import { readElement } from "../../../test/support/xml.ts";
import { messageRouted } from "../../sessions/events.ts";
import { defineModule } from "../../sessions/module.ts";
import { elementsOf } from "../../xmpp/xml/element.ts";

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const UNAVAILABLE = `<error type='cancel'><service-unavailable ${ERRORS}/></error>`;

async function copiesCounted(world: TestHost): Promise<number> {
  const { body } = await world.metrics.render();
  return Number(/^kith_carbons_total (\d+)$/m.exec(body)?.[1]);
}

test("XEP-0280 §7, §8: a message to one device reaches the others of both people, once, complete", async () => {
  const { world, phone, laptop, old, juliet, balcony } = await verona();
  const inside =
    "<body>What man &lt;art&gt; thou</body><thread>t1</thread><x xmlns='urn:x'><y xmlns='jabber:client' a='1'/></x>";
  phone.send(`<message to='juliet@localhost/phone' id='m&amp;1' type='chat' xml:lang='en'>${inside}</message>`);
  const message = `<message from='romeo@localhost/phone' to='juliet@localhost/phone' id='m&amp;1' type='chat' xml:lang='en'>${inside}</message>`;
  juliet.receives(message);
  balcony.receives(copy("received", "juliet@localhost/balcony", message));
  laptop.receives(copy("sent", "romeo@localhost/laptop", message));
  nothingFor(phone, old);
  assert.equal(await copiesCounted(world), 2);
});

test("XEP-0280 §7: attributes with a prefix of their own stand in a copy too", async () => {
  const { phone, balcony } = await verona();
  phone.send("<message to='juliet@localhost/phone' type='chat' xmlns:a='urn:a' a:b='c'><body>x</body></message>");
  assert.match(balcony.connection.sent[0] ?? "", /<message xmlns='jabber:client'[^>]* xmlns:(n\d+)='urn:a' \1:b='c'>/);
});

test("XEP-0280 §7: for the bare JID, a copy only for who has not got it: a negative priority, or not available", async () => {
  const { world, phone, laptop, old, juliet, balcony } = await verona();
  const tablet = world.bind("juliet@localhost/tablet");
  enable(tablet);
  balcony.send("<presence><priority>-1</priority></presence>");
  world.forget(phone, laptop, old, juliet, balcony, tablet);
  old.send("<message to='juliet@localhost' id='m' type='chat'><body>She speaks</body></message>");
  const message =
    "<message from='romeo@localhost/old' to='juliet@localhost' id='m' type='chat'><body>She speaks</body></message>";
  juliet.receives(message);
  for (const client of [balcony, tablet]) client.receives(copy("received", client.session.jid, message));
  for (const client of [phone, laptop]) client.receives(copy("sent", client.session.jid, message));
  nothingFor(old);
});

test("XEP-0280 §8: irrespective of the sender's own carbons; who has none gets nothing it does not expect", async () => {
  const world = testHost();
  const phone = await world.online("romeo@localhost/phone");
  const laptop = await world.online("romeo@localhost/laptop");
  const juliet = await world.online("juliet@localhost/balcony");
  const tower = await world.online("juliet@localhost/tower");
  world.forget(phone, laptop, juliet, tower);
  const text = "<message to='juliet@localhost/balcony' type='chat'><body>1</body></message>";
  phone.send(text);
  juliet.receives("<message from='romeo@localhost/phone' type='chat'><body>1</body></message>");
  nothingFor(phone, laptop, tower);
  enable(laptop);
  phone.send(text);
  juliet.take();
  laptop.receives(
    copy("sent", "romeo@localhost/laptop", text.replace("<message", "<message from='romeo@localhost/phone'")),
  );
  nothingFor(phone, tower);
});

test("XEP-0280 §4, §5, §10.1: on and off as often as one likes, by the account's own address or none", async () => {
  const { phone, laptop, juliet, balcony } = await verona();
  const note = "<message to='juliet@localhost/phone' type='chat'><body>x</body></message>";
  const ask = (what: string, to = ""): void => {
    laptop.send(`<iq type='set' id='c'${to}><${what} ${CARBONS}/></iq>`);
    laptop.receives("<iq type='result' id='c'/>");
  };
  ask("enable");
  ask("enable", " to='romeo@localhost'");
  phone.send(note);
  assert.equal(laptop.take().length, 1);
  ask("disable", " to='ROMEO@localhost'");
  ask("disable");
  phone.send(note);
  nothingFor(laptop);
  ask("enable");
  phone.send(note);
  assert.equal(laptop.take().length, 1);
  assert.equal(juliet.take().length, 3);
  assert.equal(balcony.take().length, 3);
});

test("XEP-0280 §4.1, §5.1: for another account, or the server, it is not allowed, existing or not; what it does not know is said", async () => {
  const { phone, juliet, laptop } = await verona();
  for (const what of ["enable", "disable"]) {
    for (const to of ["juliet@localhost", "ghost@localhost", "localhost"]) {
      phone.send(`<iq type='set' id='c' to='${to}'><${what} ${CARBONS}/></iq>`);
      phone.receives(
        `<iq type='error' id='c' from='${to}'><error type='cancel'><not-allowed ${ERRORS}/><text ${ERRORS} xml:lang='en'>{any}</text></error></iq>`,
      );
    }
  }
  phone.send(`<iq type='get' id='g'><enable ${CARBONS}/></iq>`, `<iq type='set' id='h'><private ${CARBONS}/></iq>`);
  const unknown = `<error type='cancel'><feature-not-implemented ${ERRORS}/></error>`;
  phone.receives(`<iq type='error' id='g'>${unknown}</iq>`, `<iq type='error' id='h'>${unknown}</iq>`);
  nothingFor(juliet, laptop);
});

test("XEP-0280 §3, §6.2, XEP-0386 §3.2: told in disco and at the login, and on from the first moment when asked for inline", async () => {
  const world = testHost();
  const phone = await world.online("romeo@localhost/phone");
  for (const to of ["localhost", "romeo@localhost"]) {
    phone.send(`<iq type='get' id='1' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`);
    const [query] = elementsOf(phone.take()[0] ?? assert.fail());
    const features = elementsOf(query ?? assert.fail()).map(({ attrs }) => attrs["var"]);
    assert.ok(features.includes("urn:xmpp:carbons:2") && features.includes("urn:xmpp:carbons:rules:0"), to);
  }
  assert.deepEqual(world.host.inlineFeatures(), ["urn:xmpp:carbons:2"]);
  const connection = new FakeConnection();
  const inline = [readElement(`<enable ${CARBONS}/>`)];
  const bound = world.host.bind({ domain: "localhost", username: "romeo", resource: "x", inline, connection });
  assert.ok(bound.ok && bound.inline === "");
  const laptop = new TestClient(bound.session, connection);
  const message = "<message from='romeo@localhost/phone' to='ghost@localhost' type='chat'><body>x</body></message>";
  phone.send(message);
  const failed = `<message from='ghost@localhost' to='romeo@localhost/phone' type='error'>${UNAVAILABLE}</message>`;
  laptop.receives(copy("sent", "romeo@localhost/x", message), copy("received", "romeo@localhost/x", failed));
});

test("XEP-0280 §7: in one's own account each device gets the message once: itself, or a copy that says who sent it", async () => {
  const { world, phone, laptop, old } = await verona();
  const tablet = world.bind("romeo@localhost/tablet");
  enable(tablet);
  phone.send("<message type='chat'><body>note</body></message>");
  const note = "<message from='romeo@localhost/phone' to='romeo@localhost' type='chat'><body>note</body></message>";
  for (const client of [phone, laptop, old]) client.receives(note);
  tablet.receives(copy("sent", "romeo@localhost/tablet", note));
  phone.send("<message to='romeo@localhost/old' type='chat'><body>note</body></message>");
  const direct = note.replace("to='romeo@localhost'", "to='romeo@localhost/old'");
  old.receives(direct);
  for (const client of [laptop, tablet]) client.receives(copy("sent", client.session.jid, direct));
  nothingFor(phone);
});

test("XEP-0280 §9: private and no-copy: no copy for anybody, and the message arrives as it was sent", async () => {
  const { phone, laptop, juliet, balcony } = await verona();
  for (const hint of [`<private ${CARBONS}/>`, "<no-copy xmlns='urn:xmpp:hints'/>"]) {
    const inside = `<body>x</body>${hint}`;
    phone.send(`<message to='juliet@localhost/phone' type='chat'>${inside}</message>`);
    juliet.receives(`<message from='romeo@localhost/phone' type='chat'>${inside}</message>`);
    phone.send(`<message to='juliet@localhost' type='chat'>${inside}</message>`);
    for (const client of [juliet, balcony]) client.receives(`<message type='chat'>${inside}</message>`);
    nothingFor(phone, laptop);
  }
});

test("XEP-0280 §7, §11: a forged copy is a message of who sent it, and is not copied; from somebody else it ends the stream", async () => {
  const { world, phone, laptop, juliet, balcony } = await verona();
  const tybalt = await world.online("tybalt@localhost/street");
  const forged = copy(
    "received",
    "romeo@localhost/laptop",
    "<message from='juliet@localhost/phone' to='romeo@localhost/phone' type='chat'><body>Meet me</body></message>",
  );
  const inside = forged.slice(forged.indexOf(">") + 1, -"</message>".length);
  tybalt.send(`<message to='romeo@localhost/phone' type='chat'>${inside}</message>`);
  phone.receives(`<message from='tybalt@localhost/street' to='romeo@localhost/phone' type='chat'>${inside}</message>`);
  nothingFor(laptop);
  tybalt.send(`<message from='romeo@localhost' to='romeo@localhost/phone' type='chat'>${inside}</message>`);
  assert.equal(tybalt.connection.closed, "invalid-from");
  nothingFor(phone, laptop, juliet, balcony);
});

test("XEP-0280 §7: what a client forges in the server's name is stripped from copies too", async () => {
  const { phone, laptop, juliet, balcony } = await verona();
  const forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='localhost' id='1'/>";
  phone.send(`<message to='juliet@localhost/phone' type='chat'><body>x</body>${forged}</message>`);
  const message =
    "<message from='romeo@localhost/phone' to='juliet@localhost/phone' type='chat'><body>x</body></message>";
  juliet.receives(message);
  balcony.receives(copy("received", "juliet@localhost/balcony", message));
  laptop.receives(copy("sent", "romeo@localhost/laptop", message));
});

test("XEP-0280 §4: a resource that has ended, or was replaced, gets no copies; nor does its successor unasked", async () => {
  const { world, phone, laptop, juliet } = await verona();
  const again = world.bind("romeo@localhost/laptop");
  assert.equal(laptop.connection.closed, "conflict");
  phone.session.end();
  const old = await world.online("romeo@localhost/old");
  world.forget(again, juliet, phone, laptop);
  old.send("<message to='juliet@localhost/phone' type='chat'><body>x</body></message>");
  assert.equal(juliet.take().length, 1);
  nothingFor(again, laptop, phone);
});

test("docs/architecture: where nobody misses a message, nothing is asked and nothing made", async () => {
  let told = 0;
  const ear = defineModule({
    name: "ear",
    xeps: [],
    setup(host) {
      host.on(messageRouted, "observe", () => {
        told += 1;
      });
    },
  });
  const world = testHost({ modules: [ear] });
  const romeo = await world.online("romeo@localhost/phone");
  const juliet = await world.online("juliet@localhost/phone");
  const balcony = await world.online("juliet@localhost/balcony");
  romeo.send("<message to='juliet@localhost/phone' type='chat'><body>1</body></message>");
  world.forget(romeo, juliet);
  enable(romeo, juliet);
  for (const to of ["juliet@localhost/phone", "juliet@localhost", "ghost@localhost", "romeo@localhost"]) {
    romeo.send(`<message to='${to}' type='chat'><body>2</body></message>`);
  }
  assert.equal(told, 0);
  world.forget(balcony);
  enable(balcony);
  romeo.send("<message to='juliet@localhost/phone' type='chat'><body>3</body></message>");
  assert.equal(told, 1);
});

test("contract §3: carbons change nothing of what contacts see", async () => {
  const world = testHost();
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  const phone = await world.online("romeo@localhost/phone");
  const laptop = await world.online("romeo@localhost/laptop");
  const juliet = await world.online("juliet@localhost/balcony");
  world.forget(phone, laptop, juliet);
  enable(phone, laptop);
  phone.send(`<iq type='set' id='c'><disable ${CARBONS}/></iq>`);
  phone.take();
  const quiet = world.bind("romeo@localhost/quiet");
  enable(quiet);
  juliet.send("<message to='romeo@localhost/quiet' type='chat'><body>psst</body></message>");
  assert.equal(quiet.take().length, 1);
  quiet.session.end();
  nothingFor(juliet, phone);
});
