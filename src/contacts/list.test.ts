import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Change, diff, diffing, STEP, stepVersions } from "./diff.ts";
import { type Contact, listOf, type PackedList, parseStored } from "./list.ts";
import { atOnce } from "./slices.ts";

const text = fc.oneof(
  fc.constantFrom("A", "B", "Friends"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
);
const contact: fc.Arbitrary<Contact> = fc.record(
  {
    jid: fc.integer({ min: 0, max: 30 }).map((n) => `contact${n}@example.com`),
    name: fc.option(text, { nil: undefined }),
    groups: fc.uniqueArray(text, { maxLength: 3 }),
    subscription: fc.constantFrom("both", "to", "from", "none"),
    ask: fc.boolean(),
    until: fc.option(fc.integer({ min: 1, max: 2 ** 45 }), { nil: undefined }),
  },
  { noNullPrototype: true },
);
const contacts = fc.uniqueArray(contact, { selector: (c) => c.jid, maxLength: 30 });
const list = contacts.map((c) => listOf(c));

/** What a client that applies pushes has in the end: groups are a set, `until` is not shown. */
function visible(all: Iterable<Contact>): unknown {
  return [...all]
    .map(({ jid, name, groups, subscription, ask }) => ({ jid, name, groups: [...groups].sort(), subscription, ask }))
    .sort((a, b) => (a.jid < b.jid ? -1 : 1));
}

function apply(before: Iterable<Contact>, changes: readonly Change[]): Contact[] {
  const all = new Map([...before].map((c) => [c.jid, c]));
  for (const change of changes) {
    const { jid } = change.contact;
    assert.equal(all.has(jid), change.kind !== "added");
    if (change.kind === "removed") all.delete(jid);
    else all.set(jid, change.contact);
  }
  return [...all.values()];
}

test("law: a list gives back the contacts it was made of, in order, and finds each", () => {
  fc.assert(
    fc.property(contacts, (given) => {
      const packed = listOf(given);
      assert.deepEqual([...packed], given);
      assert.equal(packed.size, given.length);
      for (const c of given) assert.deepEqual(packed.get(c.jid), c);
      assert.deepEqual(
        [...packed.subscriptions()],
        given.map((c) => [c.jid, c.subscription]),
      );
      for (const c of given) assert.equal(packed.subscription(c.jid), c.subscription);
      assert.equal(packed.subscription("nobody@example.com"), undefined);
      assert.equal(packed.get("nobody@example.com"), undefined);
      assert.equal(packed.get("contact"), undefined);
      const ends = given.flatMap((c) => c.until ?? []);
      assert.equal(packed.nextEnd, ends.length === 0 ? undefined : Math.min(...ends));
    }),
  );
});

test("law: what is stored is read again as the same list", () => {
  fc.assert(
    fc.property(list, (before) => {
      const after = parseStored(before.stored);
      assert.ok(after !== undefined);
      assert.deepEqual([...after], [...before]);
      assert.equal(after.version, before.version);
      assert.equal(after.nextEnd, before.nextEnd);
    }),
  );
});

test("damaged stored text gives no list and throws nothing", () => {
  for (const damaged of [
    "x",
    "a@b\u00010",
    "a@b\u00019\u0003",
    "\u00010\u0003",
    "a\u00010\u0003a\u00010\u0003",
    "a\u00010\u0004x\u0003",
  ]) {
    assert.equal(parseStored(damaged), undefined, JSON.stringify(damaged));
  }
  const { stored } = listOf([{ jid: "a@b.c", name: "N", groups: ["G"], subscription: "to", ask: false, until: 5 }]);
  fc.assert(
    fc.property(fc.nat(stored.length - 1), (end) => {
      assert.equal(parseStored(stored.slice(0, end))?.size ?? 0, 0);
    }),
  );
});

test("law: stored text with anything in any place is read as the list that it is, or not at all", () => {
  const part = fc.constantFrom(
    "a@b",
    "c@d",
    "0",
    "8",
    "9",
    "N",
    "17",
    "\u0000",
    "\u0001",
    "\u0002",
    "\u0003",
    "\u0004",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
      const read = parseStored(parts.join(""));
      if (read === undefined) return;
      const all = [...read];
      assert.equal(new Set(all.map(({ jid }) => jid)).size, all.length);
      for (const one of all) assert.deepEqual(read.get(one.jid), one);
      assert.equal([...listOf(all)].length, all.length);
    }),
    { numRuns: 2000 },
  );
});

test("law: apply(before, diff(before, after)) is after; diff(x, x) is empty", () => {
  fc.assert(
    fc.property(list, list, (before, after) => {
      assert.deepEqual(visible(apply(before, diff(before, after))), visible(after));
      assert.deepEqual(diff(before, before), []);
      assert.deepEqual(visible(apply([], diff(null, after))), visible(after));
    }),
  );
});

test("comparing long lists gives others their turn after every hundred contacts", () => {
  const many = (count: number, name: string): PackedList =>
    listOf(
      Array.from({ length: count }, (_, n) => ({
        ...{ jid: `contact${n}@example.com`, name, groups: [], subscription: "both" as const, ask: false },
        until: undefined,
      })),
    );
  const turns = (before: PackedList, after: PackedList): number => [...diffing(before, after)].length;
  assert.equal(turns(many(1000, "A"), many(1000, "B")), 1000 / STEP);
  assert.equal(turns(many(1000, "A"), many(500, "A")), 1500 / STEP);
  assert.equal(turns(many(STEP - 1, "A"), many(STEP - 1, "B")), 0);
});

test("law, contract §3: each push's version is that of the list as it stands then, and the last is after's", () => {
  fc.assert(
    fc.property(list, list, (before, after) => {
      const changes = diff(before, after);
      const versions = [...stepVersions(before, changes)];
      versions.forEach((version, n) => {
        assert.equal(version, listOf(apply(before, changes.slice(0, n + 1))).version);
      });
      assert.equal(atOnce(stepVersions(before, changes)), after.version);
      assert.equal(atOnce(stepVersions(null, diff(null, after))), after.version);
    }),
  );
});

test("law: the version depends on what clients see, and not on order", () => {
  fc.assert(
    fc.property(contacts, list, (given, other) => {
      const one = listOf(given);
      const same = listOf(
        [...given].reverse().map((c) => ({ ...c, groups: [...c.groups].reverse(), until: undefined })),
      );
      assert.equal(one.version, same.version);
      assert.deepEqual(diff(one, same), []);
      assert.equal(one.version === other.version, diff(one, other).length === 0);
    }),
  );
});

const base: Contact = {
  jid: "a@example.com",
  name: "A",
  groups: ["G"],
  subscription: "both",
  ask: false,
  until: undefined,
};

test("G12: a new name, group, subscription or ask is a change", () => {
  for (const change of [
    { name: "B" },
    { name: undefined },
    { groups: ["G", "H"] },
    { subscription: "to" as const },
    { ask: true },
  ]) {
    const contact = { ...base, ...change };
    assert.deepEqual(diff(listOf([base]), listOf([contact])), [{ kind: "changed", before: base, contact }]);
  }
});

test("a new until is no change that anybody sees", () => {
  assert.deepEqual(diff(listOf([base]), listOf([{ ...base, until: 5 }])), []);
});

test("G34: differences come in a stable order: the application's, then what was removed", () => {
  const named = (jids: readonly string[]): PackedList => listOf(jids.map((jid) => ({ ...base, jid })));
  const changes = diff(named(["x@a.b", "y@a.b", "z@a.b"]), named(["c@a.b", "y@a.b", "b@a.b"]));
  assert.deepEqual(
    changes.map((change) => `${change.kind} ${change.contact.jid}`),
    ["added c@a.b", "added b@a.b", "removed x@a.b", "removed z@a.b"],
  );
});

test("the empty list has a version that is not empty text (RFC 6121 §2.6.2)", () => {
  assert.equal(listOf([]).version, "0".repeat(32));
});
