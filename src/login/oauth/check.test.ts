import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../../test/support/clock.ts";
import { memoryStorage } from "../../storage/memory.ts";
import { createAccessTokenCheck, isAccessToken, tokenHash } from "./check.ts";
import type { Token } from "./store.ts";

const TOKEN = `kat_${"A".repeat(43)}`;

function start(token: Partial<Token> = {}, isTakenBack = (_clientId: string): boolean => false) {
  const clock = new FakeClock();
  const { oauth: store } = memoryStorage({ clock });
  const now = Math.floor(clock.now() / 1000);
  store.putGrant({
    id: "grant",
    domain: "localhost",
    username: "romeo",
    clientHash: "hash",
    clientName: "Chat",
    clientUri: undefined,
    target: "this computer",
    scope: "xmpp",
    created: clock.now(),
    lastUsed: clock.now(),
    payload: "{}",
  });
  const usual = { kind: "AccessToken", domain: "localhost", username: "romeo", grantId: "grant", scope: "openid xmpp" };
  store.putToken(tokenHash(TOKEN), {
    ...usual,
    expires: now + 3600,
    consumed: undefined,
    payload: "{}",
    ...token,
  } as Token);
  return { clock, store, check: createAccessTokenCheck({ domain: "localhost", store, clock, isTakenBack }) };
}

test("XEP-0493 §4: an access token with a scope to chat is its person's, until the second at which it expires", async () => {
  const { check, clock } = start();
  const right = check(TOKEN);
  assert.equal(right.kind === "right" && right.username, "romeo");
  assert.equal(right.kind === "right" && right.credential, "grant:grant");
  await clock.advance(3_599_999);
  assert.equal(check(TOKEN).kind, "right");
  await clock.advance(1);
  assert.deepEqual(check(TOKEN), { kind: "wrong", reason: "the access token has expired" });
});

test("XEP-0493 §4: refresh tokens, those of other domains, of other scopes, and any other text let nobody in", () => {
  for (const [token, given] of [
    [{ kind: "RefreshToken" }, TOKEN],
    [{ domain: "elsewhere.example" }, TOKEN],
    [{ scope: "openid xmpp:account:read xmpp:account:write" }, TOKEN],
    [{ scope: "" }, TOKEN],
    [{ scope: "xmpp:client:normal:more xxmpp" }, TOKEN],
    [{}, TOKEN.toLowerCase()],
    [{}, TOKEN.slice(0, -1)],
    [{}, `${TOKEN}A`],
    [{}, `${TOKEN.slice(0, -1)}B`],
    [{}, ""],
  ] as const) {
    assert.equal(start(token).check(given).kind, "wrong", JSON.stringify([token, given]));
  }
});

test("oauth.denied: the tokens of a client that is refused let nobody in", () => {
  const denied = (clientId: string): boolean => clientId === "denied";
  const check = (clientId: string) => start({ payload: JSON.stringify({ clientId }) }, denied).check(TOKEN).kind;
  assert.deepEqual([check("denied"), check("other")], ["wrong", "right"]);
});

test("what looks like an access token is one way alone asked about", () => {
  assert.ok(isAccessToken(TOKEN));
  for (const other of [`${TOKEN}\n`, TOKEN.slice(1), `x${TOKEN}`, `kat_${"A".repeat(44)}`, `kat_${"!".repeat(43)}`]) {
    assert.equal(isAccessToken(other), false, other);
  }
});

test("the grant remembers when it was used, written no oftener than every ten minutes", async () => {
  const { check, clock, store } = start();
  await clock.advance(700_000);
  const first = clock.now();
  check(TOKEN);
  await clock.advance(599_999);
  check(TOKEN);
  assert.equal(store.grant("grant")?.lastUsed, first);
  await clock.advance(1);
  check(TOKEN);
  assert.equal(store.grant("grant")?.lastUsed, clock.now());
});
