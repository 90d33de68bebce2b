import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock } from "../../test/support/clock.ts";
import type { Contacts, ListChange, RefreshResult } from "./contacts.ts";
import { countRefresh } from "./done-refresh.ts";
import { Latency, SLOT, SLOTS } from "./latency.ts";
import { listOf } from "./list.ts";
import { failure } from "./source.ts";
import { ContactsWatch } from "./watch.ts";

const START = Date.UTC(2026, 0, 1);

test("latency: percentiles lie within a third of the true ones, in order, and never above the longest", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 200 }), (times) => {
      const latency = new Latency();
      for (const ms of times) latency.add(START, ms, false);
      const [slot] = latency.slots(START);
      const sorted = times.toSorted((a, b) => a - b);
      assert.ok(slot !== undefined && slot.count === times.length && slot.max === sorted.at(-1));
      for (const [part, found] of [
        [0.5, slot.p50],
        [0.95, slot.p95],
      ] as const) {
        const real = sorted[Math.ceil(times.length * part) - 1] ?? 0;
        assert.ok(found <= real * 1.34 && found >= real / 1.34, `${found} for ${real}`);
      }
      assert.ok(slot.p50 <= slot.p95 && slot.p95 <= slot.max);
    }),
  );
});

test("latency: half an hour is kept, however long it goes on", () => {
  const latency = new Latency();
  for (let n = 0; n < SLOTS * 3; n++) latency.add(START + n * SLOT, 5, n % 2 === 0);
  const end = START + (SLOTS * 3 - 1) * SLOT;
  const slots = latency.slots(end);
  assert.equal(slots.length, SLOTS);
  assert.equal(slots.at(-1)?.at, end);
  assert.equal(slots.filter(({ failed }) => failed === 1).length, SLOTS / 2);
  assert.ok(slots.every(({ count }) => count === 1));
  assert.deepEqual(latency.slots(end + SLOT * SLOTS), []);
});

function added(...jids: readonly string[]): RefreshResult {
  return { status: "ok", added: jids, changed: [], removed: [], source: "app", stale: false, problems: [] };
}

test("refreshes: the latest hundred, each with fifty lists and twenty contacts of a kind at most, and the rest counted", async () => {
  const watch = new ContactsWatch(new FakeClock(START));
  const many = Array.from({ length: 30 }, (_, n) => `c${n}@localhost`);
  const results = new Map<string, RefreshResult>(
    Array.from({ length: 80 }, (_, n) => [`u${n}`, added(...many)] as const),
  );
  results.set("quiet", added());
  results.set("broken", { status: "error", failure: "refused", message: "nobody there", stale: false });
  for (let n = 0; n < 150; n++) {
    watch.refreshed(await countRefresh(results, { dryRun: n % 2 === 1, began: START }, () => Promise.resolve()));
  }
  const kept = watch.activity.since(0);
  assert.equal(kept.length, 100);
  assert.deepEqual([kept[0]?.id, kept.at(-1)?.id], [150, 51]);
  const [latest] = kept;
  assert.partialDeepStrictEqual(latest, { kind: "refresh", dryRun: true, updated: 81, errors: 1, more: 31 });
  assert.equal(latest?.users.length, 50);
  const [first] = latest?.users ?? [];
  assert.ok(first?.status === "ok" && first.added.length === 20 && first.more === 10);
});

test("edits: heard of from the contacts themselves; what one call changes is one entry; fetches are none", () => {
  let listener: (change: ListChange) => void = () => undefined;
  let source = "edges";
  const contacts = {
    onChange: (given: typeof listener) => {
      listener = given;
    },
    held: () => ({ source }),
  };
  const watch = new ContactsWatch(new FakeClock(START));
  watch.listenTo(contacts as unknown as Contacts);
  const contact = { jid: "new@localhost", name: undefined, groups: [], subscription: "both", ask: false } as const;
  const changes = [{ kind: "added", contact: { ...contact, until: undefined } }] as const;
  const change = { before: null, after: listOf([]), changes };
  for (const username of ["john", "marie"]) listener({ username, ...change });
  listener({ username: "same", ...change, changes: [] });
  source = "app";
  listener({ username: "tim", ...change });
  assert.partialDeepStrictEqual(watch.activity.since(0), [
    { kind: "edges", updated: 2, users: [{ user: "john", added: ["new@localhost"] }, { user: "marie" }] },
  ]);
  assert.equal(watch.activity.since(0).length, 1);
});

test("failures are counted by kind with the last of each; what the breaker held back is no fetch", async () => {
  const clock = new FakeClock(START);
  const watch = new ContactsWatch(clock);
  watch.fetched("john", failure("timeout", "late"), 5000);
  await clock.advance(10);
  watch.fetched("marie", failure("timeout", "later"), 5000);
  await clock.advance(10);
  watch.fetched("tim", failure("circuit-open", "not asked"), undefined);
  watch.fetched(".", { kind: "unaddressable" }, 0);
  assert.deepEqual(watch.failures, [
    { kind: "circuit-open", count: 1, at: START + 20, user: "tim", message: "not asked" },
    { kind: "timeout", count: 2, at: START + 10, user: "marie", message: "later" },
  ]);
  assert.equal(watch.fetches, 2);
  assert.equal(watch.answeredAt, undefined);
  watch.breaker(true);
  assert.equal(watch.breakerOpenSince, START + 20);
  watch.breaker(false);
  assert.equal(watch.breakerOpenSince, undefined);
});
