import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/text.ts";
import { formatJid, parseJid, prepareContactJid } from "./jid.ts";

/** RFC 7622 §3.5, table 1, with what preparation makes of each. */
const VALID: readonly (readonly [string, string])[] = [
  ["juliet@example.com", "juliet@example.com"],
  ["juliet@example.com/foo", "juliet@example.com/foo"],
  ["juliet@example.com/foo bar", "juliet@example.com/foo bar"],
  ["juliet@example.com/foo@bar", "juliet@example.com/foo@bar"],
  ["foo\\20bar@example.com", "foo\\20bar@example.com"],
  ["fussball@example.com", "fussball@example.com"],
  ["fu\u00DFball@example.com", "fu\u00DFball@example.com"],
  ["\u03C0@example.com", "\u03C0@example.com"],
  ["\u03A3@example.com/foo", "\u03C3@example.com/foo"],
  ["\u03C3@example.com/foo", "\u03C3@example.com/foo"],
  ["\u03C2@example.com/foo", "\u03C2@example.com/foo"],
  ["king@example.com/\u265A", "king@example.com/\u265A"],
  ["example.com", "example.com"],
  ["example.com/foobar", "example.com/foobar"],
  ["a.example.com/b@example.net", "a.example.com/b@example.net"],
  // Example 18 of table 2 stands there as invalid, but OpaqueString allows leading spaces (RFC 8265 §4.2).
  ["juliet@example.com/ foo", "juliet@example.com/ foo"],
  ["JULIET@EXAMPLE.COM./Foo", "juliet@example.com/Foo"],
  ["juliet@localhost", "juliet@localhost"],
  ["juliet@[2001:DB8::1]/a/b", "juliet@[2001:db8::1]/a/b"],
];

/** RFC 7622 §3.5, table 2, and more of the kind. */
const INVALID: readonly string[] = [
  '"juliet"@example.com',
  "foo bar@example.com",
  "@example.com/",
  "henry\u2163@example.com",
  "\u265A@example.com",
  "juliet@",
  "/foobar",
  "",
  "@",
  "/",
  "juliet@example.com/",
  "@example.com",
  "a@b@example.com",
  "not a jid@@",
  "juliet@example.com/\u0000",
  "juliet@exa mple.com",
  "juliet@example..com",
  "juliet\u0000@example.com",
  "\uD800@example.com",
  "juliet@example.com/\uDC00",
];

test("RFC 7622 §3.5: the valid examples are prepared", () => {
  for (const [text, prepared] of VALID) {
    const jid = parseJid(text);
    assert.ok(jid, text);
    assert.equal(formatJid(jid), prepared);
  }
});

test("RFC 7622 §3.5: the invalid examples are refused", () => {
  for (const text of INVALID) assert.equal(parseJid(text), undefined, text);
});

test("RFC 7622 §3.1: each part holds 1023 octets and not one more", () => {
  const most = "a".repeat(1023);
  assert.ok(parseJid(`${most}@example.com/${most}`));
  assert.equal(parseJid(`${most}a@example.com`), undefined);
  assert.equal(parseJid(`a@example.com/${most}a`), undefined);
  assert.ok(parseJid(`${"\u03C0".repeat(511)}@example.com/${"\u265A".repeat(341)}`));
  assert.equal(parseJid(`${"\u03C0".repeat(512)}@example.com`), undefined);
  assert.equal(parseJid(`a@example.com/${"\u265A".repeat(342)}`), undefined);
});

test("hostile length is refused without being read", () => {
  const long = "a".repeat(10_000_000);
  assert.equal(parseJid(long), undefined);
  assert.equal(parseJid(`${"\u0660".repeat(5000)}@example.com`), undefined);
});

test("contract §1: what may be the key of a contact", () => {
  assert.equal(prepareContactJid("Marie@Example.COM"), "marie@example.com");
  assert.equal(prepareContactJid("marie@localhost"), "marie@localhost");
  assert.equal(prepareContactJid("Gateway.Example.com"), "gateway.example.com");
  for (const text of [
    "constructor",
    "__proto__",
    "localhost",
    "x@host/res",
    "example.com/res",
    "not a jid@@",
    "",
    "[::1]",
  ]) {
    assert.equal(prepareContactJid(text), undefined, text);
  }
});

test("law: the key of a contact is the prepared JID, letter for letter", () => {
  const letter = fc.constantFrom("a", "B", "Ä", "ﬁ", "＠", "。", ".", "-", "@", "/", "İ", "ß");
  const part = fc.array(letter, { maxLength: 5 }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(fc.tuple(part, part), ([local, domain]) => {
      const text = `${local}@${domain}`;
      const jid = parseJid(text);
      const key = prepareContactJid(text);
      if (key === undefined) return;
      assert.equal(key, jid && formatJid(jid));
    }),
    { numRuns: 3000 },
  );
});

test("law: a prepared JID is prepared already", () => {
  const part = fc.oneof(anyText(), fc.string({ unit: "grapheme" }), fc.string());
  const anyJid = fc.tuple(part, part, part).map(([local, domain, resource]) => `${local}@${domain}/${resource}`);
  const likely = fc.tuple(part, part).map(([local, resource]) => `${local}@example.com/${resource}`);
  fc.assert(
    fc.property(fc.oneof(anyJid, likely, part), (text) => {
      const jid = parseJid(text);
      if (jid === undefined) return;
      assert.deepEqual(parseJid(formatJid(jid)), jid);
    }),
    { numRuns: 3000 },
  );
});
