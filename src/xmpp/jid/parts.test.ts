import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/text.ts";
import { prepareDomain } from "./domain.ts";
import { prepareLocalpart } from "./localpart.ts";
import { utf8Length } from "./octets.ts";
import { prepareOpaque, prepareResource } from "./resource.ts";

function table(
  prepare: (text: string) => string | undefined,
  rows: readonly (readonly [string, string | undefined])[],
) {
  for (const [text, prepared] of rows) assert.equal(prepare(text), prepared, JSON.stringify(text));
}

test("RFC 7622 §3.3.1: the excluded ASCII characters, plain and in wide form", () => {
  for (const char of "\"&'/:<>@ ") assert.equal(prepareLocalpart(`a${char}b`), undefined, char);
  for (const char of "\uFF02\uFF06\uFF07\uFF0F\uFF1A\uFF1C\uFF1E\uFF20\u3000") {
    assert.equal(prepareLocalpart(`a${char}b`), undefined, char);
  }
  assert.equal(prepareLocalpart("!#$%()*+,-.;=?[\\]^_`{|}~"), "!#$%()*+,-.;=?[\\]^_`{|}~");
});

test("RFC 8265 §3.3: UsernameCaseMapped", () => {
  table(prepareLocalpart, [
    ["", undefined],
    ["Juliet", "juliet"],
    ["\uFF2A\uFF55\uFF4C\uFF49\uFF45\uFF54", "juliet"], // width mapping
    ["\uFF76\uFF9E", "\u30AC"], // halfwidth KA + voiced mark, composed by NFC
    ["e\u0301", "\u00E9"], // NFC
    ["\u00C9", "\u00E9"],
    ["\u212A", undefined], // KELVIN SIGN: HasCompat
    ["\uFB01", undefined], // LATIN SMALL LIGATURE FI: HasCompat
    ["\u1100\u1161", undefined], // OldHangulJamo
    ["a\u00AD", undefined], // SOFT HYPHEN: ignorable
    ["a\u200B", undefined],
    ["\u0378", undefined], // unassigned
    ["\uE000", undefined], // private use
    ["\uFDD0", undefined], // noncharacter
    ["\u{1F600}", undefined], // symbol
    ["a\u2028b", undefined],
    ["a\u0007", undefined],
    ["\u0640", undefined], // RFC 5892 §2.6
    ["\u3007", "\u3007"],
    ["\uD83D", undefined],
  ]);
});

test("RFC 5893 §2: the bidi rule", () => {
  table(prepareLocalpart, [
    ["\u05E9\u05DC\u05D5\u05DD", "\u05E9\u05DC\u05D5\u05DD"],
    ["\u05E9\u05DC1", "\u05E9\u05DC1"],
    ["1\u05E9\u05DC", undefined], // has to begin with R or AL
    ["a\u05E9", undefined],
    ["\u05E9a", undefined],
    ["\u05E9-", undefined], // ends with a neutral
    ["\u0627\u0661", "\u0627\u0661"],
    ["\u06271\u0661", undefined], // European and Arabic numbers
    ["\u0661", undefined],
  ]);
});

test("RFC 5892 A.1 to A.9: contextual rules", () => {
  table(prepareLocalpart, [
    ["\u0915\u094D\u200C\u0937", "\u0915\u094D\u200C\u0937"], // A.1 behind a virama
    ["\u0645\u06CC\u200C\u062E\u0648", "\u0645\u06CC\u200C\u062E\u0648"], // A.1 between joining letters
    ["a\u200Cb", undefined],
    ["\u200C", undefined],
    ["\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937"], // A.2
    ["a\u200Db", undefined],
    ["col\u00B7lega", "col\u00B7lega"], // A.3
    ["a\u00B7l", undefined],
    ["l\u00B7", undefined],
    ["\u0375\u03B1", "\u0375\u03B1"], // A.4
    ["\u0375a", undefined],
    ["\u05D0\u05F3", "\u05D0\u05F3"], // A.5
    ["\u05F3\u05D0", undefined],
    ["\u05D0\u05F4\u05D1", "\u05D0\u05F4\u05D1"], // A.6
    ["\u05F4", undefined],
    ["\u30AB\u30FB\u30AB", "\u30AB\u30FB\u30AB"], // A.7
    ["a\u30FBb", undefined],
    ["\u0627\u0660", "\u0627\u0660"], // A.8
    ["\u0627\u06F0", "\u0627\u06F0"], // A.9
    ["\u0627\u0660\u06F0", undefined],
  ]);
});

test("RFC 7622 §3.2: domainparts", () => {
  table(prepareDomain, [
    ["", undefined],
    [".", undefined],
    ["localhost", "localhost"],
    ["Example.COM.", "example.com"],
    ["example.com..", undefined],
    [".example.com", undefined],
    ["a..b", undefined],
    ["a_b.example", undefined],
    ["-a.example", undefined],
    ["a-.example", undefined],
    ["ab--c.example", undefined],
    ["B\u00DCcher.example", "b\u00FCcher.example"],
    ["xn--bcher-kva.example", "b\u00FCcher.example"],
    ["XN--BCHER-KVA.example", "b\u00FCcher.example"],
    ["xn--a.example", undefined],
    ["xn--.example", undefined],
    ["fa\u00DF.example", "fa\u00DF.example"],
    ["\uFF45xample\u3002com", "example.com"],
    ["\u2603.example", undefined], // UTS 46 would allow the snowman, RFC 5892 does not
    ["exa\u200Bmple.com", "example.com"], // mapped to nothing by UTS 46
    ["\u05D0a.example", undefined], // RFC 5893 §2
    ["exa mple.com", undefined],
    ["example.com:5222", undefined],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    [`${"a".repeat(64)}.example`, undefined],
    [`${"\u00FC".repeat(70)}.example`, undefined],
    ["a.".repeat(512), "a.".repeat(512).slice(0, -1)],
    [`${"a.".repeat(512)}a`, undefined],
  ]);
});

test("RFC 7622 §3.2.1: addresses", () => {
  table(prepareDomain, [
    ["127.0.0.1", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["[::]", "[::]"],
    ["[2001:DB8::A]", "[2001:db8::a]"],
    ["[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"],
    ["[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]"],
    ["[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"],
    ["[::ffff:256.0.2.1]", undefined],
    ["[1.2.3.4::]", undefined],
    ["[1:2:3:4:5:6:7]", undefined],
    ["[1:2:3:4:5:6:7:8:9]", undefined],
    ["[1::2::3]", undefined],
    ["[1:2:3:4::5:6:7:8]", undefined],
    ["[:1]", undefined],
    ["[12345::]", undefined],
    ["[::1%eth0]", undefined],
    ["[]", undefined],
    ["[::1", undefined],
    ["::1", undefined],
  ]);
});

test("RFC 8265 §4.2: OpaqueString", () => {
  table(prepareResource, [
    ["", undefined],
    [" ", " "],
    ["Foo Bar/@", "Foo Bar/@"],
    ["a\u00A0b\u3000c", "a b c"],
    ["e\u0301", "\u00E9"],
    ["\u2163", "\u2163"],
    ["\u{1F600}", "\u{1F600}"],
    ["a\tb", undefined],
    ["a\u007F", undefined],
    ["\u00AD", undefined],
    ["\uD800", undefined],
  ]);
  assert.equal(prepareOpaque("x".repeat(2046))?.length, 2046);
  assert.equal(prepareOpaque("x".repeat(10_000_000)), undefined);
});

test("law: preparing twice changes nothing", () => {
  const text = fc.oneof(anyText(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary-ascii" }));
  const letter = fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCodePoint(code));
  for (const prepare of [prepareLocalpart, prepareDomain, prepareResource]) {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.array(letter, { minLength: 1, maxLength: 3 }).map((letters) => letters.join("")),
        ),
        (input) => {
          const once = prepare(input);
          if (once !== undefined) assert.equal(prepare(once), once);
        },
      ),
      { numRuns: 2000 },
    );
  }
});

test("law: every code point alone is prepared to something stable", () => {
  for (let code = 0; code <= 0x2ffff; code++) {
    const char = String.fromCodePoint(code);
    const local = prepareLocalpart(char);
    if (local !== undefined) assert.equal(prepareLocalpart(local), local);
    const resource = prepareResource(char);
    if (resource !== undefined) assert.equal(prepareResource(resource), resource);
  }
});

test("law: utf8Length counts as TextEncoder writes", () => {
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      (text) => {
        assert.equal(utf8Length(text), encoder.encode(text).length);
      },
    ),
  );
});
