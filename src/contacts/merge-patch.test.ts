import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contactsToJson, readContacts } from "./contract.ts";
import { editList } from "./edit-list.ts";
import { type Contact, listOf } from "./list.ts";
import { applyPatch, patching, readPatch } from "./merge-patch.ts";

const OPTIONS = { owner: "john@example.com", now: 1_000 };

/** RFC 7396 §2, word for word. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const merged: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

const jid = fc.constantFrom("a@example.com", "b@example.com", "c@example.com", "d@example.com");
const member = fc.record(
  {
    name: fc.constantFrom("A", "B", 7, null),
    groups: fc.constantFrom(["x"], ["x", "y"], [], { z: true, gone: null }, "no", null),
    subscription: fc.constantFrom("both", "to", "none", "nonsense", null),
    ask: fc.constantFrom("subscribe", null),
    until: fc.constantFrom("2090-01-01T00:00:00Z", "1960-01-01T00:00:00Z", null),
    other: fc.constantFrom(1, null),
  },
  { requiredKeys: [] },
);
const contacts = fc.dictionary(jid, member);
const patches = fc.dictionary(jid, fc.oneof(member, fc.constantFrom(null, 1, "x", [])));

test("RFC 7396: what a patch makes is what reading the merged document makes", () => {
  fc.assert(
    fc.property(contacts, patches, (before, patch) => {
      const held = readContacts(before, OPTIONS);
      assert.ok(held.ok);
      const expected = readContacts(mergePatch(contactsToJson(held.list), patch), OPTIONS);
      assert.ok(expected.ok);
      const { list } = applyPatch(held.list, readPatch([patch], OPTIONS.owner), OPTIONS);
      assert.equal(list.version, expected.list.version);
      assert.deepEqual(contactsToJson(list), contactsToJson(expected.list));
    }),
  );
});

test("a large patch is made in small steps, each of a few contacts", () => {
  const names = Array.from({ length: 3000 }, (_, n) => `c${n}@example.com`);
  const held = listOf(names.map((name) => contact(name, {})));
  const patch = readPatch([Object.fromEntries(names.map((name) => [name, { name: "new" }]))], OPTIONS.owner);
  let steps = 0;
  for (const _ of patching(held, patch, OPTIONS)) steps++;
  assert.ok(steps >= 6000, String(steps));
});

test("keys are normalised; what is no contact is reported, and nothing if it was to go", () => {
  const held = listOf([contact("marie@example.com", { name: "Marie", groups: ["Friends"] })]);
  const patch = readPatch(
    [
      { "Marie@Example.COM": { name: "M." }, "marie@example.com": { name: "twice" } },
      { "John@example.com": {}, "no jid": {}, constructor: null, "x y": null, "JOHN@example.com": null },
    ],
    OPTIONS.owner,
  );
  const { list, problems } = applyPatch(held, patch, OPTIONS);
  assert.deepEqual(contactsToJson(list), { "marie@example.com": { name: "M.", groups: ["Friends"] } });
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["duplicate", "self", "not-a-jid"],
  );
});

test("a member __proto__ lends nothing to the contact", () => {
  const evil = JSON.parse('{"a@example.com":{"__proto__":{"name":"evil"},"constructor":1}}') as Record<string, unknown>;
  const { list, problems } = applyPatch(undefined, readPatch([evil], OPTIONS.owner), OPTIONS);
  assert.deepEqual(contactsToJson(list), { "a@example.com": {} });
  assert.deepEqual(problems, []);
});

test("a patch that changes nothing gives the same list; without a list it begins with an empty one", () => {
  const held = listOf([contact("marie@example.com", {})]);
  const patch = readPatch([{ "marie@example.com": {}, "aaron@example.com": null }], OPTIONS.owner);
  assert.equal(applyPatch(held, patch, OPTIONS).list, held);
  assert.equal(applyPatch(undefined, readPatch([], OPTIONS.owner), OPTIONS).list.size, 0);
});

function contact(of: string, more: Partial<Contact>): Contact {
  return { jid: of, name: undefined, groups: [], subscription: "both", ask: false, until: undefined, ...more };
}

test("editing a list is the same as making it anew, its next end too", () => {
  const value = fc.record({ name: fc.constantFrom("N", undefined), until: fc.constantFrom(5000, 6000, undefined) });
  const entries = fc.dictionary(jid, value);
  const edits = fc.dictionary(jid, fc.option(value));
  fc.assert(
    fc.property(entries, edits, (before, given) => {
      const list = listOf(Object.entries(before).map(([of, more]) => contact(of, more)));
      const changes = new Map(
        Object.entries(given).map(([of, more]) => [of, more === null ? null : contact(of, more)]),
      );
      const after = editList(list, changes);
      const merged = new Map([...list].map((one) => [one.jid, one]));
      for (const [of, edit] of changes) {
        if (edit === null) merged.delete(of);
        else merged.set(of, edit);
      }
      const expected = listOf(merged.values());
      assert.equal(after.stored, expected.stored);
      assert.equal(after.nextEnd, expected.nextEnd);
      assert.equal(after.version, expected.version);
      for (const one of ["a@example.com", "b@example.com"]) assert.deepEqual(after.get(one), expected.get(one));
    }),
  );
});
