/** The token that lets somebody in, by the claims and the signature of RFC 7519. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { loginToken } from "./index.ts";

const SECRET = "a-secret-of-at-least-32-characters-ü";
const NOW = Date.UTC(2026, 0, 1);
const now = (): number => NOW;

const read = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? "", "base64url").toString());

test("an HS256 JWT with sub, iss, aud, iat, exp and jti", async () => {
  const token = await loginToken("jöhn", { secret: SECRET, issuer: "https://app.example", domain: "example.com", now });
  const [header, claims, signature] = token.split(".");
  assert.deepEqual(read(header), { alg: "HS256", typ: "JWT" });
  const { jti, ...rest } = read(claims) as { jti: string };
  const iat = NOW / 1000;
  assert.deepEqual(rest, { sub: "jöhn", iss: "https://app.example", aud: "example.com", iat, exp: iat + 300 });
  assert.match(jti, /^[0-9a-f-]{36}$/);
  assert.equal(signature, createHmac("sha256", SECRET).update(`${header}.${claims}`).digest("base64url"));
});

test("no two are the same; the audience may be another than the domain", async () => {
  const options = { secret: Buffer.from(SECRET), audience: "kith", domain: "example.com", expiresIn: 60, now };
  const tokens = await Promise.all([loginToken("john", options), loginToken("john", options)]);
  assert.notEqual(tokens[0], tokens[1]);
  const claims = read(tokens[0].split(".")[1]) as Record<string, unknown>;
  assert.equal(claims["aud"], "kith");
  assert.equal(claims["exp"], NOW / 1000 + 60);
});

test("a short secret, a long life, an address for a username: refused", async () => {
  await assert.rejects(loginToken("john", { secret: "short" }), RangeError);
  for (const expiresIn of [0, -1, 3601, Number.NaN]) {
    await assert.rejects(loginToken("john", { secret: SECRET, expiresIn }), RangeError);
  }
  await assert.rejects(loginToken("john@example.com", { secret: SECRET }), RangeError);
  await assert.rejects(loginToken("", { secret: SECRET }), RangeError);
});
