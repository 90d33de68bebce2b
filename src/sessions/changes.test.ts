import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { type TestClient, type TestHost, testHost } from "../../test/support/sessions.ts";

const ROMEO = "romeo@localhost";
const JULIET = "juliet@localhost";
const DELAY = "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-01T00:00:00.000Z'/>";
const push = (item: string): string =>
  `<iq type='set' id='{any}' from='{none}'><query xmlns='jabber:iq:roster' ver='{any}'>${item}</query></iq>`;
const both = (jid: string): string => push(`<item jid='${jid}' subscription='both'/>`);
const removed = (jid: string): string => push(`<item jid='${jid}' subscription='remove'/>`);

async function strangers(): Promise<{ world: TestHost; romeo: TestClient; juliet: TestClient }> {
  const world = testHost();
  world.contacts.set("romeo", {});
  world.contacts.set("juliet", {});
  const romeo = await world.online(`${ROMEO}/orchard`);
  const juliet = await world.online(`${JULIET}/balcony`);
  world.forget(romeo, juliet);
  return { world, romeo, juliet };
}

test("A15, A16, A18, G15: presence flows both ways at the moment when both lists allow it, after the push", async () => {
  const { world, romeo, juliet } = await strangers();
  world.contacts.set("romeo", { [JULIET]: "both" });
  romeo.receives(both(JULIET));
  juliet.receives();
  world.contacts.set("juliet", { [ROMEO]: "both" });
  juliet.receives(both(ROMEO), `<presence from='${ROMEO}/orchard'>${DELAY}</presence>`);
  romeo.receives(`<presence from='${JULIET}/balcony'>${DELAY}</presence>`);
});

test("A17: a removed contact gets unavailable of every resource it saw, and so does the person", async () => {
  const { world, romeo, juliet } = await strangers();
  world.contacts.set("romeo", { [JULIET]: "both" });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  const phone = await world.online(`${ROMEO}/phone`);
  world.forget(romeo, juliet);
  world.contacts.set("romeo", {});
  for (const client of [romeo, phone]) {
    client.receives(`<presence type='unavailable' from='${JULIET}/balcony'/>`, removed(JULIET));
  }
  juliet.receives(
    `<presence type='unavailable' from='${ROMEO}/orchard'/>`,
    `<presence type='unavailable' from='${ROMEO}/phone'/>`,
  );
  world.contacts.set("juliet", {});
  juliet.receives(removed(ROMEO));
  romeo.session.end();
  juliet.receives();
});

test("G12: a renamed or regrouped contact is pushed to each interested resource, and no presence is sent", async () => {
  const { world, romeo, juliet } = await strangers();
  const quiet = world.bind(`${ROMEO}/quiet`);
  world.contacts.set("romeo", { [JULIET]: "both" });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  world.forget(romeo, juliet);
  world.contacts.set("romeo", { [JULIET]: { name: "J & <J>", groups: ["A'", "B"] } });
  romeo.receives(
    push(
      `<item jid='${JULIET}' name='J &amp; &lt;J&gt;' subscription='both'><group>A&apos;</group><group>B</group></item>`,
    ),
  );
  quiet.receives();
  juliet.receives();
});

test("G13, G14: a silent resource gets every push, and is never announced as unavailable", async () => {
  const world = testHost();
  world.contacts.set("romeo", { [JULIET]: "both", "nurse@localhost": "both" });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  const juliet = await world.online(`${JULIET}/balcony`);
  const silent = world.bind(`${ROMEO}/silent`);
  await settle();
  silent.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  world.forget(silent);
  world.contacts.set("romeo", {});
  silent.receives(removed(JULIET), removed("nurse@localhost"));
  silent.session.end();
  juliet.receives();
});

test("G16: ask is shown, and from both to from only one direction ends", async () => {
  const { world, romeo, juliet } = await strangers();
  world.contacts.set("romeo", { [JULIET]: "both", "nurse@localhost": { subscription: "none", ask: true } });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  romeo.receives(
    both(JULIET),
    push("<item jid='nurse@localhost' subscription='none' ask='subscribe'/>"),
    `<presence from='${JULIET}/balcony'>${DELAY}</presence>`,
  );
  world.forget(juliet);
  world.contacts.set("romeo", { [JULIET]: "from", "nurse@localhost": { subscription: "none", ask: true } });
  romeo.receives(
    `<presence type='unavailable' from='${JULIET}/balcony'/>`,
    push(`<item jid='${JULIET}' subscription='from'/>`),
  );
  juliet.receives();
});

test("G34: pushes come in the application's order, each with the version of the list after it", async () => {
  const { world, romeo } = await strangers();
  world.contacts.set("romeo", { "c@localhost": "both", "a@localhost": "both", "b@localhost": "both" });
  const pushes = romeo.take().map((iq) => iq.children[0]);
  const seen = pushes.map((query) => (typeof query === "object" ? query.children[0] : undefined));
  assert.deepEqual(
    seen.map((item) => (typeof item === "object" ? item.attrs["jid"] : undefined)),
    ["c@localhost", "a@localhost", "b@localhost"],
  );
  const versions = pushes.map((query) => (typeof query === "object" ? query.attrs["ver"] : undefined));
  assert.equal(new Set(versions).size, 3);
  assert.equal(versions[2], world.contacts.current("romeo")?.version);
});

test("G5, G6, contract §2: without a copy the roster is a wait error; when the list comes it is pushed and presence flows", async () => {
  const world = testHost();
  world.contacts.set("juliet", { [ROMEO]: "both" });
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = world.bind(`${ROMEO}/orchard`);
  romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "<presence/>");
  await settle();
  romeo.receives(
    "<iq type='error' id='r'><error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{more}</error></iq>",
    `<presence from='${ROMEO}/orchard'/>`,
  );
  assert.equal(romeo.connection.closed, undefined);
  juliet.receives();
  world.contacts.set("romeo", { [JULIET]: "both" });
  romeo.receives(both(JULIET), `<presence from='${JULIET}/balcony'>${DELAY}</presence>`);
  juliet.receives(`<presence from='${ROMEO}/orchard'>${DELAY}</presence>`);
});

test("who saw directed presence and loses the flow is told once", async () => {
  const { world, romeo, juliet } = await strangers();
  world.contacts.set("romeo", { [JULIET]: "both" });
  world.contacts.set("juliet", { [ROMEO]: "both" });
  romeo.send(`<presence to='${JULIET}'/>`);
  world.forget(romeo, juliet);
  world.contacts.set("juliet", {});
  juliet.receives(`<presence type='unavailable' from='${ROMEO}/orchard'/>`, removed(ROMEO));
  romeo.session.end();
  juliet.receives();
});

test("contract §3: many changes go in slices, all of them, in order, to the resource that asked", async () => {
  const { world, romeo } = await strangers();
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`u${n}@localhost`, "both" as const]));
  world.contacts.set("romeo", many);
  assert.equal(romeo.take().length, 3000);
  romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  const [result] = romeo.take();
  const query = result?.children[0];
  assert.equal(typeof query === "object" && query.children.length, 3000);
});

test("a list that reaches thousands of people online goes in slices, in order", async () => {
  const turns: (() => void)[] = [];
  const world = testHost({ limits: { slice: 3 }, later: (action) => void turns.push(action) });
  const others: TestClient[] = [];
  const all: Record<string, "both"> = {};
  for (let n = 0; n < 10; n++) {
    all[`u${n}@localhost`] = "both";
    world.contacts.set(`u${n}`, { [ROMEO]: "both" });
    others.push(await world.online(`u${n}@localhost/x`));
  }
  world.contacts.set("romeo", all);
  const romeo = world.bind(`${ROMEO}/orchard`);
  await settle();
  romeo.send("<presence/>", "<presence><show>away</show></presence>", "<presence type='unavailable'/>");
  assert.equal(turns.length, 1);
  assert.ok(others.some((other) => other.connection.sent.length === 0));
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
  for (const other of others) {
    other.receives(
      `<presence from='${ROMEO}/orchard'/>`,
      `<presence from='${ROMEO}/orchard'><show>away</show></presence>`,
      `<presence type='unavailable' from='${ROMEO}/orchard'/>`,
    );
  }
});

test("contract §3: while presence goes out in slices, a change of list is obeyed from that moment on", async () => {
  const turns: (() => void)[] = [];
  const world = testHost({ limits: { slice: 1 }, later: (action) => void turns.push(action) });
  const drain = async (): Promise<void> => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    await settle();
  };
  for (const name of ["ann", "ben", "cat"]) world.contacts.set(name, { "romeo@localhost": "both" });
  world.contacts.set("romeo", { "ann@localhost": "both", "ben@localhost": "both", "cat@localhost": "both" });
  const ann = await world.online("ann@localhost/x");
  const ben = await world.online("ben@localhost/x");
  const cat = await world.online("cat@localhost/x");
  const romeo = await world.online("romeo@localhost/orchard");
  await drain();
  world.forget(ann, ben, cat);
  romeo.send("<presence><show>away</show></presence>");
  world.contacts.set("romeo", { "ann@localhost": "both", "ben@localhost": "both" });
  await drain();
  ann.receives("<presence from='romeo@localhost/orchard'><show>away</show></presence>");
  ben.receives("<presence from='romeo@localhost/orchard'><show>away</show></presence>");
  cat.receives("<presence from='romeo@localhost/orchard' type='unavailable'/>");
  romeo.send("<presence type='unavailable'/>");
  world.contacts.set("romeo", { "ann@localhost": "both" });
  await drain();
  ann.receives("<presence from='romeo@localhost/orchard' type='unavailable'/>");
  ben.receives("<presence from='romeo@localhost/orchard' type='unavailable'/>");
  cat.receives();
});

test("contract §3: a flood of presence to a long list is one piece of work a turn, and ends with the last", async () => {
  const turns: (() => void)[] = [];
  const world = testHost({ limits: { pending: 10 }, later: (action) => void turns.push(action) });
  const drain = (): void => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
  };
  const many: Record<string, "both"> = { "juliet@localhost": "both" };
  for (let n = 0; n < 300; n++) many[`u${n}@localhost`] = "both";
  world.contacts.set("romeo", many);
  world.contacts.set("juliet", { [ROMEO]: "both" });
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = await world.online(`${ROMEO}/orchard`);
  drain();
  world.forget(juliet, romeo);
  for (let n = 0; n < 1000; n++) romeo.send(`<presence><status>${n}</status></presence>`);
  assert.equal(turns.length, 1);
  drain();
  juliet.receives(
    `<presence from='${ROMEO}/orchard'><status>0</status></presence>`,
    `<presence from='${ROMEO}/orchard'><status>999</status></presence>`,
  );
  romeo.take();
  for (let n = 0; n < 50; n++) romeo.send("<presence type='unavailable'/>", "<presence/>");
  const refused = romeo.take().filter((stanza) => stanza.attrs["type"] === "error");
  assert.ok(refused.length > 50, `${refused.length} were refused`);
  drain();
  romeo.send("<presence type='unavailable'/>");
  drain();
  assert.equal(juliet.take().at(-1)?.attrs["type"], "unavailable");
});
