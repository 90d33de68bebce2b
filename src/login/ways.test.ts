/** The ways in beside local accounts, through the mechanisms: tokens, and passwords that the application checks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import type { Log, LogFields } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { Authenticator, SaslContext, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createHasher } from "./hasher.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { setPassword } from "./password.ts";
import type { TokenVerdict } from "./tokens/token.ts";
import { NO_WAYS, type Ways } from "./ways.ts";

const DOMAIN = "example.com";
const utf8 = (text: string) => new TextEncoder().encode(text);
const context: SaslContext = { domain: DOMAIN, secure: true, channelBindings: {}, address: "192.0.2.1" };

const FAILURE = { kind: "failure", condition: "not-authorized" };
const BUSY = { kind: "failure", condition: "temporary-auth-failure" };

/** Looks like a JWT; the check says whose it is. */
const jwtOf = (user: string): string => `eyJ.${Buffer.from(user).toString("base64url")}.x`;

interface World {
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly logged: { readonly text: string; readonly fields: LogFields | undefined }[];
}

async function world(ways: Partial<Ways>, local = false): Promise<World> {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const logged: World["logged"] = [];
  const record = (text: string, fields?: LogFields) => void logged.push({ text, fields });
  const log: Log = { error: record, warn: record, info: record, debug: record };
  const accounts = local ? createMemoryAccounts() : undefined;
  const hasher = createHasher();
  if (accounts !== undefined) {
    await setPassword(accounts, hasher, { domain: DOMAIN, username: "john", password: "secret", now: 0 });
  }
  const serverSecret = new Uint8Array(32).fill(1);
  const given = { ...NO_WAYS, ...ways };
  const options = { domain: DOMAIN, accounts, ways: given, clock, log, metrics, serverSecret, hasher };
  return { clock, metrics, logged, authenticator: createAuthenticator(options) };
}

/** Says yes to what `jwtOf` made, and counts. */
function jwtWay(calls: string[] = [], expires = 9_000) {
  return async (token: string): Promise<TokenVerdict> => {
    calls.push(token);
    const user = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    return user.startsWith("x")
      ? { kind: "wrong", reason: "it is not ours" }
      : { kind: "right", username: user, expires };
  };
}

async function step(at: World, mechanism: string, text: string, where = context): Promise<SaslOutcome> {
  const exchange = at.authenticator.start(mechanism, where);
  assert.ok(exchange, mechanism);
  return exchange.step(utf8(text));
}

const plain = (at: World, user: string, password: string) => step(at, "PLAIN", `\0${user}\0${password}`);
const bearer = (at: World, token: string, authzid = "") =>
  step(at, "OAUTHBEARER", `n,${authzid && `a=${authzid}`},\x01auth=Bearer ${token}\x01\x01`);

test("mechanisms: SCRAM only with local accounts, OAUTHBEARER only with tokens, nothing that bears secrets in the open", async () => {
  const tokens = await world({ jwt: jwtWay() });
  assert.deepEqual(tokens.authenticator.mechanisms(context), ["OAUTHBEARER", "PLAIN"]);
  const passwords = await world({ passwords: async () => true });
  assert.deepEqual(passwords.authenticator.mechanisms(context), ["PLAIN"]);
  const both = await world({ jwt: jwtWay() }, true);
  assert.deepEqual(both.authenticator.mechanisms(context), ["SCRAM-SHA-256", "SCRAM-SHA-1", "OAUTHBEARER", "PLAIN"]);
  const open = { ...context, secure: false };
  assert.deepEqual(tokens.authenticator.mechanisms(open), []);
  assert.equal(tokens.authenticator.start("OAUTHBEARER", open), undefined);
  assert.equal(tokens.authenticator.start("SCRAM-SHA-256", context), undefined);
  assert.equal(passwords.authenticator.start("OAUTHBEARER", context), undefined);
  const none = await world({});
  assert.deepEqual(none.authenticator.mechanisms(context), []);
});

test("a token lets its user in, by OAUTHBEARER and as the password of PLAIN, also a long one", async () => {
  const at = await world({ jwt: jwtWay() });
  const success = { kind: "success", username: "john", data: undefined };
  assert.deepEqual(await bearer(at, jwtOf("john")), success);
  assert.deepEqual(await bearer(at, jwtOf("john"), "John@example.com"), success);
  assert.deepEqual(await plain(at, "John", jwtOf("john")), success);
  assert.deepEqual(await plain(at, "john", `${jwtOf("john")}${"y".repeat(4000)}`), success);
});

test("RFC 6120 §6.5.6: somebody else's token is no token", async () => {
  const at = await world({ jwt: jwtWay() });
  assert.deepEqual(await bearer(at, jwtOf("mary"), "john"), { kind: "failure", condition: "invalid-authzid" });
  assert.deepEqual(await plain(at, "john", jwtOf("mary")), FAILURE);
});

test("accounts.tokens.endSessionAtExpiry: the session knows its end", async () => {
  const at = await world({ jwt: jwtWay([], 5000), endSessionAtExpiry: true });
  const outcome = await plain(at, "john", jwtOf("john"));
  assert.equal(outcome.kind === "success" && outcome.endsAt, 5000);
});

test("a wrong token is a wrong try: the 4th is answered late, whoever it is for, and no right one waits", async () => {
  for (const authzid of ["", "john"]) {
    const at = await world({ jwt: jwtWay() });
    for (let tries = 0; tries < 3; tries++) assert.equal((await bearer(at, jwtOf("x"), authzid)).kind, "challenge");
    const late: SaslOutcome[] = [];
    const waiting = bearer(at, jwtOf("x"), authzid).then((outcome) => late.push(outcome));
    while (at.clock.pending === 0) await settle();
    assert.equal(late.length, 0);
    assert.equal((await bearer(at, jwtOf("mary"))).kind, "success");
    await at.clock.advance(500);
    await waiting;
    assert.equal(late[0]?.kind, "challenge");
  }
});

test("a check that cannot be made is a temporary failure, not a wrong try", async () => {
  const at = await world({
    jwt: async () => ({ kind: "unavailable", reason: "down" }),
    passwords: async () => undefined,
  });
  for (let tries = 0; tries < 6; tries++) {
    assert.deepEqual(await bearer(at, jwtOf("john")), BUSY);
    assert.deepEqual(await plain(at, "john", "secret"), BUSY);
  }
  assert.equal(at.clock.pending, 0);
});

test("PLAIN asks the local account, then the application, then introspection, and stops at the first yes", async () => {
  const calls: string[] = [];
  const ways: Partial<Ways> = {
    passwords: async (_, password) => {
      calls.push(`application ${password}`);
      return password === "theirs";
    },
    introspection: async (token) => {
      calls.push(`introspection ${token}`);
      return token.startsWith("opaque")
        ? { kind: "right", username: "john", expires: undefined }
        : { kind: "wrong", reason: "no" };
    },
  };
  const at = await world(ways, true);
  assert.equal((await plain(at, "john", "secret")).kind, "success");
  assert.deepEqual(calls, []);
  assert.equal((await plain(at, "john", "theirs")).kind, "success");
  assert.deepEqual(calls.splice(0), ["application theirs"]);
  assert.equal((await plain(at, "john", "opaque-token-0123456789")).kind, "success");
  assert.deepEqual(calls.splice(0), ["application opaque-token-0123456789", "introspection opaque-token-0123456789"]);
  assert.deepEqual(await plain(at, "john", "short"), FAILURE);
  assert.deepEqual(calls.splice(0), ["application short"], "what cannot be a token is not shown to the issuer");
});

test("an application that is down does not keep a local account out", async () => {
  const at = await world({ passwords: async () => undefined }, true);
  assert.equal((await plain(at, "john", "secret")).kind, "success");
  assert.deepEqual(await plain(at, "john", "theirs"), BUSY);
});

test("logins by token are written down once, with who judged and why, and without the token", async () => {
  const at = await world({ jwt: jwtWay() });
  await bearer(at, jwtOf("john"));
  const exchange = at.authenticator.start("OAUTHBEARER", context);
  await exchange?.step(utf8(`n,,\x01auth=Bearer ${jwtOf("x-stolen")}\x01\x01`));
  await exchange?.step(utf8("\x01"));
  const base = { domain: DOMAIN, mechanism: "OAUTHBEARER", by: "token", address: "192.0.2.1" };
  assert.deepEqual(at.logged, [
    { text: "login", fields: { ...base, user: "john" } },
    {
      text: "login failed",
      fields: { ...base, user: undefined, condition: "not-authorized", reason: "it is not ours" },
    },
  ]);
  const { body } = await at.metrics.render();
  assert.match(body, /kith_logins_total\{mechanism="OAUTHBEARER",result="success"\} 1/);
  assert.match(body, /kith_logins_total\{mechanism="OAUTHBEARER",result="not-authorized"\} 1/);
  assert.match(body, /kith_login_checks_total\{by="token",result="wrong"\} 1/);
  assert.ok(!JSON.stringify(at.logged).includes(jwtOf("x-stolen")));
});

test("XEP-0493 §3: a client without a token, that asks who gives them, has failed in nothing", async () => {
  const at = await world({ jwt: jwtWay() });
  const exchange = at.authenticator.start("OAUTHBEARER", context);
  assert.equal((await exchange?.step(utf8("n,a=john@a.example,\x01auth=Bearer \x01\x01")))?.kind, "challenge");
  assert.equal((await exchange?.step(utf8("\x01")))?.kind, "failure");
  const fields = { domain: DOMAIN, mechanism: "OAUTHBEARER", address: "192.0.2.1" };
  assert.deepEqual(at.logged, [{ text: "login asked about", fields }]);
  const { body } = await at.metrics.render();
  assert.match(body, /kith_logins_total\{mechanism="OAUTHBEARER",result="no-token"\} 1/);
});
