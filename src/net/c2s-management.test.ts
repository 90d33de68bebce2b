/** XEP-0198 over lines that break: real streams and sessions, pipes in memory, a clock that stands still. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { ENABLE, NS_SM, type Peer, setup, wide } from "../../test/support/managed-lines.ts";
import { DEFAULT_C2S_LIMITS } from "./limits.ts";

const R = `<r xmlns='${NS_SM}'/>`;
const ASK = `<r xmlns="${NS_SM}"/>`;
const FAILED = /<failed xmlns="urn:xmpp:sm:3"><unexpected-request /g;

const chat = (to: string, id: string): string => `<message to='${to}' id='${id}'><body>${id}</body></message>`;
const idsIn = (text: string): string[] => [...text.matchAll(/<message [^>]*id='([^']*)'/g)].map(([, id]) => id ?? "");

for (const framing of ["stream", "frames"] as const) {
  test(`XEP-0198 §4, ${framing}: what is asked is answered at once, and what is sent in a turn is asked about in the same write`, async () => {
    const world = setup();
    const { peer, h } = await world.managed("romeo@localhost/orchard", framing);
    peer.say(`<a xmlns='${NS_SM}' h='${h}'/>`);
    const nurse = world.bind("nurse@localhost/x");
    peer.say("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", R, chat("nurse@localhost/x", "m"), R);
    await settle();
    const text = peer.take();
    // The presence of before is counted too.
    assert.deepEqual(
      [...text.matchAll(/<a xmlns="urn:xmpp:sm:3" h="(\d+)"\/>/g)].map(([, count]) => count),
      ["2", "3"],
    );
    assert.equal(text.split(ASK).length, 2, text);
    peer.say(`<a xmlns='${NS_SM}' h='${h + 1}'/>`);
    const { writes } = peer.line;
    nurse.send(chat("romeo@localhost/orchard", "a"), chat("romeo@localhost/orchard", "b"));
    await settle();
    const answer = peer.take();
    assert.deepEqual(idsIn(answer), ["a", "b"]);
    assert.ok(answer.endsWith(ASK), answer);
    if (framing === "stream") assert.equal(peer.line.writes - writes, 1);
  });

  test(`XEP-0198 §5, ${framing}: cut off and resumed on the other kind of line`, async () => {
    const world = setup();
    const { peer, id, h } = await world.managed("romeo@localhost/orchard", framing);
    const nurse = world.bind("nurse@localhost/x");
    peer.say(chat("nurse@localhost/x", "m"));
    nurse.send(chat("romeo@localhost", "1"));
    await settle();
    peer.line.vanish();
    nurse.send(chat("romeo@localhost", "2"), chat("romeo@localhost/orchard", "3"));
    const other = framing === "stream" ? "frames" : "stream";
    const again = world
      .connect(other)
      .login("romeo")
      .resume(id, h + 1);
    await settle();
    const text = again.take();
    assert.match(text, new RegExp(`<resumed xmlns="urn:xmpp:sm:3" previd="${id}" h="2"/>`));
    assert.deepEqual(idsIn(text), ["2", "3"]);
    assert.ok(text.indexOf("<resumed") < text.indexOf("<message"));
    assert.ok(text.endsWith(ASK));
    again.say(R, chat("nurse@localhost/x", "n"), R);
    await settle();
    assert.match(again.take(), /<a xmlns="urn:xmpp:sm:3" h="2"\/><a xmlns="urn:xmpp:sm:3" h="3"\/>/);
    assert.deepEqual(idsIn(nurse.connection.sent.join("")), ["m", "n"]);
    assert.equal(world.host.online("romeo@localhost")[0]?.transport, "memory");
    assert.equal(world.host.size, 2);
  });
}

test("XEP-0198 §9.2: header, login, resumption and stanzas in one write; no features come behind it", async () => {
  const world = setup();
  const { peer, id, h } = await world.managed("romeo@localhost/orchard");
  const nurse = world.bind("nurse@localhost/x");
  peer.line.vanish();
  nurse.send(chat("romeo@localhost", "1"));
  const authenticate = (inside: string): string =>
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${btoa("\0romeo\0x")}</initial-response>${inside}</authenticate>`;
  const bind = `<bind xmlns='urn:xmpp:bind:0'><tag>t</tag>${ENABLE}</bind>`;
  const asks = `<resume xmlns='${NS_SM}' previd='${id}' h='${h}'/>`;
  const again = world
    .connect()
    .header()
    .say(authenticate(bind + asks), chat("nurse@localhost/x", "n"));
  await settle();
  const text = again.take();
  const success = text.slice(text.indexOf("<success"));
  assert.match(
    success,
    /<authorization-identifier>romeo@localhost\/orchard<\/authorization-identifier><resumed .*<message /,
  );
  assert.doesNotMatch(success, /<stream:features|<bound/);
  assert.deepEqual(idsIn(nurse.connection.sent.join("")), ["n"]);
  // The same a second time, when the session is over: what fails is told, and a new one bound and managed.
  again.say("</stream:stream>");
  const fresh = world
    .connect()
    .header()
    .say(authenticate(bind + asks));
  await settle();
  assert.match(
    fresh.take(),
    /<failed xmlns="urn:xmpp:sm:3"><item-not-found [^>]*\/><\/failed><bound xmlns="urn:xmpp:bind:0"><enabled /,
  );
  fresh.say("<presence/>", R);
  await settle();
  assert.match(fresh.take(), /<a xmlns="urn:xmpp:sm:3" h="1"\/>/);
});

test("XEP-0198 §7: how a stream ends decides whether its session waits", async () => {
  const ends: Record<string, readonly [end: (peer: Peer) => void, waits: boolean]> = {
    "the network goes away": [(peer) => peer.line.vanish(), true],
    "the client closes its side of TCP": [(peer) => peer.line.finish(), true],
    "the stream is closed": [(peer) => void peer.say("</stream:stream>"), false],
    "the client breaks the protocol": [(peer) => void peer.say("<message"), true],
    "no XML": [(peer) => void peer.say("<<"), false],
    "too high": [(peer) => void peer.say(`<a xmlns='${NS_SM}' h='77'/>`), false],
  };
  for (const [title, [end, waits]] of Object.entries(ends)) {
    const world = setup();
    const { peer } = await world.managed("romeo@localhost/orchard");
    end(peer);
    if (title === "the client breaks the protocol") peer.line.vanish();
    await settle();
    assert.equal(world.host.size, waits ? 1 : 0, title);
    assert.equal(world.c2s.size, 0, title);
  }
});

test("XEP-0198 §6: the stream error of a count that is too high", async () => {
  const world = setup();
  const { peer, h } = await world.managed("romeo@localhost/orchard");
  peer.say(`<a xmlns='${NS_SM}' h='${h + 1}'/>`);
  await settle();
  assert.match(
    peer.take(),
    new RegExp(`<undefined-condition [^>]*/>.*<handled-count-too-high [^>]*h="${h + 1}" send-count="${h}"/>`),
  );
});

test("XEP-0198 §5: a living connection hears that another took over, and nothing that it had not yet been sent", async () => {
  const world = setup();
  const { peer, id, h } = await world.managed("romeo@localhost/orchard");
  const nurse = world.bind("nurse@localhost/x");
  nurse.send(chat("romeo@localhost", "1"));
  const again = world.connect().login("romeo").resume(id, h);
  await settle();
  assert.match(peer.take(), /^<stream:error><conflict /);
  assert.deepEqual(idsIn(again.take()), ["1"]);
  assert.equal(world.host.size, 2);
  again.say("</stream:stream>");
  await settle();
  assert.equal(world.host.size, 1);
});

test("XEP-0198 §5: after a resumption that failed the login goes on to bind", async () => {
  const world = setup();
  const peer = world.connect().login("romeo").resume("x", 0).bind("orchard").say(ENABLE);
  await settle();
  assert.match(peer.take(), /<item-not-found .*<jid>romeo@localhost\/orchard<\/jid>.*<enabled /);
});

test("a request that nobody answers finds a connection that is dead, and its session waits", async () => {
  const world = setup();
  const { peer, h } = await world.managed("romeo@localhost/orchard");
  peer.say(`<a xmlns='${NS_SM}' h='${h}'/>`);
  await world.clock.advance(120_000);
  assert.equal(peer.line.isClosed, false, "nothing was sent");
  world.bind("nurse@localhost/x").send(chat("romeo@localhost", "1"));
  await world.clock.advance(30_000);
  peer.say(" ");
  await world.clock.advance(45_000);
  assert.equal(peer.line.isClosed, false, "it has been heard of");
  peer.say(`<a xmlns='${NS_SM}' h='${h + 1}'/>`);
  world.bind("nurse@localhost/y").send(chat("romeo@localhost", "2"));
  await world.clock.advance(62_000);
  assert.match(peer.take(), /<stream:error><connection-timeout /);
  assert.equal(world.host.online("romeo@localhost").length, 1);
});

test("what waits may be more than the queue of a connection: it is sent as it is taken", async () => {
  const world = setup({}, { queue: 10_000 });
  const { peer, id, h } = await world.managed("romeo@localhost/orchard");
  peer.line.vanish();
  const nurse = world.bind("nurse@localhost/x");
  const body = "x".repeat(1000);
  for (let n = 0; n < 300; n++) {
    nurse.send(`<message to='romeo@localhost' id='${n}'><body>${body}</body></message>`);
    if (n % 3 === 0) nurse.send("<iq type='get' to='romeo@localhost/orchard' id='q'><x xmlns='urn:x'/></iq>");
  }
  const again = world.connect();
  again.line.hold(true);
  again.login("romeo").resume(id, h);
  for (let n = 0; n < 100; n++) {
    await settle();
    again.line.hold(false);
    again.line.hold(true);
  }
  assert.deepEqual(
    idsIn(again.take()),
    Array.from({ length: 300 }, (_, n) => `${n}`),
  );
  assert.equal(again.line.isClosed, false);
});

test("XEP-0198 §4: a request waits behind what the client takes slowly: it is not cut while it takes it", async () => {
  const world = setup();
  const { peer, h } = await world.managed("romeo@localhost/orchard");
  peer.say(`<a xmlns='${NS_SM}' h='${h}'/>`);
  peer.line.hold(true);
  const nurse = world.bind("nurse@localhost/x");
  const body = "x".repeat(200_000);
  for (const id of ["1", "2", "3"])
    nurse.send(`<message to='romeo@localhost' id='${id}'><body>${body}</body></message>`);
  for (let n = 0; n < 8; n++) {
    await world.clock.advance(20_000);
    peer.line.drain();
  }
  assert.equal(peer.line.isClosed, false);
  peer.line.hold(false);
  await settle();
  const text = peer.take();
  assert.deepEqual(idsIn(text), ["1", "2", "3"]);
  assert.ok(text.endsWith(ASK));
  await world.clock.advance(62_000);
  assert.match(peer.take(), /<stream:error><connection-timeout /);
});

test("RFC 6120 §4.4: a line that is being closed takes nothing of a long list from the line that goes on with it", async () => {
  const world = setup();
  world.contacts.set("romeo", wide(3000));
  const { peer, id, h } = await world.managed("romeo@localhost/orchard");
  peer.line.hold(true);
  peer.say("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
  await settle();
  peer.line.finish();
  const again = world.connect().login("romeo");
  await settle();
  again.take();
  again.line.hold(true);
  again.resume(id, h);
  await settle();
  for (let n = 0; n < 50; n++) {
    peer.line.drain();
    again.line.drain();
    await settle();
  }
  const text = again.take();
  assert.equal(text.match(/<item /g)?.length, 3000);
  assert.match(text, /<\/query><\/iq>/);
});

/** Takes what waits for it bit by bit. */
async function takeSlowly(peer: Peer): Promise<string> {
  for (let n = 0; n < 100; n++) {
    await settle();
    peer.line.drain();
  }
  return peer.take();
}

const MUCH = Array.from({ length: 300 }, (_, n) => `${n}`);
const long = (id: string): string =>
  `<message to='romeo@localhost' id='${id}'><body>${"x".repeat(1000)}</body></message>`;

for (const wish of ["", ENABLE]) {
  const how = wish === "" ? "without" : "with";
  test(`XEP-0198 §4: who comes back without resuming, and ${how} stream management, is not cut because much was left`, async () => {
    const world = setup({}, { queue: 10_000 });
    const { peer } = await world.managed("romeo@localhost/orchard");
    peer.line.vanish();
    const nurse = world.bind("nurse@localhost/x");
    nurse.send(...MUCH.map(long));
    const again = world.connect().login("romeo");
    await settle();
    again.line.hold(true);
    again.bind("orchard").say(...(wish === "" ? [] : [wish]));
    assert.deepEqual(idsIn(await takeSlowly(again)), MUCH);
    assert.equal(again.line.isClosed, false);
    assert.deepEqual(nurse.connection.sent, [], "nobody is told that anything was lost");
  });
}

test("XEP-0198 §4: who else is there is not cut because much was left by a device that does not come back", async () => {
  const world = setup({}, { queue: 10_000 });
  const { peer } = await world.managed("romeo@localhost/orchard");
  peer.line.vanish();
  const nurse = world.bind("nurse@localhost/x");
  nurse.send(...MUCH.map(long));
  const { peer: other } = await world.managed("romeo@localhost/laptop");
  other.line.hold(true);
  world.host.kickOne("romeo@localhost/orchard", "");
  assert.deepEqual(idsIn(await takeSlowly(other)), MUCH);
  assert.equal(other.line.isClosed, false);
  assert.deepEqual(nurse.connection.sent, []);
});

test("hostile: who wrote much to clients that never acknowledge is told of all of it, and is not cut for that", async () => {
  const world = setup({ limits: { unackedStanzas: 200 } }, { queue: 10_000 });
  const { peer: sender, h } = await world.managed("nurse@localhost/x");
  sender.say(`<a xmlns='${NS_SM}' h='${h}'/>`);
  for (const resource of ["a", "b"]) {
    const { peer } = await world.managed(`romeo@localhost/${resource}`);
    peer.line.vanish();
    for (let n = 0; n < 150; n++) sender.say(chat(`romeo@localhost/${resource}`, `${resource}${n}`));
  }
  await settle();
  sender.take();
  sender.line.hold(true);
  world.host.kick("romeo@localhost", "");
  const text = await takeSlowly(sender);
  assert.equal(text.match(/<service-unavailable /g)?.length, 300);
  assert.equal(new Set(idsIn(text)).size, 300);
  world.bind("romeo@localhost/c").send(chat("nurse@localhost/x", "m"));
  await takeSlowly(sender);
  assert.equal(sender.line.isClosed, false);
  assert.equal(world.host.online("nurse@localhost").length, 1);
});

test("hostile: requests without end are answered one by one, and read no faster than the answers are taken", async () => {
  const world = setup();
  const { peer } = await world.managed("romeo@localhost/orchard");
  peer.say(R.repeat(10_000));
  await settle();
  assert.equal(peer.take().split("<a ").length - 1, 10_000);
  peer.line.hold(true);
  peer.say(R);
  await settle();
  assert.equal(peer.line.isPaused, true);
});

test("hostile: acknowledgements before it is enabled, and enabling over and over, are refused one by one", async () => {
  const world = setup();
  const peer = world.connect().login("romeo").bind("orchard");
  await settle();
  peer.take();
  peer.say(`<a xmlns='${NS_SM}' h='0'/>`.repeat(1000), ENABLE.repeat(1001), "<presence/>", R);
  await settle();
  const text = peer.take();
  assert.equal(text.match(FAILED)?.length, 2000);
  assert.equal(text.match(/<enabled /g)?.length, 1);
  assert.match(text, /<a xmlns="urn:xmpp:sm:3" h="1"\/>/);
});

test("hostile: a storm of wrong ids is told so each time, finds nothing, and is over with the time of a login", async () => {
  const world = setup();
  const { peer: victim, id } = await world.managed("juliet@localhost/balcony");
  victim.line.vanish();
  const peer = world.connect().login("romeo");
  await settle();
  peer.take();
  for (let n = 0; n < 2000; n++) peer.resume(n % 2 === 0 ? id : `${n}`, 0);
  await settle();
  assert.equal(peer.take().match(/<item-not-found /g)?.length, 2000);
  assert.equal(world.host.size, 1);
  await world.clock.advance(DEFAULT_C2S_LIMITS.loginTime + 2000);
  assert.match(peer.take(), /<connection-timeout /);
});

test("who does not enable it hears nothing of it", async () => {
  const world = setup();
  const peer = world.connect().login("romeo").bind("orchard").say("<presence/>");
  world.bind("nurse@localhost/x").send(chat("romeo@localhost", "1"));
  await settle();
  assert.doesNotMatch(peer.take(), /<r |<a /);
  peer.line.vanish();
  assert.equal(world.host.size, 1);
});

test("the server says goodbye: what was not acknowledged is not waited for", async () => {
  const world = setup();
  const { peer } = await world.managed("romeo@localhost/orchard");
  const { peer: gone } = await world.managed("juliet@localhost/balcony");
  gone.line.vanish();
  const closing = world.c2s.close();
  world.host.close();
  await closing;
  assert.match(peer.take(), /<system-shutdown /);
  assert.deepEqual([world.host.size, world.c2s.size], [0, 0]);
});
