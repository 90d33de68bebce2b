/** The log of events and its queue, in both kinds of storage. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import type { AppEvent } from "../sessions/app-events.ts";
import type { EventLimits, EventLog, QueuedEvent } from "../sessions/event-log.ts";
import { openStorage, type Storage, type StorageChoice } from "./storage.ts";

const LIMITS: EventLimits = { count: 1000, age: 1_000_000, waiting: 1000, dead: 10 };
const ANY = 1000;

function presence(user: string, state: "online" | "away" | "offline" = "online"): AppEvent {
  return { type: "presence", user, data: { state, lastActivity: "2026-01-01T00:00:00.000Z" } };
}

function open(t: TestContext, choice: StorageChoice): Storage {
  const storage = openStorage(choice, { clock: new FakeClock(), log: silentLog });
  t.after(() => storage.close());
  return storage;
}

function file(t: TestContext): StorageChoice {
  const folder = mkdtempSync(join(tmpdir(), "kith-events-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { kind: "sqlite", path: join(folder, "kith.sqlite") };
}

function keptLog(storage: Storage, limits: Partial<EventLimits> = {}, domain = "example.com"): EventLog {
  const log = storage.events(domain, { ...LIMITS, ...limits });
  log.keep(true);
  return log;
}

function headOf(log: EventLog, user: string): QueuedEvent {
  const head = log.queue.head(user);
  assert.ok(head);
  return head;
}

const usersAfter = (log: EventLog, seq: number): string[] => log.after(seq, ANY).map((event) => event.user);

for (const kind of ["memory", "sqlite"] as const) {
  const choice = (t: TestContext): StorageChoice => (kind === "memory" ? { kind } : file(t));

  test(`${kind}: events are read in order from any position, each domain by itself`, async (t) => {
    const storage = open(t, choice(t));
    const log = keptLog(storage);
    const other = keptLog(storage, {}, "b.example");
    const first = await log.append(presence("john"), 5, false);
    await other.append(presence("else"), 6, false);
    await log.append(presence("marie", "away"), 7, false);
    const [john, marie] = log.after(log.floor, ANY);
    assert.deepEqual(john, {
      seq: first,
      type: "presence",
      time: 5,
      user: "john",
      data: JSON.stringify(presence("john").data),
    });
    assert.deepEqual(usersAfter(log, first), ["marie"]);
    assert.equal(marie?.seq, log.last);
    assert.deepEqual(usersAfter(other, 0), ["else"]);
  });

  test(`${kind}: the log is bounded in number and in age, and its floor says so`, async (t) => {
    const log = keptLog(open(t, choice(t)), { count: 300, age: 10_000 });
    const begin = log.floor;
    for (let n = 0; n < 800; n++) await log.append(presence(`u${n}`), n, false);
    assert.ok(log.floor > begin);
    const kept = usersAfter(log, log.floor);
    assert.ok(kept.length >= 300 && kept.length <= 500, `${kept.length} are kept`);
    assert.equal(kept.at(-1), "u799");
    for (let n = 0; n < 401; n++) await log.append(presence(`v${n}`), 20_000, false);
    assert.ok(usersAfter(log, log.floor).every((user) => user.startsWith("v")));
  });

  test(`${kind}: each person's events wait in their order, people in the order in which they are due`, async (t) => {
    const log = keptLog(open(t, choice(t)));
    const { queue } = log;
    await log.append(presence("john", "online"), 1, true);
    await log.append(presence("marie"), 2, true);
    await log.append(presence("john", "offline"), 3, true);
    assert.equal(queue.waiting, 3);
    assert.deepEqual(queue.due(2, ANY), ["john", "marie"]);
    assert.equal(queue.nextDue(), 1);
    const first = headOf(log, "john");
    assert.match(first.data, /online/);
    await queue.failed(first, 50);
    assert.deepEqual(queue.due(49, ANY), ["marie"]);
    assert.equal(headOf(log, "john").seq, first.seq);
    assert.equal(headOf(log, "john").tries, 1);
    await queue.hurry(10);
    assert.deepEqual(queue.due(10, ANY), ["marie", "john"]);
    await queue.delivered(first, 60);
    assert.match(headOf(log, "john").data, /offline/);
    assert.equal(headOf(log, "john").tries, 0);
    await queue.delivered(headOf(log, "john"), 61);
    await queue.delivered(headOf(log, "marie"), 62);
    assert.equal(queue.waiting, 0);
    assert.equal(queue.nextDue(), undefined);
    assert.equal(queue.head("john"), undefined);
    assert.deepEqual(usersAfter(log, 0), ["john", "marie", "john"], "the log keeps what was delivered");
  });

  test(`${kind}: too many waiting events: the oldest is given up; too many of those: the oldest is forgotten`, async (t) => {
    const log = keptLog(open(t, choice(t)), { waiting: 5, dead: 3 });
    for (let n = 0; n < 20; n++) await log.append(presence(`u${n}`), n, true);
    assert.equal(log.queue.waiting, 5);
    assert.equal(log.queue.dead, 3);
    assert.deepEqual(log.queue.due(ANY, ANY).toSorted(), ["u15", "u16", "u17", "u18", "u19"]);
    assert.deepEqual(
      log.queue.deadAfter(0, ANY).map((event) => event.user),
      ["u12", "u13", "u14"],
    );
  });

  test(`${kind}: what was given up is seen with its reason and may wait again`, async (t) => {
    const log = keptLog(open(t, choice(t)));
    await log.append(presence("john"), 1, true);
    await log.append(presence("john", "away"), 2, true);
    await log.queue.bury(headOf(log, "john"), "the application answered 422", 9);
    assert.match(headOf(log, "john").data, /away/);
    const [dead] = log.queue.deadAfter(0, ANY);
    assert.equal(dead?.reason, "the application answered 422");
    assert.deepEqual(log.queue.deadAfter(dead?.seq ?? 0, ANY), []);
    assert.equal(await log.queue.revive([1234], 10), 0);
    assert.equal(await log.queue.revive(undefined, 10), 1);
    assert.deepEqual([log.queue.waiting, log.queue.dead], [2, 0]);
    assert.equal(headOf(log, "john").seq, dead?.seq, "the older one comes first");
  });

  test(`${kind}: what waits outlives the log's bounds`, async (t) => {
    const log = keptLog(open(t, choice(t)), { count: 10 });
    await log.append(presence("waits"), 1, true);
    for (let n = 0; n < 400; n++) await log.append(presence(`u${n}`), 2, false);
    assert.ok(log.floor > headOf(log, "waits").seq);
    await log.queue.delivered(headOf(log, "waits"), 3);
    assert.equal(log.queue.waiting, 0);
  });
}

test("sqlite: everything is there after a restart, and no position is used twice", async (t) => {
  const choice = file(t);
  const first = openStorage(choice, { clock: new FakeClock(), log: silentLog });
  const before = keptLog(first);
  await before.append(presence("john"), 1, true);
  const last = await before.append(presence("marie"), 2, false);
  await before.queue.failed(headOf(before, "john"), 77);
  before.people.tell("john", "away", 5);
  before.people.tell("marie", "online", 6);
  before.people.tell("marie", "offline", 7);
  before.readerUntil = 99;
  await first.close();
  const after = keptLog(open(t, choice));
  assert.equal(after.epoch, before.epoch);
  assert.equal(after.last, last);
  assert.equal(after.queue.waiting, 1);
  assert.equal(after.queue.nextDue(), 77);
  assert.equal(headOf(after, "john").tries, 1);
  assert.deepEqual([...after.people.here()], [{ user: "john", state: "away", activeAt: 5 }]);
  assert.equal(after.readerUntil, 99);
  assert.ok((await after.append(presence("john"), 3, false)) > last);
});

test("sqlite: a run whose events were not kept makes older positions too old", async (t) => {
  const choice = file(t);
  const first = openStorage(choice, { clock: new FakeClock(), log: silentLog });
  const position = await keptLog(first).append(presence("john"), 1, false);
  await first.close();
  const second = openStorage(choice, { clock: new FakeClock(), log: silentLog });
  second.events("example.com", LIMITS).keep(false);
  await second.close();
  const third = keptLog(open(t, choice));
  assert.ok(position < third.floor);
  assert.deepEqual(third.after(third.floor, ANY), []);
});

test("sqlite: events that could not be written are not counted", async (t) => {
  const choice = file(t);
  const log = keptLog(open(t, choice));
  assert.ok(choice.kind === "sqlite");
  const other = new DatabaseSync(choice.path);
  other.exec(`CREATE TRIGGER full BEFORE INSERT ON event_turns WHEN NEW.username = 'bad'
              BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END`);
  other.close();
  const tries = await Promise.allSettled([log.append(presence("john"), 1, true), log.append(presence("bad"), 2, true)]);
  assert.deepEqual(
    tries.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.deepEqual(usersAfter(log, 0), []);
  assert.equal(log.queue.waiting, 0);
  await log.append(presence("marie"), 3, true);
  assert.deepEqual(usersAfter(log, 0), ["marie"]);
  assert.equal(log.queue.waiting, 1);
});
