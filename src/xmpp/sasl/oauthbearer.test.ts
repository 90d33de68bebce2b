import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SaslOutcome } from "./mechanism.ts";
import { createOAuthBearer, parseOAuthBearer } from "./oauthbearer.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const GOOD = "good-token";
const REFUSED = { kind: "failure", condition: "not-authorized" };
const MALFORMED = { kind: "failure", condition: "malformed-request" };

function begin(discovery?: string) {
  const asked: (readonly [string, string | undefined])[] = [];
  const exchange = createOAuthBearer({
    domain: "example.com",
    discovery,
    verify(token, claimed): SaslOutcome {
      asked.push([token, claimed]);
      if (token !== GOOD) return { kind: "failure", condition: "not-authorized" };
      return { kind: "success", username: claimed ?? "john", data: undefined };
    },
  });
  return { exchange, asked };
}

function errorIn(outcome: SaslOutcome): unknown {
  assert.equal(outcome.kind, "challenge");
  return outcome.kind === "challenge" ? JSON.parse(new TextDecoder().decode(outcome.data)) : undefined;
}

test("RFC 7628 §3.1: the forms of the header that clients send", async () => {
  for (const [header, claimed] of [
    ["n,,", undefined],
    ["y,,", undefined],
    ["n,a=john@example.com,", "john"],
    ["n,a=JOHN,", "john"],
    ["n,john@example.com,", undefined], // stanza
  ] as const) {
    const { exchange, asked } = begin();
    const outcome = await exchange.step(
      utf8(`${header}\x01host=example.com\x01port=5222\x01auth=Bearer ${GOOD}\x01\x01`),
    );
    assert.equal(outcome.kind, "success", header);
    assert.deepEqual(asked, [[GOOD, claimed]]);
  }
});

test("RFC 6120 §6.3.8: another domain's identity is refused before the token is looked at", async () => {
  for (const authzid of ["john@evil.example", "john@example.com/phone", "jo=2Chn@b@c"]) {
    const { exchange, asked } = begin();
    const outcome = await exchange.step(utf8(`n,a=${authzid},\x01auth=Bearer ${GOOD}\x01\x01`));
    assert.deepEqual(outcome, { kind: "failure", condition: "invalid-authzid" }, authzid);
    assert.deepEqual(asked, []);
  }
});

test("RFC 7628 §3.2.2: a bad token gets the error, and whatever comes then ends it", async () => {
  for (const answer of ["\x01", "", `n,,\x01auth=Bearer ${GOOD}\x01\x01`, "nonsense"]) {
    const { exchange } = begin("https://example.com/.well-known/oauth-authorization-server");
    const refused = await exchange.step(utf8("n,,\x01auth=Bearer stolen\x01\x01"));
    assert.deepEqual(errorIn(refused), {
      status: "invalid_token",
      "openid-configuration": "https://example.com/.well-known/oauth-authorization-server",
    });
    assert.deepEqual(await exchange.step(utf8(answer)), REFUSED, JSON.stringify(answer));
    assert.deepEqual(await exchange.step(utf8(answer)), MALFORMED);
  }
});

test("XEP-0493 §3: an empty token asks where to get one, and is no try", async () => {
  for (const auth of ["auth=", "auth=Bearer", "auth=Bearer ", "auth=bearer  "]) {
    const { exchange, asked } = begin();
    assert.deepEqual(errorIn(await exchange.step(utf8(`n,,\x01${auth}\x01\x01`))), { status: "invalid_token" });
    assert.deepEqual(asked, []);
  }
});

test("without an initial response it is asked for; nothing twice", async () => {
  const { exchange } = begin();
  const first = await exchange.step(undefined);
  assert.deepEqual(first, { kind: "challenge", data: new Uint8Array(0) });
  assert.equal((await exchange.step(utf8(`n,,\x01auth=bEaReR ${GOOD}\x01\x01`))).kind, "success");
  assert.deepEqual(await exchange.step(utf8(`n,,\x01auth=Bearer ${GOOD}\x01\x01`)), MALFORMED);
});

test("what breaks the grammar is malformed", async () => {
  for (const text of [
    "",
    "n,,",
    "n,,\x01\x01",
    `n,,\x01auth=Bearer ${GOOD}\x01`,
    `n,,\x01auth=Bearer ${GOOD}\x01\x01\x01`,
    `n,,\x01auth=Bearer ${GOOD}\x01auth=Bearer ${GOOD}\x01\x01`,
    `n,,auth=Bearer ${GOOD}\x01\x01`,
    `p=tls-exporter,,\x01auth=Bearer ${GOOD}\x01\x01`,
    `n,a=,\x01auth=Bearer ${GOOD}\x01\x01`,
    `n,a=j=2Dohn,\x01auth=Bearer ${GOOD}\x01\x01`,
    `n,,\x01auth=Basic ${GOOD}\x01\x01`,
    "n,,\x01auth=Bearer two words\x01\x01",
    `n,,\x01host\x01auth=Bearer ${GOOD}\x01\x01`,
    `n,,\x01host=\0\x01auth=Bearer ${GOOD}\x01\x01`,
  ]) {
    assert.deepEqual(await begin().exchange.step(utf8(text)), MALFORMED, JSON.stringify(text));
  }
  assert.deepEqual(await begin().exchange.step(Uint8Array.of(0xff)), MALFORMED);
  assert.deepEqual(await begin().exchange.step(utf8(`n,,\x01auth=Bearer ${"a".repeat(9000)}\x01\x01`)), MALFORMED);
});

test("law: no text makes the reader throw, and what it reads holds no separator", () => {
  const piece = fc.constantFrom("n,,", "n,a=j@e,", "\x01", "auth=Bearer ", "x=", "\0", "é", ",", "=2C", "abc");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const read = parseOAuthBearer(pieces.join(""));
      if (read !== undefined) assert.ok(!["\0", "\x01"].some((octet) => (read.token + read.authzid).includes(octet)));
    }),
  );
});
