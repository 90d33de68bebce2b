import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/text.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { offerHash } from "./downgrade.ts";
import type { ChannelBindings, SaslExchange, SaslOutcome } from "./mechanism.ts";
import { createScram, type ScramOptions } from "./scram.ts";
import { keysOfSalted, type ScramHash, type ScramKeys } from "./scram-keys.ts";
import { parseClientFinal, parseClientFirst } from "./scram-message.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (data: Uint8Array | undefined) => new TextDecoder().decode(data);
const ITERATIONS = 4096;

function keysOf(hash: ScramHash, password: string, salt: Uint8Array): ScramKeys {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, hash === "sha1" ? 20 : 32, hash);
  return { salt, iterations: ITERATIONS, ...keysOfSalted(hash, salted) };
}

const SALT = { sha1: "QSXCR+Q6sek8bf92", sha256: "W22ZaJ0SNY7soEsUEjb6gQ==" };
const PENCIL: Record<ScramHash, ScramKeys> = {
  sha1: keysOf("sha1", "pencil", decodeBase64(SALT.sha1) ?? utf8("")),
  sha256: keysOf("sha256", "pencil", decodeBase64(SALT.sha256) ?? utf8("")),
};

function options(hash: ScramHash, more: Partial<ScramOptions> = {}): ScramOptions {
  return {
    domain: "example.com",
    hash,
    plus: false,
    channelBindings: {},
    nonce: "3rfcNHYJY1ZVvWVs7j",
    challengeOf: () => ({ keys: PENCIL[hash], now: () => PENCIL[hash] }),
    judge: (_username, isRight) => (isRight() ? "right" : "wrong"),
    ...more,
  };
}

/** The client's final message for a first message and the challenge: RFC 5802 §3, written independently of the server. */
function clientFinal(hash: ScramHash, header: string, bare: string, challenge: string, cb: Uint8Array, extension = "") {
  const nonce = /^r=([^,]*)/.exec(challenge)?.[1];
  const salted = pbkdf2Sync("pencil", PENCIL[hash].salt, ITERATIONS, hash === "sha1" ? 20 : 32, hash);
  const binding = Buffer.concat([Buffer.from(header), cb]).toString("base64");
  const without = `c=${binding},r=${nonce}${extension}`;
  const message = `${bare},${challenge},${without}`;
  const clientKey = createHmac(hash, salted).update("Client Key").digest();
  const signature = createHmac(hash, createHash(hash).update(clientKey).digest()).update(message).digest();
  return `${without},p=${Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0))).toString("base64")}`;
}

interface Talk {
  readonly hash?: ScramHash;
  readonly plus?: boolean;
  readonly channelBindings?: ChannelBindings;
  readonly header?: string;
  readonly bare?: string;
  readonly cb?: Uint8Array;
  readonly extension?: string;
  readonly change?: (final: string) => string;
}

/** A whole exchange with the right password; the answer to the last message that was needed. */
async function talk(what: Talk): Promise<SaslOutcome> {
  const { hash = "sha1", plus = false, channelBindings = {}, header = "n,,", bare = "n=user,r=abc" } = what;
  const exchange = createScram(options(hash, { plus, channelBindings }));
  const first = await exchange.step(utf8(header + bare));
  if (first.kind !== "challenge") return first;
  const final = clientFinal(hash, header, bare, textOf(first.data), what.cb ?? utf8(""), what.extension);
  return exchange.step(utf8(what.change === undefined ? final : what.change(final)));
}

function condition(outcome: SaslOutcome): string {
  return outcome.kind === "failure" ? outcome.condition : outcome.kind;
}

test("RFC 5802 §5: the example", async () => {
  const exchange = createScram(options("sha1"));
  const challenge = await exchange.step(utf8("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"));
  assert.ok(challenge.kind === "challenge");
  assert.equal(textOf(challenge.data), "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
  const end = await exchange.step(
    utf8("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
  );
  assert.ok(end.kind === "success");
  assert.equal(end.username, "user");
  assert.equal(textOf(end.data), "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
});

test("RFC 7677 §3: the example", async () => {
  const exchange = createScram(options("sha256", { nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" }));
  const challenge = await exchange.step(utf8("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
  assert.ok(challenge.kind === "challenge");
  assert.equal(
    textOf(challenge.data),
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  );
  const end = await exchange.step(
    utf8("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
  );
  assert.ok(end.kind === "success");
  assert.equal(textOf(end.data), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
});

test("RFC 5802 §6: channel binding, what passes and what fails", async () => {
  const exporter = utf8("0123456789abcdef0123456789abcdef");
  const endPoint = utf8("hash of a certificate");
  const channelBindings = { "tls-exporter": exporter, "tls-server-end-point": endPoint };
  const rows: readonly (readonly [Talk, string])[] = [
    [{ plus: true, channelBindings, header: "p=tls-exporter,,", cb: exporter }, "success"],
    [{ plus: true, channelBindings, header: "p=tls-server-end-point,,", cb: endPoint, hash: "sha256" }, "success"],
    [{ plus: true, channelBindings, header: "p=tls-exporter,,", cb: endPoint }, "not-authorized"],
    [{ plus: true, channelBindings, header: "p=tls-unique,,", cb: exporter }, "not-authorized"],
    [{ plus: true, channelBindings, header: "p=constructor,,", cb: exporter }, "not-authorized"],
    [{ plus: true, channelBindings, header: "n,," }, "not-authorized"],
    [{ plus: true, channelBindings, header: "y,," }, "not-authorized"],
    [{ plus: false, channelBindings, header: "p=tls-exporter,,", cb: exporter }, "not-authorized"],
    [{ plus: false, channelBindings, header: "y,," }, "not-authorized"], // downgrade
    [{ plus: false, channelBindings, header: "n,," }, "success"],
    [{ plus: false, channelBindings: {}, header: "y,," }, "success"],
  ];
  for (const [what, expected] of rows) assert.equal(condition(await talk(what)), expected, JSON.stringify(what));
});

test("RFC 5802 §5.1: authzid is absent or the user", async () => {
  const rows: readonly (readonly [string, string])[] = [
    ["n,,", "success"],
    ["n,a=user,", "success"],
    ["n,a=User@EXAMPLE.com,", "success"],
    ["n,a=user@example.com/phone,", "invalid-authzid"],
    ["n,a=user@example.net,", "invalid-authzid"],
    ["n,a=admin,", "invalid-authzid"],
    ["n,a=,", "malformed-request"],
    ["n,a=us=er,", "malformed-request"],
  ];
  for (const [header, expected] of rows) assert.equal(condition(await talk({ header })), expected, header);
});

test("RFC 5802 §7: malformed first messages", async () => {
  for (const text of [
    "",
    "n",
    "n,,",
    "x,,n=user,r=abc",
    "p=,,n=user,r=abc",
    "p=a b,,n=user,r=abc",
    "n,n=user,r=abc",
    "n,,n=,r=abc",
    "n,,n=user",
    "n,,n=user,r=",
    "n,,n=user,r=a\u0007c",
    "n,,n=user,r=\u00E9",
    "n,,r=abc,n=user",
    "n,,m=x,n=user,r=abc",
    "n,,n=user,r=abc,m=x",
    "n,,n=user,r=abc,",
    "n,,n=user,r=abc,1=x",
    "n,,n=us=2cer,r=abc",
    "n,,n=us=er,r=abc",
    "n,,n=us\0er,r=abc",
    "\uFEFFn,,n=user,r=abc",
  ]) {
    assert.equal(condition(await createScram(options("sha1")).step(utf8(text))), "malformed-request", text);
  }
});

test("RFC 5802 §7: optional extensions are signed and otherwise ignored", async () => {
  assert.equal(condition(await talk({ bare: "n=user,r=abc,x=1=2", extension: ",y=z" })), "success");
});

test("RFC 5802 §7: final messages that are malformed or not right", async () => {
  const rows: readonly (readonly [(final: string) => string, string])[] = [
    [(final) => final, "success"],
    [(final) => final.replace("c=biws", "c=eSws"), "not-authorized"], // another gs2 header
    [(final) => final.replace("r=abc", "r=abd"), "not-authorized"],
    [(final) => final.replace(/,p=./, ",p=_"), "malformed-request"],
    [(final) => final.replace(/,p=.*/, ",p="), "not-authorized"],
    [(final) => final.replace(/,p=.*/, ",p=AAAA"), "not-authorized"],
    [(final) => final.replace(/,p=.*/, `,p=${encodeBase64(new Uint8Array(20))}`), "not-authorized"],
    [(final) => final.replace(/,p=.*/, ""), "malformed-request"],
    [(final) => `${final},x=1`, "malformed-request"],
    [(final) => `m=1,${final}`, "malformed-request"],
    [(final) => final.replace(",p=", ",m=1,p="), "malformed-request"],
    [(final) => final.replace(",p=", ",x=1,p="), "not-authorized"], // not what was signed
    [(final) => final.slice(0, -1), "malformed-request"],
    [() => "", "malformed-request"],
  ];
  for (const [change, expected] of rows) assert.equal(condition(await talk({ change })), expected, String(change));
});

test("RFC 6120 §6.4.2: without an initial response the server asks once", async () => {
  const exchange = createScram(options("sha1"));
  assert.deepEqual(await exchange.step(undefined), { kind: "challenge", data: new Uint8Array(0) });
  assert.equal(condition(await exchange.step(utf8("n,,n=user,r=abc"))), "challenge");
  assert.equal(condition(await exchange.step(undefined)), "malformed-request");
  assert.equal(condition(await exchange.step(utf8("n,,n=user,r=abc"))), "malformed-request");
});

test("an exchange that has ended gives nothing more", async () => {
  const exchange = createScram(options("sha1"));
  assert.equal(condition(await exchange.step(utf8("bad"))), "malformed-request");
  assert.equal(condition(await exchange.step(utf8("n,,n=user,r=abc"))), "malformed-request");
});

test("RFC 5802 §5.1: names are decoded and prepared, the AuthMessage keeps what was sent", async () => {
  let asked = "";
  const exchange = createScram(
    options("sha1", {
      challengeOf: (username) => {
        asked = username;
        return { keys: PENCIL.sha1, now: () => PENCIL.sha1 };
      },
    }),
  );
  await exchange.step(utf8("n,,n=A=2CB=3D,r=abc"));
  assert.equal(asked, "a,b=");
  const end = await talk({ bare: "n=USER,r=abc" });
  assert.ok(end.kind === "success");
  assert.equal(end.username, "user");
  assert.equal(condition(await createScram(options("sha1")).step(utf8("n,,n=a@b,r=abc"))), "not-authorized");
});

test("a verdict may come late, and busy is temporary", async () => {
  const exchange = createScram(options("sha1", { judge: () => Promise.resolve("busy") }));
  const challenge = await exchange.step(utf8("n,,n=user,r=abc"));
  assert.ok(challenge.kind === "challenge");
  const end = await exchange.step(utf8(clientFinal("sha1", "n,,", "n=user,r=abc", textOf(challenge.data), utf8(""))));
  assert.equal(condition(end), "temporary-auth-failure");
});

test("hostile: 10 MB, NUL and broken UTF-8 are malformed", async () => {
  for (const data of [new Uint8Array(10_000_000).fill(0x61), Uint8Array.of(0xff, 0xfe), new Uint8Array(100)]) {
    assert.equal(condition(await createScram(options("sha1")).step(data)), "malformed-request");
  }
});

test("law: any octets end in an outcome, and only a proof in success", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), anyText(), async (octets, text) => {
      for (const data of [octets, utf8(text), utf8(`n,,n=user,r=${text}`)]) {
        const exchange = createScram(options("sha1"));
        assert.notEqual((await exchange.step(data)).kind, "success");
        assert.equal((await exchange.step(data)).kind, "failure");
      }
    }),
  );
});

test("law: names survive encoding", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(name, (text) => {
      const encoded = text.replaceAll("=", "=3D").replaceAll(",", "=2C");
      const first = parseClientFirst(`n,a=${encoded},n=${encoded},r=abc`);
      assert.equal(first?.username, text);
      assert.equal(first?.authzid, text);
    }),
  );
});

test("law: the final message splits before its proof", () => {
  const nonce = fc.stringMatching(/^[!-+\--~]{1,30}$/);
  fc.assert(
    fc.property(nonce, fc.base64String(), fc.base64String(), (text, binding, proof) => {
      const final = parseClientFinal(`c=${binding},r=${text},x=1,p=${proof}`);
      assert.deepEqual(final, { binding, nonce: text, proof, withoutProof: `c=${binding},r=${text},x=1` });
    }),
  );
});

test("XEP-0474 §5.3: the example of the hash; XEP-0474 §5.1: sorted, and nothing behind the mechanisms without bindings", () => {
  const bindings = ["tls-server-end-point", "tls-exporter"];
  assert.equal(offerHash("sha1", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], bindings), "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
  const alone = createHash("sha256").update("PLAIN\x1eSCRAM-SHA-256").digest("base64");
  assert.equal(offerHash("sha256", ["SCRAM-SHA-256", "PLAIN"], []), alone);
});

for (const hash of ["sha1", "sha256"] as const) {
  test(`XEP-0474 §5.1: the hash of what was offered follows the count of rounds, and the proof covers it (${hash})`, async () => {
    const offered = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"];
    const challengeOf = async (exchange: SaslExchange): Promise<string> => {
      const first = await exchange.step(utf8("n,,n=user,r=abc"));
      assert.ok(first.kind === "challenge");
      return textOf(first.data);
    };
    const honest = createScram(options(hash, { offered, channelBindings: { "tls-exporter": utf8("x") } }));
    const challenge = await challengeOf(honest);
    const expected = createHash(hash).update("PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-256\x1ftls-exporter").digest("base64");
    assert.ok(challenge.endsWith(`,i=4096,h=${expected}`), challenge);
    const final = clientFinal(hash, "n,,", "n=user,r=abc", challenge, utf8(""));
    assert.equal(condition(await honest.step(utf8(final))), "success");

    const tampered = createScram(options(hash, { offered }));
    const seen = await challengeOf(tampered);
    const shown = seen.replace(/h=.*$/, `h=${offerHash(hash, ["PLAIN"], [])}`);
    const proof = clientFinal(hash, "n,,", "n=user,r=abc", shown, utf8(""));
    assert.equal(condition(await tampered.step(utf8(proof))), "not-authorized");
  });
}
