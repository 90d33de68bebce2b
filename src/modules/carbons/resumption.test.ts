/** XEP-0280 with XEP-0198: a message of which others have a copy is not lost, and goes to nobody a second time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CARBONS, copy, enable } from "../../../test/support/carbons.ts";
import { type ManagedClient, managedOnline } from "../../../test/support/managed.ts";
import { type TestClient, type TestHost, testHost } from "../../../test/support/sessions.ts";

const MAX = 300_000;
const CHAT = "<message to='romeo@localhost/phone' id='m' type='chat'><body>x</body></message>";

async function followed(): Promise<{
  world: TestHost;
  phone: ManagedClient;
  laptop: ManagedClient;
  juliet: TestClient;
}> {
  const world = testHost();
  const juliet = await world.online("juliet@localhost/balcony");
  const phone = await managedOnline(world, "romeo@localhost/phone");
  const laptop = await managedOnline(world, "romeo@localhost/laptop");
  laptop.send(`<iq type='set' id='c'><enable ${CARBONS}/></iq>`);
  for (const client of [phone, laptop]) client.acknowledge();
  world.forget(juliet);
  return { world, phone, laptop, juliet };
}

const idsOf = (client: TestClient): (string | undefined)[] =>
  client
    .take()
    .filter(({ name }) => name === "message")
    .map(({ attrs }) => `${attrs["type"]} ${attrs["id"]}`);

test("XEP-0280 §7: who has a copy is not sent the message again when the other device never acknowledged it", async () => {
  const { world, phone, laptop, juliet } = await followed();
  phone.lose();
  juliet.send(CHAT);
  assert.equal(laptop.take().length, 1);
  laptop.acknowledge();
  await world.clock.advance(MAX);
  assert.deepEqual([idsOf(laptop), idsOf(juliet)], [[], []]);
  laptop.session.end();
  assert.deepEqual(idsOf(juliet), []);
});

test("XEP-0280 §7: neither the message nor its copy was acknowledged: the sender is told once", async () => {
  for (const order of ["phone first", "laptop first"]) {
    const { world, phone, laptop, juliet } = await followed();
    const [first, second] = order === "phone first" ? [phone, laptop] : [laptop, phone];
    first.lose();
    await world.clock.advance(1000);
    second.lose();
    juliet.send(CHAT);
    await world.clock.advance(MAX - 1000);
    assert.deepEqual(idsOf(juliet), [], order);
    await world.clock.advance(1000);
    assert.deepEqual(idsOf(juliet), ["error m"], order);
  }
});

test("XEP-0280 §7: a device that came later gets the message itself, once, when all who were sent it are gone", async () => {
  const { world, phone, laptop, juliet } = await followed();
  phone.lose();
  laptop.lose();
  juliet.send(CHAT);
  const tablet = await world.online("romeo@localhost/tablet");
  await world.clock.advance(MAX);
  tablet.send("<presence/>");
  const messages = tablet.take().filter(({ name }) => name === "message");
  assert.deepEqual(
    messages.map(({ attrs }) => [attrs["from"], attrs["to"], attrs["id"]]),
    [["juliet@localhost/balcony", "romeo@localhost", "m"]],
  );
  assert.deepEqual(idsOf(juliet), []);
});

test("XEP-0280 §6.1, XEP-0198 §4: what was never acknowledged comes back on every device of who sent it", async () => {
  const { world, phone, laptop, juliet } = await followed();
  const tower = world.bind("juliet@localhost/tower");
  enable(tower);
  phone.lose();
  laptop.lose();
  juliet.send(CHAT, CHAT.replace("'m'", "'p'").replace("<body>", `<private ${CARBONS}/><body>`));
  tower.receives(
    copy("sent", "juliet@localhost/tower", CHAT.replace("<message", "<message from='juliet@localhost/balcony'")),
  );
  await world.clock.advance(MAX);
  assert.deepEqual(idsOf(juliet), ["error m", "error p"]);
  const unavailable = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
  const error = `<message from='romeo@localhost/phone' to='juliet@localhost/balcony' id='m' type='error'><error type='cancel'>${unavailable}</error></message>`;
  tower.receives(copy("received", "juliet@localhost/tower", error));
});
