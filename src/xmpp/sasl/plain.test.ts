import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64, decodeSaslData, encodeBase64, encodeSaslData } from "./base64.ts";
import { createPlain } from "./plain.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

async function plain(data: Uint8Array): Promise<string> {
  const exchange = createPlain({
    domain: "example.com",
    verify: (username, password) =>
      username === "tim" && password === "tanstaaftanstaaf"
        ? { kind: "success", username, data: undefined }
        : { kind: "failure", condition: "not-authorized", text: `${username}:${password}` },
  });
  const outcome = await exchange.step(data);
  return outcome.kind === "failure" ? outcome.condition : outcome.kind;
}

test("RFC 4616 §4: the examples", async () => {
  assert.equal(await plain(utf8("\0tim\0tanstaaftanstaaf")), "success");
  assert.equal(await plain(utf8("Ursel\0Kurt\0xipj3plmq")), "invalid-authzid");
});

test("RFC 4616 §2: what is malformed, and what is wrong", async () => {
  const rows: readonly (readonly [string, string])[] = [
    ["tim\0tim\0tanstaaftanstaaf", "success"],
    ["Tim@Example.com\0TIM\0tanstaaftanstaaf", "success"],
    ["tim@example.com/x\0tim\0tanstaaftanstaaf", "invalid-authzid"],
    ["tim@example.net\0tim\0tanstaaftanstaaf", "invalid-authzid"],
    ["example.com\0tim\0tanstaaftanstaaf", "invalid-authzid"],
    ["\0tim\0wrong", "not-authorized"],
    ["\0tim\0Tanstaaftanstaaf", "not-authorized"],
    ["\0tim\0", "malformed-request"],
    ["\0\0tanstaaftanstaaf", "malformed-request"],
    ["\0tim", "malformed-request"],
    ["tim", "malformed-request"],
    ["", "malformed-request"],
    ["\0tim\0tanstaaf\0tanstaaf", "malformed-request"],
    ["\0tim@example.com\0tanstaaftanstaaf", "not-authorized"],
    ["\0tim\0tan\u0007", "not-authorized"],
  ];
  for (const [text, expected] of rows) assert.equal(await plain(utf8(text)), expected, JSON.stringify(text));
});

test("hostile: 10 MB and broken UTF-8 are malformed", async () => {
  assert.equal(await plain(utf8(`\0tim\0${"a".repeat(10_000_000)}`)), "malformed-request");
  assert.equal(await plain(Uint8Array.of(0, 0x74, 0, 0xff)), "malformed-request");
  assert.equal(await plain(Uint8Array.of(0, 0x74, 0, 0xed, 0xa0, 0x80)), "malformed-request");
});

test("RFC 6120 §6.4.2: without an initial response the server asks once; an ended exchange gives nothing more", async () => {
  const exchange = createPlain({
    domain: "example.com",
    verify: () => ({ kind: "failure", condition: "not-authorized" }),
  });
  assert.deepEqual(await exchange.step(undefined), { kind: "challenge", data: new Uint8Array(0) });
  assert.deepEqual(await exchange.step(utf8("\0a\0b")), { kind: "failure", condition: "not-authorized" });
  assert.deepEqual(await exchange.step(utf8("\0a\0b")), { kind: "failure", condition: "malformed-request" });
});

test("RFC 8265 §4.2: passwords reach the check prepared", async () => {
  let seen = "";
  const exchange = createPlain({
    domain: "example.com",
    verify: (_username, password) => {
      seen = password;
      return { kind: "failure", condition: "not-authorized" };
    },
  });
  await exchange.step(utf8("\0tim\0Cafe\u0301\u00A0X"));
  assert.equal(seen, "Caf\u00E9 X");
});

test("RFC 4648 §4 and RFC 6120 §6.4.2: strict base64", () => {
  for (const text of [
    "A",
    "AA",
    "AAA",
    "AA=",
    "AAAA=",
    "AAAA====",
    "A===",
    "AB==",
    "AAB=",
    "AA A",
    "AAAA\n",
    "-_AA",
    "=AAA",
    "\u00C4AAA",
  ]) {
    assert.equal(decodeSaslData(text), undefined, text);
  }
  assert.equal(decodeBase64("="), undefined);
  assert.deepEqual(decodeSaslData("="), new Uint8Array(0));
  assert.deepEqual(decodeSaslData(""), new Uint8Array(0));
  assert.equal(encodeSaslData(new Uint8Array(0)), "=");
  assert.equal(encodeSaslData(utf8("\0tim\0tanstaaftanstaaf")), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
});

test("law: base64 gives back what it was given", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      const decoded = decodeBase64(encodeBase64(octets));
      assert.deepEqual(decoded && new Uint8Array(decoded), octets);
    }),
  );
});
