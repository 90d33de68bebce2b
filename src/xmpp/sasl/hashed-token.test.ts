import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { bindingOf, createHashedToken, hashedTokenMechanisms, type TokenProof } from "./hashed-token.ts";
import type { SaslOutcome } from "./mechanism.ts";

const TOKEN = "t\u00f6ken";
const exporter = new Uint8Array(32).fill(7);
const NOTHING = new Uint8Array(0);

/** HMAC(token, text || cb-data), written independently of the server. */
function hmac(token: string, text: string, binding: Uint8Array): Buffer {
  return createHmac("sha256", Buffer.from(token, "utf8"))
    .update(Buffer.concat([Buffer.from(text), binding]))
    .digest();
}

function message(name: string, hashed: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${name}\0`), hashed]);
}

async function talk(data: Uint8Array | undefined, binding: Uint8Array = NOTHING) {
  let seen: { username: string; proof: TokenProof } | undefined;
  const exchange = createHashedToken({
    binding,
    verify(username, proof): SaslOutcome {
      seen = { username, proof };
      return proof.fits(TOKEN)
        ? { kind: "success", username, data: proof.answer(TOKEN) }
        : { kind: "failure", condition: "not-authorized" };
    },
  });
  return { outcome: await exchange.step(data), seen, exchange };
}

test("draft-schmaus-kitten-sasl-ht-09 §2: what each mechanism binds to, and only where the connection has it", () => {
  assert.deepEqual(hashedTokenMechanisms({}), ["HT-SHA-256-NONE"]);
  const both = { "tls-exporter": exporter, "tls-server-end-point": Uint8Array.of(1) };
  assert.deepEqual(hashedTokenMechanisms(both), ["HT-SHA-256-EXPR", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"]);
  assert.equal(bindingOf("HT-SHA-256-EXPR", both), exporter);
  assert.deepEqual(bindingOf("HT-SHA-256-ENDP", both), Uint8Array.of(1));
  assert.equal(bindingOf("HT-SHA-256-NONE", both)?.length, 0);
  for (const name of ["HT-SHA-256-UNIQ", "HT-SHA-512-NONE", "PLAIN", "", "constructor"]) {
    assert.equal(bindingOf(name, both), undefined, name);
  }
});

for (const binding of [NOTHING, exporter]) {
  test(`draft-schmaus-kitten-sasl-ht-09 §3: the exchange, bound to ${binding.length} octets; the server proves itself too`, async () => {
    const { outcome, seen } = await talk(message("John", hmac(TOKEN, "Initiator", binding)), binding);
    assert.equal(seen?.username, "john");
    assert.ok(outcome.kind === "success");
    assert.deepEqual(Buffer.from(outcome.data ?? []), hmac(TOKEN, "Responder", binding));
  });
}

test("draft-schmaus-kitten-sasl-ht-09 §3.2: another token, role or channel is refused", async () => {
  const rows: readonly [Uint8Array, Uint8Array][] = [
    [hmac("other", "Initiator", exporter), exporter],
    [hmac(TOKEN, "Responder", exporter), exporter],
    [hmac(TOKEN, "Initiator", NOTHING), exporter],
    [hmac(TOKEN, "Initiator", exporter), NOTHING],
    [hmac(TOKEN, "Initiator", NOTHING).subarray(0, 31), NOTHING],
    [Buffer.concat([hmac(TOKEN, "Initiator", NOTHING), NOTHING, Uint8Array.of(0)]), NOTHING],
  ];
  for (const [hashed, binding] of rows) {
    assert.deepEqual((await talk(message("john", hashed), binding)).outcome, {
      kind: "failure",
      condition: "not-authorized",
    });
  }
});

test("draft-schmaus-kitten-sasl-ht-09 §3.1: what is malformed, and what is nobody's name", async () => {
  const rows: readonly [Uint8Array, string][] = [
    [NOTHING, "malformed-request"],
    [Buffer.from("john"), "malformed-request"],
    [Buffer.from("john\0"), "malformed-request"],
    [Buffer.from("\0hash"), "malformed-request"],
    [Buffer.from([0xff, 0, 1]), "malformed-request"],
    [Buffer.from(`${"a".repeat(10_000)}\0hash`), "malformed-request"],
    [Buffer.from("john@example.com\0hash"), "not-authorized"],
  ];
  for (const [data, condition] of rows) {
    const { outcome, seen } = await talk(data);
    assert.equal(outcome.kind === "failure" && outcome.condition, condition);
    assert.equal(seen, undefined);
  }
});

test("RFC 4422 §3.3: without an initial response the server asks once; an ended exchange gives nothing more", async () => {
  const { outcome, exchange } = await talk(undefined);
  assert.deepEqual(outcome, { kind: "challenge", data: NOTHING });
  const right = message("john", hmac(TOKEN, "Initiator", NOTHING));
  assert.equal((await exchange.step(right)).kind, "success");
  assert.deepEqual(await exchange.step(right), { kind: "failure", condition: "malformed-request" });
});

test("law: any octets end in a failure", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (octets) => {
      assert.equal((await talk(octets)).outcome.kind, "failure");
    }),
  );
});
