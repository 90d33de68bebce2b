import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../test/support/text.ts";
import { contactsSchema } from "./contact-schema.ts";
import { contactsToJson, readContacts, readContactsInSlices, readContactsText } from "./contract.ts";

const NOW = Date.UTC(2026, 0, 1);
const options = { owner: "john@example.com", now: NOW };

function read(json: unknown) {
  const reading = readContacts(json, options);
  assert.ok(reading.ok);
  return { contacts: [...reading.list], problems: reading.problems, codes: reading.problems.map((p) => p.code) };
}

/** As an application sends it: `__proto__` is then a key like any other. */
const one = (text: string) => read(JSON.parse(text));

test("contract §1: members and their defaults, in the application's order", () => {
  const { contacts, problems } = read({
    "marie@example.com": { name: "Marie", groups: ["Friends", "Work"] },
    "michael@example.com": { name: "Michael", subscription: "to", hobby: "chess" },
    "aaron@example.com": { ask: "subscribe", subscription: "none", until: "2026-12-24T18:00:00Z" },
    "icq.example.com": {},
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(contacts, [
    {
      jid: "marie@example.com",
      name: "Marie",
      groups: ["Friends", "Work"],
      subscription: "both",
      ask: false,
      until: undefined,
    },
    { jid: "michael@example.com", name: "Michael", groups: [], subscription: "to", ask: false, until: undefined },
    {
      jid: "aaron@example.com",
      name: undefined,
      groups: [],
      subscription: "none",
      ask: true,
      until: Date.UTC(2026, 11, 24, 18),
    },
    { jid: "icq.example.com", name: undefined, groups: [], subscription: "both", ask: false, until: undefined },
  ]);
});

test("A5, G11: groups are an array of strings, or the origin's object whose keys are the names", () => {
  assert.deepEqual(one('{"a@example.com":{"groups":{"Friends":true,"Work":true}}}').contacts[0]?.groups, [
    "Friends",
    "Work",
  ]);
  assert.deepEqual(one('{"a@example.com":{"groups":["Friends"]}}').contacts[0]?.groups, ["Friends"]);
});

test("contract §1: empty and repeated groups are dropped", () => {
  assert.deepEqual(read({ "a@example.com": { groups: ["", "A", "A", "B"] } }).contacts[0]?.groups, ["A", "B"]);
});

test("G10: a member null is absent", () => {
  const { contacts, problems } = one(
    '{"a@example.com":{"name":null,"groups":null,"subscription":null,"ask":null,"until":null}}',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(contacts, [
    { jid: "a@example.com", name: undefined, groups: [], subscription: "both", ask: false, until: undefined },
  ]);
});

test("contract §1: a member of the wrong type is dropped and reported, the contact stays", () => {
  const { contacts, problems } = read({
    "a@example.com": { name: 5, groups: "Friends", ask: true, until: 1e12 },
    "b@example.com": { groups: ["A", 1, null], ask: "maybe" },
  });
  assert.deepEqual(
    contacts.map(({ jid, name, groups, ask, until }) => ({ jid, name, groups, ask, until })),
    [
      { jid: "a@example.com", name: undefined, groups: [], ask: false, until: undefined },
      { jid: "b@example.com", name: undefined, groups: ["A"], ask: false, until: undefined },
    ],
  );
  assert.deepEqual(
    problems.map(({ code, contact, member }) => `${code} ${contact} ${member}`),
    [
      "wrong-type a@example.com until",
      "wrong-type a@example.com name",
      "wrong-type a@example.com groups",
      "wrong-type a@example.com ask",
      "wrong-type b@example.com groups",
      "wrong-type b@example.com groups",
      "bad-value b@example.com ask",
    ],
  );
});

test("contract §1, G16: a contact that is no object, or with a subscription that is none of the four, is left out", () => {
  const { contacts, codes } = read({
    "a@example.com": true,
    "b@example.com": ["Friends"],
    "c@example.com": null,
    "d@example.com": { subscription: "all" },
    "e@example.com": { subscription: 1 },
    "f@example.com": { subscription: "from" },
  });
  assert.deepEqual(
    contacts.map((c) => `${c.jid} ${c.subscription}`),
    ["f@example.com from"],
  );
  assert.deepEqual(codes, ["not-an-object", "not-an-object", "not-an-object", "bad-subscription", "bad-subscription"]);
});

test("G17: keys are normalised; what is no bare JID is left out with a reason", () => {
  const { contacts, problems } = read({
    "Marie@EXAMPLE.com": {},
    "x@example.com/res": {},
    "not a jid@@": {},
    localhost: {},
    "@example.com": {},
    "": {},
  });
  assert.deepEqual(
    contacts.map((c) => c.jid),
    ["marie@example.com"],
  );
  assert.deepEqual(
    problems.map((p) => `${p.code} ${p.contact}`),
    [
      "not-a-jid x@example.com/res",
      "not-a-jid not a jid@@",
      "not-a-jid localhost",
      "not-a-jid @example.com",
      "not-a-jid ",
    ],
  );
});

test("contract §1: constructor and __proto__ are no contacts and touch nothing", () => {
  const { contacts, codes } = one(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a@example.com":{"__proto__":{"name":"N"}}}',
  );
  assert.deepEqual(
    contacts.map((c) => [c.jid, c.name]),
    [["a@example.com", undefined]],
  );
  assert.deepEqual(codes, ["not-a-jid", "not-a-jid"]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("G40: the user's own JID is left out and reported, however it is written", () => {
  const { contacts, problems } = read({ "John@Example.COM": {}, "a@example.com": {} });
  assert.equal(contacts.length, 1);
  assert.deepEqual(
    problems.map((p) => `${p.code} ${p.contact}`),
    ["self john@example.com"],
  );
});

test("contract §1: of duplicates after normalisation the first stays", () => {
  const { contacts, codes } = read({ "a@example.com": { name: "first" }, "A@example.com": { name: "second" } });
  assert.deepEqual(
    contacts.map((c) => c.name),
    ["first"],
  );
  assert.deepEqual(codes, ["duplicate"]);
});

test("contract §1: a name is cut at 1023 bytes on a code point, and reported", () => {
  const { contacts, codes } = read({
    "a@example.com": { name: "x".repeat(1024) },
    "b@example.com": { name: "é".repeat(512) },
    "c@example.com": { name: "😀".repeat(256) },
    "d@example.com": { name: "x".repeat(1023) },
  });
  assert.deepEqual(
    contacts.map((c) => Buffer.byteLength(c.name ?? "")),
    [1023, 1022, 1020, 1023],
  );
  assert.ok(contacts[2]?.name?.isWellFormed());
  assert.deepEqual(codes, ["name-too-long", "name-too-long", "name-too-long"]);
});

test("contract §1: at most 100 groups", () => {
  const groups = Array.from({ length: 150 }, (_, n) => `g${n}`);
  const { contacts, codes } = read({ "a@example.com": { groups } });
  assert.deepEqual(contacts[0]?.groups, groups.slice(0, 100));
  assert.deepEqual(codes, ["too-many-groups"]);
});

test("contract §1: characters that XML 1.0 forbids are removed and reported", () => {
  const { contacts, codes } = read({
    "a@example.com": { name: "A\u0000\u000b\uffff\ud800B😀\t", groups: ["\u0001", "G\u0008"] },
  });
  assert.equal(contacts[0]?.name, "AB😀\t");
  assert.deepEqual(contacts[0]?.groups, ["G"]);
  assert.deepEqual(codes, ["forbidden-characters", "forbidden-characters", "forbidden-characters"]);
});

test("contract §1: until has an offset; invalid is dropped and reported, past is left out in silence", () => {
  const { contacts, problems } = read({
    "a@example.com": { until: "2026-12-24T18:00:00" },
    "b@example.com": { until: "2025-12-24T18:00:00Z" },
    "c@example.com": { until: "2026-12-24T18:00:00+02:00" },
    "d@example.com": { until: "2026-01-01T00:00:00Z" },
  });
  assert.deepEqual(
    contacts.map((c) => [c.jid, c.until]),
    [
      ["a@example.com", undefined],
      ["c@example.com", Date.UTC(2026, 11, 24, 16)],
    ],
  );
  assert.deepEqual(
    problems.map((p) => `${p.code} ${p.contact} ${p.member}`),
    ["bad-until a@example.com until"],
  );
});

test("G10, contract §1: [] is an empty list; other arrays, null, strings and numbers are failures", () => {
  assert.deepEqual(read([]).contacts, []);
  for (const json of [["a@example.com"], null, "x", 5, true, undefined]) {
    const reading = readContacts(json, options);
    assert.ok(!reading.ok && reading.failure === "not-an-object", JSON.stringify(json));
  }
});

test("G9: what is not JSON is a failure that quotes nothing", async () => {
  for (const text of ["", "{", "<html>", `{"secret@example.com": {}`, "x".repeat(300_000)]) {
    const reading = await readContactsText(text, options, () => Promise.resolve());
    assert.ok(!reading.ok && reading.failure === "not-json");
    assert.doesNotMatch(reading.message, /secret/);
  }
});

test("a list that is wrong everywhere reports a bounded number of problems", () => {
  const { problems } = read(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`bad ${n}`, {}])));
  assert.equal(problems.length, 1001);
  assert.deepEqual(problems.at(-1), { code: "more", text: "4000 further problems are not named" });
});

test("a long text is read in slices to the same list", async () => {
  const json = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`contact${n}@example.com`, { name: `N "${n}" \\`, groups: ["{,}"] }]),
  );
  let turns = 0;
  const yieldNow = async (): Promise<void> => void turns++;
  const whole = readContacts(json, options);
  const texts = await readContactsText(JSON.stringify(json), options, yieldNow);
  assert.ok(whole.ok && texts.ok);
  assert.ok(turns >= 20);
  assert.equal(texts.list.stored, whole.list.stored);
  const again = await readContactsInSlices(json, options, yieldNow);
  assert.ok(again.ok && again.list.stored === whole.list.stored);
});

test("contactsToJson gives what readContacts reads, defaults left out", () => {
  const json = {
    "marie@example.com": { name: "Marie", groups: ["Friends"] },
    "michael@example.com": { subscription: "to" },
    "aaron@example.com": { subscription: "none", ask: "subscribe", until: "2026-12-24T18:00:00Z" },
    "plain@example.com": {},
  };
  const reading = readContacts(json, options);
  assert.ok(reading.ok);
  assert.deepEqual(contactsToJson(reading.list), json);
});

test("law: whatever JSON comes, nothing is thrown, and what is read can be written and read again", () => {
  const member = fc.oneof(
    anyText(),
    fc.constantFrom("both", "to", "subscribe", "2026-12-24T18:00:00Z"),
    fc.array(fc.oneof(anyText(), fc.integer())),
    fc.jsonValue(),
  );
  const contact = fc.oneof(
    fc.record({ name: member, groups: member, subscription: member, ask: member, until: member }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  const key = fc.oneof(
    fc.constantFrom("a@b.c", "A@b.c", "john@example.com", "__proto__", "constructor", "x.y"),
    fc.string({ unit: "grapheme" }).map((text) => `${text}@example.com`),
  );
  fc.assert(
    fc.property(fc.dictionary(key, contact), (json) => {
      const first = readContacts(json, options);
      assert.ok(first.ok);
      const written = contactsToJson(first.list);
      assert.deepEqual(contactsSchema.safeParse(written).error?.issues, undefined);
      const second = readContacts(written, options);
      assert.ok(second.ok);
      assert.deepEqual(second.problems, []);
      assert.equal(second.list.stored, first.list.stored);
    }),
    { numRuns: 300 },
  );
});
