import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { loginToken } from "../../../sdk/index.ts";
import { FakeClock } from "../../../test/support/clock.ts";
import { silentLog } from "../../log.ts";
import { createJwtCheck, type JwtOptions } from "./jwt.ts";
import { KeySet } from "./key-set.ts";

const DOMAIN = "example.com";
const OLD = "the-older-secret-of-32-characters!";
const NEW = "the-newer-secret-of-32-characters-ü";
const ISSUER = "https://idp.example";
const AUDIENCE = "kith";

const clock = new FakeClock();
const now = Math.floor(clock.now() / 1000);

function bySecret(more: Partial<JwtOptions> = {}) {
  return createJwtCheck({
    domain: DOMAIN,
    clock,
    secrets: [NEW, OLD],
    keySet: undefined,
    algorithms: ["RS256", "ES256"],
    issuer: undefined,
    audience: undefined,
    userClaim: "sub",
    clockTolerance: 30_000,
    maxAge: undefined,
    ...more,
  });
}

function sign(claims: JWTPayload, header: Record<string, unknown> = {}, secret = NEW): Promise<string> {
  return new SignJWT({ exp: now + 60, ...claims })
    .setProtectedHeader({ alg: "HS256", ...header })
    .sign(new TextEncoder().encode(secret));
}

const right = (username: string, exp = now + 60) => ({ kind: "right", username, expires: exp * 1000 + 30_000 });

test("the SDK's loginToken and this check agree, with and without issuer and audience", async () => {
  const options = { secret: NEW, domain: DOMAIN, now: () => clock.now() };
  const expires = now + 300;
  assert.deepEqual(await bySecret()(await loginToken("john", options)), right("john", expires));
  const strict = bySecret({ issuer: ISSUER, audience: AUDIENCE });
  const token = await loginToken("john", { ...options, issuer: ISSUER, audience: AUDIENCE });
  assert.deepEqual(await strict(token), right("john", expires));
  assert.equal((await strict(await loginToken("john", options))).kind, "wrong");
  assert.deepEqual(
    await bySecret()(await loginToken("john", { secret: NEW, now: options.now })),
    right("john", expires),
  );
});

test("two secrets live; another one, one flipped bit, no signature: refused", async () => {
  const check = bySecret();
  assert.deepEqual(await check(await sign({ sub: "john" }, {}, OLD)), right("john"));
  assert.equal((await check(await sign({ sub: "john" }, {}, "x".repeat(32)))).kind, "wrong");
  const [header = "", claims = "", signature = ""] = (await sign({ sub: "john" })).split(".");
  const octets = Buffer.from(signature, "base64url");
  octets[0] = (octets[0] ?? 0) ^ 1;
  assert.equal((await check(`${header}.${claims}.${octets.toString("base64url")}`)).kind, "wrong");
  assert.equal(
    (await check(`${header}.${Buffer.from('{"sub":"mary"}').toString("base64url")}.${signature}`)).kind,
    "wrong",
  );
});

test("RFC 8725 §3.1: the algorithm is never taken from the header alone", async () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = part({ sub: "john", exp: now + 60 });
  assert.equal((await bySecret()(`${part({ alg: "none" })}.${claims}.`)).kind, "wrong");
  assert.equal((await bySecret()(await sign({ sub: "john" }, { alg: "HS512" }))).kind, "wrong");
  assert.equal((await bySecret()(await sign({ sub: "john", crit: ["x"] }, { alg: "HS384" }))).kind, "wrong");
  // HS256 with the public key as its secret: the secret of this server is another.
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  const keySet = keySetOf(() => [{ ...jwk, kid: "1", alg: "RS256" }]);
  const forged = `${part({ alg: "HS256", kid: "1" })}.${claims}`;
  const mac = createHmac("sha256", Buffer.from(JSON.stringify(jwk)))
    .update(forged)
    .digest("base64url");
  const check = bySecret({ keySet, secrets: [], issuer: ISSUER, audience: AUDIENCE });
  assert.equal((await check(`${forged}.${mac}`)).kind, "wrong");
});

function keySetOf(keys: () => readonly object[], loads: number[] = []): KeySet {
  return new KeySet({
    clock,
    log: silentLog,
    load: async () => {
      loads.push(clock.now());
      return { keys: keys() };
    },
  });
}

test("a key set: its tokens need issuer and audience, and a shared key in it verifies nothing", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const shared = { kty: "oct", k: Buffer.from(NEW).toString("base64url"), kid: "shared", alg: "HS256" };
  const keySet = keySetOf(() => [{ ...shared }]);
  const make = (claims: JWTPayload, kid = "1") =>
    new SignJWT({ exp: now + 60, iss: ISSUER, aud: AUDIENCE, sub: "john", ...claims })
      .setProtectedHeader({ alg: "ES256", kid, typ: "at+jwt" })
      .sign(privateKey);
  const strict = { issuer: ISSUER, audience: AUDIENCE, secrets: [] };
  const good = bySecret({
    ...strict,
    keySet: keySetOf(() => [{ kid: "1", alg: "ES256", use: "sig" }].map((facts) => ({ ...facts, ...jwk }))),
  });
  const jwk = await exportJWK(publicKey);
  assert.deepEqual(await good(await make({ aud: ["other", AUDIENCE] })), right("john"));
  assert.equal((await good(await make({ aud: "other" }))).kind, "wrong");
  assert.equal((await good(await make({ iss: "https://evil.example" }))).kind, "wrong");
  const check = bySecret({ ...strict, keySet });
  const byShared = await sign({ sub: "john", iss: ISSUER, aud: AUDIENCE }, { kid: "shared" });
  assert.equal((await check(byShared)).kind, "wrong");
});

test("times: exp is needed and counts, nbf too, each within the tolerance; maxAge needs iat", async () => {
  const check = bySecret();
  const kind = async (claims: JWTPayload, more: Partial<JwtOptions> = {}) =>
    (await bySecret(more)(await sign({ sub: "john", ...claims }))).kind;
  assert.equal(await kind({ exp: now - 29 }), "right");
  assert.equal(await kind({ exp: now - 31 }), "wrong");
  assert.equal(await kind({ nbf: now + 29 }), "right");
  assert.equal(await kind({ nbf: now + 31 }), "wrong");
  const forever = await new SignJWT({ sub: "john" })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(NEW));
  assert.equal((await check(forever)).kind, "wrong");
  assert.equal(await kind({ iat: now - 80 }, { maxAge: 60_000 }), "right");
  assert.equal(await kind({ iat: now - 91 }, { maxAge: 60_000 }), "wrong");
  assert.equal(await kind({}, { maxAge: 60_000 }), "wrong");
});

test("RFC 8725 §3.11: types that are for something else are refused", async () => {
  for (const typ of ["JWT", "jwt", "at+jwt", "application/at+jwt"]) {
    assert.equal((await bySecret()(await sign({ sub: "john" }, { typ }))).kind, "right", typ);
  }
  for (const typ of ["logout+jwt", "dpop+jwt", "secevent+jwt", ""]) {
    assert.equal((await bySecret()(await sign({ sub: "john" }, { typ }))).kind, "wrong", typ);
  }
});

test("RFC 7622: the user is a localpart, or an address of this domain, prepared", async () => {
  const of = async (claim: unknown, more: Partial<JwtOptions> = {}) => {
    const verdict = await bySecret(more)(await sign({ [more.userClaim ?? "sub"]: claim }));
    return verdict.kind === "right" ? verdict.username : verdict.kind;
  };
  assert.equal(await of("JOHN"), "john");
  assert.equal(await of("John@EXAMPLE.com"), "john");
  assert.equal(await of("john", { userClaim: "preferred_username" }), "john");
  for (const claim of ["john@b.example", "john@example.com/phone", "", "@example.com", "a b", 7, null, ["john"]]) {
    assert.equal(await of(claim), "wrong", String(claim));
  }
  const audiences: [string | string[], string][] = [
    ["EXAMPLE.com", "right"],
    ["b.example", "wrong"],
    [["b.example", DOMAIN], "right"],
    [[], "wrong"],
  ];
  for (const [aud, kind] of audiences) {
    assert.equal((await bySecret()(await sign({ sub: "john", aud }))).kind, kind, String(aud));
  }
});

test("what is no JWT is wrong and throws nothing", async () => {
  for (const text of [
    "",
    "a.b.c",
    "eyJ.e30.e30",
    "eyJhbGciOiJIUzI1NiJ9..",
    "eyJhbGciOiJIUzI1NiJ9.bm8.bm8",
    "bnVsbA.bm8.bm8",
  ]) {
    assert.equal((await bySecret()(text)).kind, "wrong", text);
  }
});

test("keys are loaded once, again for an unknown one after the cool-down, and beside checks every ten minutes", async () => {
  const pairs = await Promise.all([1, 2].map(() => generateKeyPair("ES256", { extractable: true })));
  const jwks = await Promise.all(
    pairs.map(async ({ publicKey }, at) => ({ ...(await exportJWK(publicKey)), kid: String(at), alg: "ES256" })),
  );
  const time = new FakeClock();
  const loads: number[] = [];
  let isUp = true;
  let held = jwks.slice(0, 1);
  const keySet = new KeySet({
    clock: time,
    log: silentLog,
    load: async () => {
      loads.push(time.now());
      if (!isUp) throw new Error("down");
      return { keys: held };
    },
  });
  const check = bySecret({ clock: time, secrets: [], keySet, issuer: ISSUER, audience: AUDIENCE });
  const token = (at: number, more = 200_000) =>
    new SignJWT({ exp: now + more, iss: ISSUER, aud: AUDIENCE, sub: "john" })
      .setProtectedHeader({ alg: "ES256", kid: String(at) })
      .sign(pairs[at]?.privateKey ?? new Uint8Array());
  const [first, second] = [await token(0), await token(1)];

  const kinds = await Promise.all([check(first), check(first), check(first)]);
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ["right", "right", "right"],
  );
  assert.equal(loads.length, 1, "those who wait share one load");
  held = jwks;
  assert.equal((await check(second)).kind, "wrong");
  assert.equal(loads.length, 1, "it cools down");
  await time.advance(30_000);
  assert.equal((await check(second)).kind, "right");
  assert.equal(loads.length, 2);
  isUp = false;
  await time.advance(600_001);
  assert.equal((await check(first)).kind, "right");
  assert.equal(loads.length, 3, "loaded again beside the check, which does not wait");
  await time.advance(86_400_000);
  assert.equal((await check(first)).kind, "unavailable", "keys that cannot be renewed for a day are not trusted");
  assert.equal((await check(first)).kind, "unavailable");
  assert.equal(loads.length, 4, "a failure cools down too");
  isUp = true;
  await time.advance(5000);
  assert.equal((await check(await token(0, 100_000_000))).kind, "right");
  assert.equal(loads.length, 5);
});
