import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { memoryStorage } from "../storage/memory.ts";
import { createContacts } from "./cache.ts";
import type { Contacts, ListChange } from "./contacts.ts";
import { ContactsMetrics } from "./contacts-metrics.ts";
import { listOf } from "./list.ts";
import { inProcessSource } from "./source.ts";
import type { ContactsStore } from "./store.ts";

const SECOND = 1000;

function setUp(give: (username: string) => unknown, given: { clock?: FakeClock; store?: ContactsStore } = {}) {
  const clock = given.clock ?? new FakeClock(Date.UTC(2026, 0, 1));
  const store = given.store ?? memoryStorage({ clock }).contacts("example.com");
  const yieldNow = (): Promise<void> => Promise.resolve();
  const contacts = createContacts({
    domain: "example.com",
    source: inProcessSource(give, { domain: "example.com", clock, timeout: 5000, yieldNow }),
    store,
    concurrency: 64,
    notFound: "error",
    clock,
    log: silentLog,
    metrics: new ContactsMetrics(new Metrics()),
  });
  const changes: ListChange[] = [];
  contacts.onChange((change) => changes.push(change));
  return { clock, store, contacts, changes };
}

function at(clock: FakeClock, ms: number): string {
  return new Date(clock.now() + ms).toISOString();
}

async function online(contacts: Contacts, username: string): Promise<void> {
  await contacts.login(username);
  contacts.keep(username);
}

function removed(changes: readonly ListChange[]): string[] {
  const all = changes.flatMap((change) =>
    change.changes.filter(({ kind }) => kind === "removed").map(({ contact }) => `${change.username} ${contact.jid}`),
  );
  return all.sort();
}

test("contract §1, until: contacts end one after the other, each within 1 s, with one timer for all", async () => {
  const w = setUp(() => ({
    "a@example.com": { until: at(w.clock, 10 * SECOND) },
    "b@example.com": { until: at(w.clock, 20 * SECOND) },
    "c@example.com": { until: at(w.clock, 200 * SECOND) },
    "d@example.com": {},
  }));
  for (const username of ["john", "marie", "paul"]) await online(w.contacts, username);
  await w.clock.advance(9 * SECOND);
  assert.equal(w.clock.pending <= 2, true, "one timer, and the tick after a login");
  assert.deepEqual(removed(w.changes), []);
  await w.clock.advance(2 * SECOND);
  assert.deepEqual(removed(w.changes), ["john a@example.com", "marie a@example.com", "paul a@example.com"]);
  await w.clock.advance(10 * SECOND);
  assert.equal(removed(w.changes).length, 6);
  await w.clock.advance(180 * SECOND);
  assert.equal(removed(w.changes).length, 9);
  assert.equal(w.contacts.current("john")?.size, 1);
});

test("until: an end that was put off wakes nobody, and the new end still comes", async () => {
  let end = 10 * SECOND;
  const begin = Date.UTC(2026, 0, 1);
  const w = setUp(() => ({ "a@example.com": { until: new Date(begin + end).toISOString() } }));
  await online(w.contacts, "john");
  end = 60 * SECOND;
  await w.contacts.refresh("john");
  await w.clock.advance(59 * SECOND);
  assert.deepEqual(removed(w.changes), []);
  await w.clock.advance(2 * SECOND);
  assert.deepEqual(removed(w.changes), ["john a@example.com"]);
});

test("until: an end that was put forward is kept", async () => {
  let end = 60 * SECOND;
  const begin = Date.UTC(2026, 0, 1);
  const w = setUp(() => ({ "a@example.com": { until: new Date(begin + end).toISOString() } }));
  await online(w.contacts, "john");
  end = 10 * SECOND;
  await w.contacts.refresh("john");
  await w.clock.advance(11 * SECOND);
  assert.deepEqual(removed(w.changes), ["john a@example.com"]);
});

test("until: across a restart with the application down, what ended meanwhile is gone, the rest ends in time", async () => {
  let isDown = false;
  const first = setUp(() => {
    if (isDown) throw new Error("down");
    return {
      "a@example.com": { until: at(first.clock, 10 * SECOND) },
      "b@example.com": { until: at(first.clock, 30 * SECOND) },
    };
  });
  await online(first.contacts, "john");
  await first.contacts.close();
  isDown = true;
  await first.clock.advance(15 * SECOND);
  const second = setUp(() => Promise.reject(new Error("down")), { clock: first.clock, store: first.store });
  await online(second.contacts, "john");
  assert.deepEqual(
    [...(second.contacts.current("john") ?? [])].map(({ jid }) => jid),
    ["b@example.com"],
  );
  await first.clock.advance(16 * SECOND);
  assert.deepEqual(removed(second.changes), ["john b@example.com"]);
  assert.equal(second.contacts.current("john")?.size, 0);
});

test("until: a contact that an edit gives an end ends", async () => {
  const w = setUp(() => ({ "a@example.com": {} }));
  await online(w.contacts, "john");
  await w.contacts.update(
    "john",
    (held) => {
      const [contact] = held ?? [];
      assert.ok(contact !== undefined);
      return listOf([{ ...contact, until: w.clock.now() + 5 * SECOND }]);
    },
    "patch",
  );
  await w.clock.advance(6 * SECOND);
  assert.deepEqual(removed(w.changes), ["john a@example.com"]);
});
