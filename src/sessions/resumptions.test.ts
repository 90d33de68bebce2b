/** XEP-0198 §4, §5: sessions that outlive their connection. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import {
  askToResume,
  chat,
  enable,
  hasMetric,
  heard,
  late,
  type ManagedClient,
  managedOnline,
  resume,
  veronaHost,
} from "../../test/support/managed.ts";
import { FakeConnection, type TestHost, testHost } from "../../test/support/sessions.ts";

const ROMEO = "romeo@localhost";
const JULIET = "juliet@localhost";
const MAX = 300_000;

test("XEP-0198 §5: a lost session stays, goes on receiving, and is resumed with what it missed, in order, once", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  world.forget(juliet);
  juliet.send(chat(`${ROMEO}/orchard`, "before"));
  const at = world.clock.now();
  romeo.lose();
  await world.clock.advance(1000);
  juliet.send(chat(ROMEO, "away"), "<presence><show>dnd</show></presence>");
  world.contacts.set("romeo", { [JULIET]: { name: "Jules" } });
  juliet.receives("<presence from='juliet@localhost/balcony'><show>dnd</show></presence>");
  assert.equal(world.host.online(ROMEO)[0]?.available, true);
  assert.ok(await hasMetric(world, "kith_sessions_waiting 1"));

  const again = resume(world, romeo);
  assert.equal(again.session.jid, romeo.session.jid);
  const delay = `<delay xmlns='urn:xmpp:delay' from='localhost' stamp='${new Date(at + 1000).toISOString()}'/>`;
  again.receives(
    late("before", at),
    late("away", at + 1000),
    `<presence from='juliet@localhost/balcony'><show>dnd</show>${delay}</presence>`,
    "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Jules' subscription='both'/></query></iq>",
  );
  again.managed.acknowledge(again.h);
  again.send(chat(JULIET, "back"));
  juliet.receives(heard("back"));
  resume(world, again).receives();
  await world.clock.advance(MAX * 2);
  juliet.receives();
  assert.equal(world.clock.pending, 0);
  assert.ok(await hasMetric(world, "kith_sessions_waiting 0"));
  assert.ok(await hasMetric(world, 'kith_resumptions_total{result="resumed"} 2'));
  assert.ok(await hasMetric(world, "kith_messages_unacknowledged_total 0"));
});

test("XEP-0198 §5: what the client has handled is not sent again, be it said with <a/> or with <resume/>", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  for (const id of ["1", "2", "3", "4"]) juliet.send(chat(ROMEO, id));
  const at = world.clock.now();
  romeo.managed.acknowledge(romeo.h + 1);
  romeo.lose();
  romeo.h += 2;
  resume(world, romeo).receives(late("3", at), late("4", at));
});

test("XEP-0198 §4: not resumed in time the session ends as any other, and is told to be gone", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  world.forget(juliet);
  const left = world.clock.now();
  romeo.lose();
  await world.clock.advance(MAX - 1);
  juliet.receives();
  await world.clock.advance(1);
  juliet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>");
  assert.deepEqual(world.host.online(ROMEO), []);
  assert.equal(world.host.size, 1);
  assert.equal(world.contacts.kept.get("romeo"), 0);
  assert.equal(world.clock.pending, 0);
  const { result } = askToResume(world, ROMEO, romeo.id, romeo.h);
  assert.deepEqual(result, { ok: false, answer: { ok: false, reason: "unknown", h: 2 } }, "how far it had come");
  const again = world.bind(`${ROMEO}/orchard`);
  assert.equal(world.host.lastActivity(ROMEO), world.clock.now());
  again.session.end();
  assert.ok(left < world.clock.now());
});

test("who was waited for in vain was last here when the connection was lost", async () => {
  const world = veronaHost();
  const tablet = await managedOnline(world, `${ROMEO}/tablet`);
  await managedOnline(world, `${JULIET}/balcony`);
  const other = world.bind(`${ROMEO}/other`);
  other.session.end();
  await world.clock.advance(5000);
  const left = world.clock.now();
  tablet.lose();
  const seen = () => world.host.lastActivity(ROMEO);
  await world.clock.advance(MAX - 1);
  assert.equal(seen(), left);
});

test("XEP-0198 §3: who did not ask for resumption, or where there is none, ends with the connection", async () => {
  for (const [limits, wish] of [
    [{}, { resume: false }],
    [{ resumeTime: 0 }, { resume: true }],
  ] as const) {
    const world = testHost({ limits });
    const client = enable(world.bind(`${ROMEO}/orchard`), wish);
    assert.equal(client.managed.id, undefined);
    client.lose();
    assert.deepEqual(world.host.online(ROMEO), []);
    assert.equal(world.clock.pending, 0);
  }
});

test("XEP-0198 §3: a client may want to be waited for less long, not longer", async () => {
  for (const [max, time] of [
    [10, 10_000],
    [100_000, MAX],
  ] as const) {
    const world = testHost();
    const client = enable(world.bind(`${ROMEO}/orchard`), { max });
    client.lose();
    await world.clock.advance(time - 1);
    assert.equal(world.host.size, 1);
    await world.clock.advance(1);
    assert.equal(world.host.size, 0);
  }
});

test("RFC 6120 §4.9.3.16: nobody is waited for longer than the login lasts that let them in", async () => {
  const world = testHost();
  const client = world.bind(`${ROMEO}/orchard`);
  client.connection.endsAt = world.clock.now() + 1000;
  enable(client).lose();
  await world.clock.advance(999);
  assert.equal(world.host.size, 1);
  await world.clock.advance(1);
  assert.equal(world.host.size, 0);
});

test("XEP-0198 §5: a connection that still lives ends in favour of the new one, and its own end changes nothing", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  juliet.send(chat(ROMEO, "1"));
  const at = world.clock.now();
  const again = resume(world, romeo);
  assert.equal(romeo.connection.closed, "conflict");
  again.receives(late("1", at));
  juliet.send(chat(ROMEO, "2"));
  again.receives(heard("2"));
  assert.equal(world.host.online(ROMEO).length, 1);
  assert.equal(world.clock.pending, 0);
});

test("XEP-0198 §10: no id of somebody else, no made up one, none that is over; nothing is harmed by trying", async () => {
  const world = veronaHost();
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  romeo.lose();
  const unknown = { ok: false, answer: { ok: false, reason: "unknown", h: undefined } };
  assert.deepEqual(askToResume(world, JULIET, romeo.id, romeo.h).result, unknown);
  assert.deepEqual(askToResume(world, ROMEO, `${romeo.id}x`, romeo.h).result, unknown);
  assert.deepEqual(askToResume(world, ROMEO, "", romeo.h).result, unknown);
  const high = askToResume(world, ROMEO, romeo.id, romeo.h + 1).result;
  assert.deepEqual(high, { ok: false, answer: { ok: false, reason: "too-high", h: romeo.h + 1, sent: romeo.h } });
  assert.deepEqual(askToResume(world, ROMEO, romeo.id, romeo.h - 1).result, {
    ok: false,
    answer: { ok: false, reason: "unknown", h: 2 },
  });
  resume(world, romeo).session.end();
  assert.deepEqual(askToResume(world, ROMEO, romeo.id, romeo.h).result, unknown);
});

test("who may not bind may not resume: what let them in was taken back meanwhile", async () => {
  const held = new Set(["grant:1"]);
  const world = testHost({ isHeld: (_domain, _username, credential) => held.has(credential) });
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  romeo.lose();
  assert.equal(askToResume(world, ROMEO, romeo.id, romeo.h, "grant:2").result.ok, false);
  const { result, line } = askToResume(world, ROMEO, romeo.id, romeo.h, "grant:1");
  assert.ok(result.ok);
  // From now on it is let in by that, and ends with it.
  assert.equal(world.host.online(ROMEO)[0]?.credential, "grant:1");
  world.host.kick(ROMEO, "Taken back.", "grant:1");
  assert.equal(line.closed, "not-authorized");
  assert.equal(world.host.size, 0);
});

const ENDS: Record<string, (world: TestHost) => void> = {
  "the account is removed, or has another password": ({ host }) => host.kick(ROMEO, "Removed."),
  "the credential is taken back": ({ host }) => host.kick(ROMEO, "Taken back.", "app:1"),
  "the device is signed out that let it in before": ({ host }) => host.kick(ROMEO, "Signed out.", "device:1"),
  "the session is ended from another": ({ host }) => void host.kickOne(`${ROMEO}/orchard`, "Ended."),
  "the server stops": ({ host }) => host.close(),
};
for (const [title, end] of Object.entries(ENDS)) {
  test(`a session that waits ends at once when ${title}`, async () => {
    const world = testHost();
    const client = world.bind(`${ROMEO}/orchard`);
    client.connection.credential = "app:1";
    client.connection.origin = "device:1";
    const romeo = enable(client);
    romeo.lose();
    assert.equal(world.host.size, 1);
    end(world);
    assert.equal(world.host.size, 0);
    assert.equal(world.clock.pending, 0);
    assert.equal(world.contacts.kept.get("romeo"), 0);
    assert.equal(askToResume(world, ROMEO, romeo.id, romeo.h).result.ok, false);
  });
}

test("contract §5: sessions that wait count against those of a person; the one that waited longest gives way to a new one", async () => {
  const world = testHost({ limits: { perUser: 3 } });
  const all: ManagedClient[] = [];
  for (const resource of ["a", "b", "c"]) {
    all.push(enable(world.bind(`${ROMEO}/${resource}`)));
    await world.clock.advance(1);
  }
  const [a, b, c] = all as [ManagedClient, ManagedClient, ManagedClient];
  const online = () => world.host.online(ROMEO).map(({ resource }) => resource);
  const bind = (resource: string) =>
    world.host.bind({ domain: "localhost", username: "romeo", resource, connection: new FakeConnection() });
  assert.equal(bind("d").ok, false);
  b.lose();
  await world.clock.advance(1);
  a.lose();
  assert.equal(bind("d").ok, true);
  assert.deepEqual(online(), ["a", "c", "d"]);
  for (let n = 0; n < 100; n++) enable(world.bind(`${ROMEO}/e${n}`)).lose();
  assert.equal(world.host.size, 3);
  assert.equal(c.connection.closed, undefined);
  await world.clock.advance(MAX);
  assert.deepEqual(online(), ["c", "d"]);
});

test("XEP-0198 §4: one request for all that is sent in a turn, and none while one is on its way", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  await settle();
  romeo.connection.sent.length = 0;
  romeo.managed.acknowledge(romeo.h);
  juliet.send(chat(ROMEO, "1"), chat(ROMEO, "2"));
  assert.equal(romeo.requests, 0);
  await settle();
  assert.match(romeo.connection.sent.at(-1) ?? "", /^<r /);
  juliet.send(chat(ROMEO, "3"));
  await settle();
  assert.equal(romeo.requests, 1);
  // The answer is about the first two: the third is asked for.
  romeo.managed.acknowledge(romeo.h + 2);
  await settle();
  assert.equal(romeo.requests, 2);
  // Nothing new was acknowledged, and nothing sent: nothing is asked.
  romeo.managed.acknowledge(romeo.h + 2);
  await settle();
  assert.equal(romeo.requests, 2);
  romeo.managed.acknowledge(romeo.h + 3);
  await settle();
  assert.equal(romeo.requests, 2);
});

for (const isWaiting of [false, true]) {
  test(`limits: too much that is not acknowledged ends the session, ${isWaiting ? "waiting" : "connected"}, and nothing is lost`, async () => {
    for (const limits of [{ unackedStanzas: 10 }, { unackedLength: 1000 }]) {
      const world = veronaHost({ limits });
      const juliet = await world.online(`${JULIET}/balcony`);
      const romeo = await managedOnline(world, `${ROMEO}/orchard`);
      if (isWaiting) romeo.lose();
      world.forget(juliet);
      for (let n = 0; n < 20; n++) juliet.send(chat(ROMEO, `${n}`));
      await settle();
      assert.deepEqual(world.host.online(ROMEO), []);
      if (!isWaiting) assert.equal(romeo.connection.closed, "policy-violation");
      const told = juliet.take().slice(1);
      assert.deepEqual(
        told.map(({ attrs }) => `${attrs["type"]} ${attrs["id"]}`),
        Array.from({ length: 20 }, (_, n) => `error ${n}`),
      );
    }
  });
}

test("a list that is too long to be kept makes no client end; only it cannot be resumed before that is acknowledged", async () => {
  const world = testHost({ limits: { unackedLength: 20_000 } });
  world.contacts.set(
    "romeo",
    Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`contact-${n}@localhost`, { name: `Contact ${n}` }])),
  );
  const ask = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>";
  const romeo = enable(world.bind(`${ROMEO}/orchard`));
  await settle();
  romeo.send(ask);
  romeo.acknowledge();
  await settle();
  assert.equal(world.host.size, 1);
  romeo.send(ask);
  const [answer] = romeo.take();
  assert.equal(answer?.attrs["type"], "result");
  romeo.lose();
  assert.equal(world.host.size, 0);
});

test("lists and pushes of any length that come while a session waits are made when it is resumed", async () => {
  const world = testHost();
  const many = (name: string) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`contact-${n}@localhost`, { name: `${name} ${n}` }]));
  world.contacts.set("romeo", many("Old"));
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  romeo.lose();
  world.contacts.set("romeo", many("New"));
  const again = resume(world, romeo);
  const names = again.take().map((push) => /name='([^']*)'/.exec(JSON.stringify(push))?.[1] ?? push.attrs["type"]);
  assert.equal(names.length, 1000);
  again.managed.acknowledge(again.h);
  resume(world, again).receives();
});

test("XEP-0198 §4: a client that acknowledges less than it got is asked once more; what two answers leave out has arrived", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  const answer = async (h: number) => {
    await settle();
    const { requests } = romeo;
    romeo.connection.sent.length = 0;
    if (requests > 0) romeo.managed.acknowledge(h);
    return requests;
  };
  await answer(romeo.h);
  romeo.managed.remind();
  assert.equal(await answer(romeo.h), 0, "nothing is missing");
  juliet.send(chat(ROMEO, "1"), chat(ROMEO, "2"));
  assert.equal(await answer(romeo.h + 1), 1);
  romeo.managed.remind();
  assert.equal(await answer(romeo.h + 1), 1);
  for (let n = 0; n < 3; n++) romeo.managed.remind();
  assert.equal(await answer(romeo.h + 1), 0, "it is not asked for ever");
  juliet.send(chat(ROMEO, "3"));
  assert.equal(await answer(romeo.h + 2), 1);
  romeo.managed.remind();
  assert.equal(await answer(romeo.h + 2), 1);
  juliet.send(chat(ROMEO, "4"));
  world.forget(juliet);
  // By its own word it has not handled the third: it is sent again.
  const again = resume(world, Object.assign(romeo, { h: romeo.h + 2 }));
  assert.deepEqual(
    again.take().map(({ attrs }) => attrs["id"]),
    ["3", "4"],
  );
  again.session.end();
  assert.deepEqual(
    juliet.take().map(({ attrs }) => attrs["id"] ?? attrs["type"]),
    ["unavailable", "4"],
  );
});

test("XEP-0198 §4: who acknowledges unasked has not got what its answers leave out: the sender is told", async () => {
  const world = veronaHost();
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  await settle();
  romeo.managed.acknowledge(romeo.h);
  juliet.send(chat(ROMEO, "1"));
  await settle();
  romeo.acknowledge();
  // One that was asked for by nobody, and two that have crossed the requests for what never arrived.
  juliet.send(...["2", "3", "4", "5"].map((id) => chat(ROMEO, id)));
  romeo.managed.acknowledge(romeo.h + 1);
  await settle();
  romeo.managed.acknowledge(romeo.h + 2);
  romeo.managed.acknowledge(romeo.h + 3);
  romeo.managed.remind();
  await settle();
  juliet.send(chat(ROMEO, "6"));
  await settle();
  romeo.managed.acknowledge(romeo.h + 3);
  world.forget(juliet);
  romeo.session.end();
  assert.deepEqual(
    juliet.take().map(({ attrs }) => attrs["id"] ?? attrs["type"]),
    ["unavailable", "5", "6"],
  );
});

test("limits: a long change of contacts is no reason to cut a client that takes it", async () => {
  const world = testHost({ limits: { unackedStanzas: 100 } });
  world.contacts.set("romeo", {});
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  const many = Array.from({ length: 300 }, (_, n) => [`contact-${n}@localhost`, {}]);
  world.contacts.set("romeo", Object.fromEntries(many));
  await settle();
  world.bind("nurse@localhost/x").send(chat(ROMEO, "1"));
  await settle();
  assert.equal(romeo.connection.closed, undefined);
  assert.equal(romeo.take().length, 301);
});

test("hostile: a client that asks for a long list over and over and acknowledges nothing is cut", async () => {
  const world = testHost({ limits: { unackedStanzas: 100, unackedLength: 10_000 } });
  const many = Array.from({ length: 300 }, (_, n) => [`contact-${n}@localhost`, {}]);
  world.contacts.set("romeo", Object.fromEntries(many));
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  for (let n = 0; n < 102 && romeo.connection.closed === undefined; n++) {
    romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    await settle();
  }
  assert.equal(romeo.connection.closed, "policy-violation");
});

test("limits: a client that never counts all of it is not ended for that", async () => {
  const world = veronaHost({ limits: { unackedStanzas: 10 } });
  const juliet = await world.online(`${JULIET}/balcony`);
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  for (let n = 0; n < 100; n++) {
    juliet.send(chat(ROMEO, `${n}`));
    await settle();
    romeo.take();
    // One more is left out each time.
    romeo.managed.acknowledge(romeo.h - n);
    romeo.managed.remind();
    await settle();
    romeo.managed.acknowledge(romeo.h - n);
  }
  assert.equal(romeo.connection.closed, undefined);
  assert.equal(world.host.size, 2);
});

test("limits: a list that goes on changing much while a session waits is not kept without end", async () => {
  const world = testHost({ limits: { unackedStanzas: 1_000_000, unackedLength: 1_000_000_000 } });
  const many = (name: number) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`contact-${n}@localhost`, { name: `${name} ${n}` }]));
  world.contacts.set("romeo", many(0));
  const romeo = await managedOnline(world, `${ROMEO}/orchard`);
  romeo.lose();
  for (let n = 1; n <= 100; n++) world.contacts.set("romeo", many(n));
  await settle();
  assert.equal(world.host.size, 1);
  world.contacts.set("romeo", many(101));
  await settle();
  assert.equal(world.host.size, 0);
});
