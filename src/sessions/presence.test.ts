import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { type TestClient, type TestHost, testHost } from "../../test/support/sessions.ts";

const ROMEO = "romeo@localhost";
const JULIET = "juliet@localhost";
const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const DELAY = "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-01T00:00:00.000Z'/>";

function friends(options = {}): TestHost {
  const world = testHost(options);
  world.contacts.set("romeo", { [JULIET]: "both" });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  return world;
}

async function pair(world = friends()): Promise<{ world: TestHost; romeo: TestClient; juliet: TestClient }> {
  const romeo = await world.online(`${ROMEO}/orchard`);
  const juliet = await world.online(`${JULIET}/balcony`);
  world.forget(romeo, juliet);
  return { world, romeo, juliet };
}

test("RFC 6121 §4.2, §4.3: initial presence goes out, comes back, and brings the contacts' presence with its time", async () => {
  const world = friends();
  const romeo = await world.online(`${ROMEO}/orchard`);
  await world.clock.advance(5000);
  const juliet = world.bind(`${JULIET}/balcony`);
  await settle();
  juliet.send(
    "<presence id='p' xml:lang='en'><show>away</show><c xmlns='http://jabber.org/protocol/caps' ver='x'/></presence>",
  );
  const hers = `<presence from='${JULIET}/balcony' id='p' xml:lang='en'><show>away</show><c xmlns='http://jabber.org/protocol/caps' ver='x'/></presence>`;
  romeo.receives(hers);
  juliet.receives(hers, `<presence from='${ROMEO}/orchard'>${DELAY}</presence>`);
});

test("G4, contract §2: roster get and presence sent at once wait for the list, in order; a message passes", async () => {
  const world = friends();
  const juliet = await world.online(`${JULIET}/balcony`);
  let arrived = (): void => undefined;
  world.contacts.waiting = new Promise((resolve) => {
    arrived = resolve;
  });
  const romeo = world.bind(`${ROMEO}/orchard`);
  romeo.send(
    "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>",
    "<presence/>",
    `<message to='${JULIET}' type='chat'/>`,
    "<presence><show>dnd</show></presence>",
  );
  await settle();
  juliet.receives(`<message from='${ROMEO}/orchard' type='chat'/>`);
  romeo.receives();
  juliet.send(`<message to='${ROMEO}' type='chat'/>`);
  romeo.receives(`<message from='${JULIET}/balcony' type='chat'/>`); // available for messages already
  arrived();
  await settle();
  romeo.receives(
    `<iq type='result' id='r'><query xmlns='jabber:iq:roster'><item jid='${JULIET}' subscription='both'/></query></iq>`,
    `<presence from='${ROMEO}/orchard'><show>dnd</show></presence>`,
    `<presence from='${JULIET}/balcony'>${DELAY}</presence>`,
  );
  juliet.receives(`<presence from='${ROMEO}/orchard'><show>dnd</show></presence>`);
});

test("G3: a client that never asks for its roster is asked for at authentication and seen by its contacts", async () => {
  const world = friends();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = world.bind(`${ROMEO}/orchard`);
  assert.deepEqual(world.contacts.logins, ["juliet", "romeo"]);
  romeo.send("<presence/>");
  await settle();
  juliet.receives(`<presence from='${ROMEO}/orchard'/>`);
});

test("G36: who leaves while the application is being asked is never seen, and nobody hears of the end", async () => {
  const world = friends();
  const juliet = await world.online(`${JULIET}/balcony`);
  let arrived = (): void => undefined;
  world.contacts.waiting = new Promise((resolve) => {
    arrived = resolve;
  });
  const romeo = world.bind(`${ROMEO}/orchard`);
  romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "<presence/>");
  romeo.session.end();
  romeo.session.end();
  arrived();
  await settle();
  romeo.receives();
  juliet.receives();
  assert.equal(world.contacts.kept.get("romeo"), 0);
});

test("RFC 6121 §4.4.2, §4.5.2: changes and unavailable reach contacts and the own resources", async () => {
  const { world, romeo, juliet } = await pair();
  const phone = await world.online(`${ROMEO}/phone`);
  world.forget(romeo, juliet);
  romeo.send("<presence type='unavailable'><status>gone</status></presence>");
  const end = `<presence type='unavailable' from='${ROMEO}/orchard'><status>gone</status></presence>`;
  for (const client of [romeo, juliet, phone]) client.receives(end);
  romeo.send("<presence type='unavailable'/>");
  romeo.session.end();
  for (const client of [juliet, phone]) client.receives();
  phone.session.end();
  juliet.receives(`<presence type='unavailable' from='${ROMEO}/phone'/>`);
});

test("RFC 6121 §4.2.2: a second resource learns of the first and the first of it", async () => {
  const { world, romeo } = await pair();
  const phone = world.bind(`${ROMEO}/phone`);
  await settle();
  phone.send("<presence/>");
  romeo.receives(`<presence from='${ROMEO}/phone'/>`);
  phone.receives(
    `<presence from='${ROMEO}/orchard'>${DELAY}</presence>`,
    `<presence from='${ROMEO}/phone'/>`,
    `<presence from='${JULIET}/balcony'>${DELAY}</presence>`,
  );
});

test("G15: presence does not go to somebody who does not list the sender, nor a probe's answer", async () => {
  const world = friends();
  world.contacts.set("juliet", {});
  const { romeo, juliet } = await pair(world);
  romeo.send("<presence><show>away</show></presence>", `<presence type='probe' to='${JULIET}'/>`);
  romeo.receives(`<presence from='${ROMEO}/orchard'><show>away</show></presence>`);
  romeo.session.end();
  juliet.receives();
});

test("G16: to and from let presence flow in one direction", async () => {
  const world = friends();
  world.contacts.set("romeo", { [JULIET]: "to" });
  world.contacts.set("juliet", { [ROMEO]: "from" });
  const { romeo, juliet } = await pair(world);
  romeo.send("<presence/>", `<presence type='probe' to='${JULIET}'/>`);
  romeo.receives(`<presence from='${ROMEO}/orchard'/>`, `<presence from='${JULIET}/balcony'>${DELAY}</presence>`);
  juliet.receives();
  juliet.send("<presence/>", `<presence type='probe' to='${ROMEO}/orchard'/>`);
  juliet.receives(`<presence from='${JULIET}/balcony'/>`);
  romeo.receives(`<presence from='${JULIET}/balcony'/>`);
});

test("RFC 6121 §4.3.2: a probe of a full JID is answered for that resource, of the own account for all", async () => {
  const { world, romeo, juliet } = await pair();
  const garden = await world.online(`${JULIET}/garden`);
  world.forget(romeo, juliet, garden);
  romeo.send(`<presence type='probe' to='${JULIET}/garden'/>`, `<presence type='probe' to='ghost@localhost'/>`);
  romeo.receives(`<presence from='${JULIET}/garden'>${DELAY}</presence>`);
  juliet.send("<presence type='probe'/>");
  juliet.receives(
    `<presence from='${JULIET}/balcony'>${DELAY}</presence>`,
    `<presence from='${JULIET}/garden'>${DELAY}</presence>`,
  );
});

test("RFC 6121 §4.6: directed presence passes to strangers, and unavailable follows to whom it reached", async () => {
  const world = testHost();
  const { romeo, juliet } = await pair(world);
  const tybalt = await world.online("tybalt@localhost/street");
  world.forget(romeo, juliet, tybalt);
  romeo.send(
    `<presence to='${JULIET}'><show>chat</show></presence>`,
    "<presence to='tybalt@localhost/street'/>",
    "<presence to='ghost@localhost'/>",
    "<presence to='a@elsewhere.example'/>",
    "<presence to='localhost'/>",
  );
  juliet.receives(`<presence from='${ROMEO}/orchard'><show>chat</show></presence>`);
  tybalt.receives(`<presence from='${ROMEO}/orchard'/>`);
  romeo.send("<presence type='unavailable' to='tybalt@localhost/street'/>"); // RFC 6121 §4.6.5: forgotten
  tybalt.receives(`<presence type='unavailable' from='${ROMEO}/orchard'/>`);
  romeo.session.end();
  juliet.receives(`<presence type='unavailable' from='${ROMEO}/orchard'/>`);
  tybalt.receives();
});

test("RFC 6121 §4.6.3: who hears the broadcast too gets one unavailable", async () => {
  const { romeo, juliet } = await pair();
  romeo.send(`<presence to='${JULIET}/balcony'><show>chat</show></presence>`);
  juliet.receives(`<presence from='${ROMEO}/orchard'><show>chat</show></presence>`);
  romeo.session.end();
  juliet.receives(`<presence type='unavailable' from='${ROMEO}/orchard'/>`);
});

test("directed presence is remembered up to a limit, and refused above it", async () => {
  const world = testHost({ limits: { directed: 2 } });
  const romeo = world.bind(`${ROMEO}/orchard`);
  const others: TestClient[] = [];
  for (const name of ["a", "b", "c"]) others.push(await world.online(`${name}@localhost/x`));
  for (const name of ["a", "b", "a", "c"]) romeo.send(`<presence to='${name}@localhost/x' id='${name}'/>`);
  romeo.receives(
    `<presence type='error' id='c'><error type='wait'><resource-constraint ${ERRORS}/></error></presence>`,
  );
  others[0]?.session.end();
  romeo.send("<presence to='c@localhost/x'/>");
  romeo.receives();
  others[2]?.receives(`<presence from='${ROMEO}/orchard'/>`);
});

test("B2, RFC 6120 §8.3.1: presence of type error passes to bare and full JIDs", async () => {
  const { romeo, juliet } = await pair(testHost());
  const error = `<error type='cancel'><gone ${ERRORS}/></error>`;
  romeo.send(`<presence type='error' to='${JULIET}' id='1'>${error}</presence>`);
  romeo.send(`<presence type='error' to='${JULIET}/balcony' id='2'>${error}</presence>`);
  romeo.send(
    "<presence type='error' to='ghost@localhost'/>",
    "<presence type='error'/>",
    "<presence type='error' to='@'/>",
  );
  juliet.receives(
    `<presence type='error' from='${ROMEO}/orchard' id='1'>${error}</presence>`,
    `<presence type='error' from='${ROMEO}/orchard' id='2'>${error}</presence>`,
  );
  romeo.receives();
});

for (const priority of ["128", "-129", "x", "", "1.5", "0x1", "1000"]) {
  test(`RFC 6121 §4.7.2.3: '${priority}' is no priority`, async () => {
    const { romeo, juliet } = await pair();
    romeo.send(`<presence id='p'><priority>${priority}</priority></presence>`);
    romeo.receives(
      `<presence type='error' id='p'><error type='modify'><bad-request ${ERRORS}/>{more}</error></presence>`,
    );
    juliet.receives();
  });
}

test("RFC 6121 §4.7.1: a type that is none is a bad request", async () => {
  const { romeo } = await pair();
  romeo.send("<presence type='available' id='p'/>");
  romeo.receives(
    `<presence type='error' id='p'><error type='modify'><bad-request ${ERRORS}/>{more}</error></presence>`,
  );
});

test("the people who are online are told to those who ask the server", async () => {
  const world = testHost();
  const romeo = world.bind(`${ROMEO}/orchard`);
  await settle();
  const by = { transport: "memory", credential: undefined, waiting: false };
  const silent = { resource: "orchard", available: false, show: undefined, status: undefined, priority: 0 };
  assert.deepEqual(world.host.online(ROMEO), [{ ...silent, interested: false, since: world.clock.now(), ...by }]);
  romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  romeo.send("<presence><show>xa</show><status>s</status><priority> -3 </priority></presence>");
  const [online] = world.host.online(ROMEO);
  assert.deepEqual(online, {
    resource: "orchard",
    available: true,
    show: "xa",
    status: "s",
    priority: -3,
    interested: true,
    since: world.clock.now(),
    ...by,
  });
  assert.deepEqual(world.host.online(JULIET), []);
});
