import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../../test/support/clock.ts";
import { DOMAIN, type EventWorld, eventWorld, GRACE, SETTLE } from "../../../test/support/events.ts";
import { enable } from "../../../test/support/managed.ts";

const presences = (world: EventWorld): readonly string[] => world.told().filter((text) => text.includes(" presence "));

/** Kept from the start, as with `events.url`. */
const keeping = (): EventWorld => eventWorld({ isQueued: true });

test("online is told when it has settled, offline after the grace", async () => {
  const world = keeping();
  const phone = await world.online("john@localhost/phone");
  await world.clock.advance(SETTLE - 1);
  assert.deepEqual(world.told(), ["john session started"]);
  await world.clock.advance(1);
  assert.deepEqual(presences(world), ["john presence online"]);
  phone.session.end();
  await world.clock.advance(GRACE - 1);
  assert.deepEqual(presences(world), ["john presence online"]);
  await world.clock.advance(1);
  assert.deepEqual(presences(world), ["john presence online", "john presence offline"]);
  assert.equal(world.clock.pending, 0, "nobody is left to be watched");
});

test("a page that is loaded again makes no noise, however often", async () => {
  const world = keeping();
  let page = await world.online("john@localhost/web");
  await world.clock.advance(SETTLE);
  for (let n = 0; n < 5; n++) {
    page.session.end();
    await world.clock.advance(GRACE - 1);
    page = await world.online("john@localhost/web");
    await world.clock.advance(SETTLE * 2);
  }
  assert.deepEqual(presences(world), ["john presence online"]);
});

test("who comes and goes within the time to settle was never here", async () => {
  const world = keeping();
  const phone = await world.online("john@localhost/phone");
  await world.clock.advance(SETTLE - 1);
  phone.session.end();
  await world.clock.advance(GRACE * 2);
  assert.deepEqual(presences(world), []);
});

test("who goes on changing is told after the time to settle all the same", async () => {
  const world = keeping();
  const phone = await world.online("john@localhost/phone");
  for (let n = 0; n < 20; n++) {
    phone.send(n % 2 === 0 ? "<presence><show>away</show></presence>" : "<presence/>");
    await world.clock.advance(SETTLE / 10);
  }
  assert.equal(presences(world)[0]?.startsWith("john presence"), true);
});

test("a person, not a resource: the best of what all resources say; dnd is there, xa is away", async () => {
  const world = keeping();
  const phone = await world.online("john@localhost/phone");
  const web = await world.online("john@localhost/web");
  await world.clock.advance(SETTLE);
  phone.send("<presence><show>xa</show></presence>");
  await world.clock.advance(SETTLE);
  assert.deepEqual(presences(world), ["john presence online"]);
  web.send("<presence><show>away</show></presence>");
  await world.clock.advance(SETTLE);
  assert.deepEqual(presences(world), ["john presence online", "john presence away"]);
  phone.send("<presence><show>dnd</show></presence>");
  await world.clock.advance(SETTLE);
  assert.equal(presences(world).at(-1), "john presence online");
  phone.session.end();
  await world.clock.advance(SETTLE);
  assert.equal(presences(world).at(-1), "john presence away");
  web.send("<presence type='unavailable'/>");
  await world.clock.advance(GRACE);
  assert.equal(presences(world).at(-1), "john presence offline");
  assert.equal(presences(world).length, 5);
});

test("XEP-0198 §5: whose client is cut off is here, and is told to be gone when their session has ended", async () => {
  const world = keeping();
  const phone = enable(await world.online("john@localhost/phone"), { max: 60 });
  await world.clock.advance(SETTLE);
  const left = world.clock.now();
  phone.lose();
  await world.clock.advance(60_000 - 1);
  assert.deepEqual(world.told(), ["john session started", "john presence online"]);
  await world.clock.advance(GRACE + 1);
  assert.deepEqual(world.told().slice(2), ["john session ended", "john presence offline"]);
  const { lastActivity } = JSON.parse(world.log.after(0, 10).at(-1)?.data ?? "{}") as { lastActivity?: string };
  assert.equal(lastActivity, new Date(left).toISOString(), "when it was lost");
});

test("a session without presence is a session, and nobody is here", async () => {
  const world = keeping();
  const bot = world.bind("bot@localhost/x");
  await world.clock.advance(GRACE * 2);
  bot.session.end();
  await world.clock.advance(GRACE * 2);
  assert.deepEqual(world.told(), ["bot session started", "bot session ended"]);
});

test("lastActivity is that of the last message or presence", async () => {
  const world = keeping();
  const phone = await world.online("john@localhost/phone");
  await world.clock.advance(60_000);
  const at = world.clock.now();
  phone.send("<message to='marie@localhost'><body>hi</body></message>");
  await world.clock.advance(30_000);
  phone.send("<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
  const users = world.host.lastActivity("john@localhost");
  assert.equal(users, at);
});

test("addresses are told only where that is wished", async () => {
  for (const addresses of [false, true]) {
    const world = eventWorld({ isQueued: true, addresses });
    world.bind("john@localhost/phone");
    await settle();
    const [event] = world.log.after(0, 10);
    const { address } = JSON.parse(event?.data ?? "{}") as { address?: string };
    assert.equal(address, addresses ? "127.0.0.1" : undefined);
  }
});

test("who was told to be here in the run before, and does not return, is told to be offline; who returns is not", async () => {
  const clock = new FakeClock();
  const first = eventWorld({ isQueued: true, clock });
  for (const name of ["john", "marie"]) await first.online(`${name}@localhost/phone`);
  await clock.advance(SETTLE);
  first.host.close();
  await clock.advance(GRACE * 10);
  assert.deepEqual(presences(first).toSorted(), ["john presence online", "marie presence online"]);
  const second = eventWorld({ isQueued: true, clock, storage: first.storage });
  await clock.advance(30_000);
  await second.online("marie@localhost/phone");
  await clock.advance(60_000);
  assert.deepEqual(presences(second).slice(2), ["john presence offline"]);
});

test("nothing is kept, nor found out, until somebody wants it; then all who are here are told", async () => {
  const world = eventWorld();
  await world.online("john@localhost/phone");
  await world.clock.advance(GRACE);
  assert.deepEqual(world.told(), []);
  assert.equal(world.clock.pending, 0);
  const reader = world.hub.read(DOMAIN, () => undefined);
  assert.ok(reader);
  await world.clock.advance(SETTLE);
  assert.deepEqual(world.told(), ["john presence online"]);
  await world.online("marie@localhost/phone");
  reader.end();
  await world.clock.advance(SETTLE);
  assert.deepEqual(world.told().slice(1), ["marie session started", "marie presence online"]);
});

test("thousands who leave at once are told in slices", async () => {
  const world = keeping();
  const all = [];
  for (let n = 0; n < 1200; n++) all.push(world.bind(`u${n}@localhost/x`));
  for (const client of all) client.send("<presence/>");
  await world.clock.advance(SETTLE + 10);
  for (const client of all) client.session.end();
  await world.clock.advance(GRACE + 10);
  const states = presences(world).map((text) => text.split(" ")[2]);
  assert.equal(states.filter((state) => state === "online").length, 1200);
  assert.equal(states.filter((state) => state === "offline").length, 1200);
});
