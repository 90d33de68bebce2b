import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { FakeConnection, TestClient, testHost } from "../../test/support/sessions.ts";

const ROMEO = "romeo@localhost";

test("RFC 6120 §7.6: without a resource the server makes one that is free", () => {
  const { bind, host } = testHost();
  bind(`${ROMEO}/made-1`);
  assert.equal(bind(ROMEO).session.jid, `${ROMEO}/made-2`);
  assert.equal(host.size, 2);
});

test("RFC 6120 §7.7.1, RFC 7622 §3.4: a resource is prepared, and refused when it is none", () => {
  const { host, bind } = testHost();
  assert.equal(bind(`${ROMEO}/a\u00a0b<'`).session.jid, `${ROMEO}/a b<'`);
  const connection = new FakeConnection();
  for (const resource of ["a\u0007", "x".repeat(1024)]) {
    const bound = host.bind({ domain: "localhost", username: "romeo", resource, connection });
    assert.equal(bound.ok || bound.condition, "bad-request");
  }
  const elsewhere = host.bind({ domain: "other.example", username: "romeo", resource: "x", connection });
  assert.equal(elsewhere.ok || elsewhere.condition, "not-allowed");
});

test("a resource with characters that XML escapes arrives as itself", async () => {
  const world = testHost();
  const romeo = await world.online(`${ROMEO}/<'&">`);
  romeo.send(`<message to="${ROMEO}/&lt;&apos;&amp;&quot;&gt;"/>`);
  assert.deepEqual({ ...romeo.take()[0]?.attrs }, { from: `${ROMEO}/<'&">`, to: `${ROMEO}/<'&">` });
});

test("RFC 6120 §7.7.2.2: the newer session takes the resource, the older is told and seen to leave", async () => {
  const world = testHost();
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  const old = await world.online(`${ROMEO}/orchard`);
  const juliet = await world.online("juliet@localhost/balcony");
  const newer = world.bind(`${ROMEO}/orchard`);
  assert.equal(old.connection.closed, "conflict");
  juliet.receives(`<presence type='unavailable' from='${ROMEO}/orchard'/>`);
  old.session.end();
  old.send("<message to='juliet@localhost'/>");
  juliet.receives();
  assert.equal(world.host.size, 2);
  juliet.send(`<message to='${ROMEO}/orchard'/>`);
  newer.receives("<message from='juliet@localhost/balcony'/>");
  assert.equal(world.contacts.kept.get("romeo"), 1);
});

test("contract §5: so many sessions a person, and a conflict is not one more", () => {
  const world = testHost({ limits: { perUser: 2 } });
  world.bind(`${ROMEO}/a`);
  world.bind(`${ROMEO}/b`);
  const connection = new FakeConnection();
  const third = world.host.bind({ domain: "localhost", username: "romeo", resource: "c", connection });
  assert.equal(third.ok || third.condition, "resource-constraint");
  const again = world.host.bind({ domain: "localhost", username: "romeo", resource: "a", connection });
  assert.ok(again.ok);
  assert.equal(world.contacts.kept.get("romeo"), 2);
});

test("every keep of the contacts has its release, on every way out", async () => {
  const world = testHost();
  const a = await world.online(`${ROMEO}/a`);
  const b = await world.online(`${ROMEO}/b`);
  const c = await world.online(`${ROMEO}/c`);
  a.session.end();
  assert.equal(world.contacts.kept.get("romeo"), 2);
  b.send("<presence from='juliet@localhost'/>");
  world.host.kick(ROMEO, "The account was removed.");
  assert.equal(c.connection.closed, "not-authorized");
  assert.equal(world.contacts.kept.get("romeo"), 0);
  assert.deepEqual(world.host.online(ROMEO), []);
});

test("RFC 7009 §2.1: who is logged in and has no session yet is signed out too, by what let them in", () => {
  const world = testHost();
  const begin = (credential: string | undefined) => {
    const connection = Object.assign(new FakeConnection(), { credential });
    return { connection, arrived: world.host.authenticated("localhost", "romeo", connection) };
  };
  const [taken, other, password, left] = ["grant:1", "grant:2", undefined, "grant:1"].map(begin);
  left?.arrived();
  world.host.kick(ROMEO, "Taken back.", "grant:1");
  const closed = () => [taken, other, password, left].map((one) => one?.connection.closed);
  assert.deepEqual(closed(), ["not-authorized", undefined, undefined, undefined]);
  world.host.kick(ROMEO, "The password was changed.");
  assert.deepEqual(closed(), ["not-authorized", "not-authorized", "not-authorized", undefined]);
});

test("nobody binds by what was taken back meanwhile", () => {
  const { host } = testHost({
    isHeld: (_domain, username, credential) => `${username} ${credential}` === "romeo grant:1",
  });
  const bind = (username: string, credential: string | undefined) => {
    const connection = Object.assign(new FakeConnection(), { credential });
    return host.bind({ domain: "localhost", username, resource: undefined, connection }).ok;
  };
  assert.deepEqual(
    [bind("romeo", "grant:1"), bind("romeo", "grant:2"), bind("mary", "grant:1"), bind("romeo", undefined)],
    [true, false, false, true],
  );
});

test("closing says goodbye to everybody and lets nobody in", async () => {
  const world = testHost();
  const romeo = await world.online(`${ROMEO}/a`);
  const juliet = await world.online("juliet@localhost/a");
  world.host.close();
  world.host.close();
  assert.deepEqual([romeo.connection.closed, juliet.connection.closed], ["system-shutdown", "system-shutdown"]);
  assert.equal(world.host.size, 0);
  const connection = new FakeConnection();
  assert.equal(world.host.bind({ domain: "localhost", username: "romeo", resource: "a", connection }).ok, false);
});

test("a list that was already loaded when the login settles is followed before anything that waited goes on", async () => {
  const world = testHost();
  let arrived = (): void => undefined;
  world.contacts.waiting = new Promise((resolve) => {
    arrived = resolve;
  });
  world.host.authenticated("localhost", "romeo");
  const connection = new FakeConnection();
  const bound = world.host.bind({ domain: "localhost", username: "romeo", resource: "a", connection });
  assert.ok(bound.ok);
  const romeo = new TestClient(bound.session, connection);
  romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  world.contacts.kept.set("romeo", 0); // the change is not told, as when it came before keep()
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  arrived();
  await settle();
  romeo.receives(
    "<iq type='result' id='r'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' subscription='both'/></query></iq>",
  );
});

test("a second login waits for its own asking, the first goes on", async () => {
  const world = testHost();
  world.contacts.set("romeo", {});
  const first = await world.online(`${ROMEO}/a`);
  world.contacts.waiting = new Promise(() => undefined);
  const second = world.bind(`${ROMEO}/b`);
  const get = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>";
  first.send(get);
  second.send(get);
  await settle();
  assert.equal(first.take().length, 1);
  assert.equal(second.take().length, 0);
});
