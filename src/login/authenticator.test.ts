import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { scramTalk } from "../../test/support/scram.ts";
import { type Log, type LogFields, silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { Authenticator, SaslContext, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { AccountStore } from "./accounts.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { makeKeys, setPassword } from "./password.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const exporter = new Uint8Array(32).fill(7);
const DOMAIN = "example.com";

const context: SaslContext = {
  domain: DOMAIN,
  secure: true,
  channelBindings: { "tls-exporter": exporter },
  address: "127.0.0.1",
};

interface World {
  readonly clock: FakeClock;
  readonly accounts: AccountStore;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly logged: { readonly level: string; readonly text: string; readonly fields: LogFields | undefined }[];
  /** What was derived: hash and rounds of each. */
  readonly derived: string[];
}

async function world(more: { readonly accounts?: AccountStore; readonly hasher?: Hasher } = {}): Promise<World> {
  const clock = new FakeClock();
  const accounts = more.accounts ?? createMemoryAccounts();
  const metrics = new Metrics();
  const logged: World["logged"] = [];
  const record = (level: string) => (text: string, fields?: LogFields) => void logged.push({ level, text, fields });
  const log: Log = { error: record("error"), warn: record("warn"), info: record("info"), debug: record("debug") };
  const real = createHasher();
  const derived: string[] = [];
  const counting: Hasher = {
    atOnce: real.atOnce,
    derive(hash, password, salt, iterations) {
      derived.push(`${hash} ${iterations}`);
      return real.derive(hash, password, salt, iterations);
    },
  };
  const hasher = more.hasher ?? counting;
  const serverSecret = new Uint8Array(32).fill(1);
  if (more.accounts === undefined) {
    await setPassword(accounts, real, { domain: DOMAIN, username: "john", password: "secret", now: clock.now() });
  }
  const authenticator = createAuthenticator({ domain: DOMAIN, accounts, clock, log, metrics, serverSecret, hasher });
  return { clock, accounts, metrics, authenticator, logged, derived };
}

async function plain({ authenticator }: World, username: string, password: string, where = context) {
  const exchange = authenticator.start("PLAIN", where);
  assert.ok(exchange);
  return exchange.step(utf8(`\0${username}\0${password}`));
}

function scram(at: World, mechanism: string, username: string, password: string) {
  return scramTalk(at.authenticator, context, mechanism, username, password);
}

const FAILURE = { kind: "failure", condition: "not-authorized" };
const ALL = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"];

test("mechanisms: best first, -PLUS only with channel bindings, PLAIN only on a secure connection", async () => {
  const { authenticator } = await world();
  assert.deepEqual(authenticator.mechanisms(context), ALL);
  const unbound = { ...context, channelBindings: {} };
  assert.deepEqual(authenticator.mechanisms(unbound), ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
  assert.equal(authenticator.start("SCRAM-SHA-1-PLUS", unbound), undefined);
  const insecure = { ...unbound, secure: false };
  assert.deepEqual(authenticator.mechanisms(insecure), ["SCRAM-SHA-256", "SCRAM-SHA-1"]);
  assert.equal(authenticator.start("PLAIN", insecure), undefined);
  assert.equal(authenticator.start("constructor", context), undefined);
});

test("every mechanism lets the right password in and no other", async () => {
  const at = await world();
  for (const mechanism of ALL) {
    const tryWith = async (password: string) =>
      mechanism === "PLAIN"
        ? plain(at, "John", password)
        : scram(at, mechanism, "John", password).then(({ outcome }) => outcome);
    const right = await tryWith("secret");
    assert.equal(right.kind, "success", mechanism);
    assert.equal(right.kind === "success" && right.username, "john");
    assert.deepEqual(await settled(tryWith("Secret"), at.clock), FAILURE, mechanism);
  }
});

/** An answer that may be held back by the limits on guessing. */
async function settled<T>(answer: Promise<T>, clock: FakeClock): Promise<T> {
  let isThere = false;
  void answer.finally(() => {
    isThere = true;
  });
  for (let turns = 0; !isThere && turns < 10_000; turns++) await (clock.pending > 0 ? clock.advance(5_000) : settle());
  return answer;
}

test("PLAIN: unknown user and wrong password cost one derivation each, of the same kind, with the same answer", async () => {
  const at = await world();
  assert.deepEqual(await plain(at, "john", "wrong"), FAILURE);
  assert.deepEqual(await plain(at, "nobody", "wrong"), FAILURE);
  assert.deepEqual(at.derived, ["sha256 10000", "sha256 10000"]);
});

test("RFC 5802 §9: an unknown user is challenged like a known one, the same each time, and never gets in", async () => {
  const at = await world();
  const challengeParts = (text: string) => /^r=abc(?<nonce>.*),s=(?<salt>.*),i=(?<rounds>.*)$/.exec(text)?.groups ?? {};
  const known = await scram(at, "SCRAM-SHA-256", "john", "wrong");
  const one = await scram(at, "SCRAM-SHA-256", "nobody", "wrong");
  const two = await scram(at, "SCRAM-SHA-256", "nobody", "wrong");
  assert.deepEqual([known.outcome, one.outcome, two.outcome], [FAILURE, FAILURE, FAILURE]);
  assert.equal(at.derived.length, 0);
  const [k, a, b] = [known, one, two].map(({ challenge }) => challengeParts(challenge));
  assert.equal(a?.["salt"], b?.["salt"]);
  assert.notEqual(a?.["nonce"], b?.["nonce"]);
  assert.equal(a?.["salt"]?.length, k?.["salt"]?.length);
  assert.equal(a?.["rounds"], k?.["rounds"]);
  const otherHash = await scram(at, "SCRAM-SHA-1", "nobody", "wrong");
  assert.notEqual(challengeParts(otherHash.challenge)["salt"], a?.["salt"]);
});

test("an account with keys of one hash only gets in by that hash and by PLAIN", async () => {
  for (const only of ["sha1", "sha256"] as const) {
    const at = await world();
    const account = at.accounts.get(DOMAIN, "john");
    assert.ok(account);
    at.accounts.put(DOMAIN, [{ ...account, sha1: undefined, sha256: undefined, [only]: account[only] }]);
    const [has, lacks] = only === "sha1" ? ["SCRAM-SHA-1", "SCRAM-SHA-256"] : ["SCRAM-SHA-256", "SCRAM-SHA-1"];
    assert.equal((await scram(at, has, "john", "secret")).outcome.kind, "success");
    assert.deepEqual((await scram(at, lacks, "john", "secret")).outcome, FAILURE);
    assert.equal((await plain(at, "john", "secret")).kind, "success");
    assert.deepEqual(at.derived, [`${only} 10000`]);
    assert.deepEqual(at.authenticator.mechanisms(context), [`${has}-PLUS`, has, "PLAIN"]);
  }
});

test("a domain whose accounts have no hash in common offers PLAIN, and without TLS what there is", async () => {
  const at = await world();
  const account = at.accounts.get(DOMAIN, "john");
  assert.ok(account);
  at.accounts.put(DOMAIN, [
    { ...account, sha1: undefined },
    { ...account, username: "marie", sha256: undefined },
  ]);
  assert.deepEqual(at.authenticator.mechanisms(context), ["PLAIN"]);
  const insecure = { ...context, channelBindings: {}, secure: false };
  assert.deepEqual(at.authenticator.mechanisms(insecure), ["SCRAM-SHA-256", "SCRAM-SHA-1"]);
});

test("RFC 4013: keys that were made by SASLprep elsewhere let the password in as it is typed", async () => {
  const at = await world();
  const keys = await makeKeys(createHasher(), "fish 2");
  assert.ok(keys.ok);
  at.accounts.put(DOMAIN, [{ username: "marie", sha1: keys.sha1, sha256: undefined, created: 0, changed: 0 }]);
  assert.equal((await plain(at, "marie", "\ufb01sh \u00b2")).kind, "success");
  assert.deepEqual(await plain(at, "marie", "\ufb01sh \u00b3"), FAILURE);
});

test("a change of the account counts at the next login", async () => {
  const at = await world();
  at.accounts.remove(DOMAIN, "john");
  assert.deepEqual(await plain(at, "john", "secret"), FAILURE);
});

test("guessing: the answer to the 4th wrong try is held back, the right password elsewhere is not", async () => {
  const at = await world();
  for (let tries = 0; tries < 3; tries++) assert.deepEqual(await plain(at, "john", "wrong"), FAILURE);
  let answer: SaslOutcome | undefined;
  const late = plain(at, "john", "wrong").then((outcome) => {
    answer = outcome;
  });
  while (at.clock.pending === 0) await settle();
  assert.equal(answer, undefined);
  assert.equal((await plain(at, "john", "secret", { ...context, address: "192.0.2.9" })).kind, "success");
  await at.clock.advance(500);
  await late;
  assert.deepEqual(answer, FAILURE);
});

test("guessing: eleven tries beside the one under way: ten wait, the last is a temporary failure, by each mechanism", async () => {
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256"]) {
    const at = await world();
    const tryOnce = async (): Promise<SaslOutcome> =>
      mechanism === "PLAIN" ? plain(at, "john", "wrong") : (await scram(at, mechanism, "john", "wrong")).outcome;
    for (let tries = 0; tries < 3; tries++) await tryOnce();
    const answers: SaslOutcome[] = [];
    const all = Array.from({ length: 12 }, async () => void answers.push(await tryOnce()));
    while (at.clock.pending === 0 || answers.length === 0) await settle();
    assert.deepEqual(answers, [{ kind: "failure", condition: "temporary-auth-failure" }], mechanism);
    await settled(Promise.all(all), at.clock);
    assert.deepEqual(answers.slice(1), Array(11).fill(FAILURE), mechanism);
  }
});

test("a full queue of derivations is a temporary failure", async () => {
  const at = await world({ hasher: { atOnce: 2, derive: () => Promise.resolve(undefined) } });
  assert.deepEqual(await plain(at, "john", "secret"), { kind: "failure", condition: "temporary-auth-failure" });
});

test("storage that fails is a temporary failure, logged, and nothing is thrown", async () => {
  const get = () => {
    throw new Error("disk on fire");
  };
  const at = await world({ accounts: { ...createMemoryAccounts(), get } });
  const temporary = { kind: "failure", condition: "temporary-auth-failure" };
  assert.deepEqual((await scram(at, "SCRAM-SHA-256", "john", "secret")).outcome, temporary);
  assert.deepEqual(await plain(at, "john", "secret"), temporary);
  assert.equal(at.logged.filter(({ level }) => level === "error").length, 2);
});

test("logins are logged and counted, and no secret is among it", async () => {
  const at = await world();
  await plain(at, "john", "secret");
  await plain(at, "john", "hunter2");
  await scram(at, "SCRAM-SHA-256-PLUS", "john", "secret");
  await at.authenticator.start("PLAIN", context)?.step(utf8("nonsense"));
  const base = { domain: DOMAIN, user: "john", address: "127.0.0.1" };
  assert.deepEqual(at.logged, [
    { level: "info", text: "login", fields: { ...base, mechanism: "PLAIN", by: "local" } },
    {
      level: "warn",
      text: "login failed",
      fields: {
        ...base,
        mechanism: "PLAIN",
        by: "local",
        condition: "not-authorized",
        reason: "wrong password or no such account",
      },
    },
    { level: "info", text: "login", fields: { ...base, mechanism: "SCRAM-SHA-256-PLUS" } },
    {
      level: "warn",
      text: "login failed",
      fields: { ...base, user: undefined, mechanism: "PLAIN", condition: "malformed-request" },
    },
  ]);
  const { body } = await at.metrics.render();
  assert.match(body, /kith_logins_total\{mechanism="PLAIN",result="success"\} 1/);
  assert.match(body, /kith_logins_total\{mechanism="PLAIN",result="not-authorized"\} 1/);
  assert.match(body, /kith_logins_total\{mechanism="SCRAM-SHA-256-PLUS",result="success"\} 1/);
  assert.doesNotMatch(JSON.stringify(at.logged) + body, /secret|hunter2/);
});

test("two domains share one registry of metrics, and accounts of one do not open the other", async () => {
  const { accounts, clock, metrics, authenticator } = await world();
  const other = { domain: "b.example", accounts, clock, log: silentLog, metrics, serverSecret: new Uint8Array(32) };
  const exchange = createAuthenticator(other).start("PLAIN", { ...context, domain: "b.example" });
  assert.deepEqual(await exchange?.step(utf8("\0john\0secret")), FAILURE);
  await authenticator.start("PLAIN", context)?.step(utf8("\0john\0secret"));
  const { body } = await metrics.render();
  assert.match(body, /result="not-authorized"\} 1/);
  assert.match(body, /result="success"\} 1/);
});

test("RFC 5802 §3: a challenge that was kept does not outlive its password, nor the account", async () => {
  for (const mechanism of ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1"]) {
    const at = await world();
    const next = await makeKeys(createHasher(), "another");
    assert.ok(next.ok);
    const { sha1, sha256 } = next;
    const ends = [
      () => at.accounts.put(DOMAIN, [{ username: "john", sha1, sha256, created: 0, changed: at.clock.now() }]),
      () => void at.accounts.remove(DOMAIN, "john"),
    ];
    for (const [which, end] of ends.entries()) {
      const password = which === 0 ? "secret" : "another";
      const talk = scramTalk(at.authenticator, context, mechanism, "john", password, end);
      assert.deepEqual((await settled(talk, at.clock)).outcome, FAILURE, `${mechanism} ${which}`);
    }
  }
});

test("RFC 4616 §4: a password that is changed, or whose account is removed, while it is checked lets nobody in", async () => {
  const real = createHasher();
  const next = await makeKeys(real, "another");
  assert.ok(next.ok);
  const { sha1, sha256 } = next;
  const accounts = createMemoryAccounts();
  const ends = [
    () => accounts.put(DOMAIN, [{ username: "john", sha1, sha256, created: 0, changed: 1 }]),
    () => void accounts.remove(DOMAIN, "john"),
  ];
  for (const end of ends) {
    await setPassword(accounts, real, { domain: DOMAIN, username: "john", password: "secret", now: 0 });
    const hasher: Hasher = {
      atOnce: real.atOnce,
      async derive(...of) {
        const derived = await real.derive(...of);
        end();
        return derived;
      },
    };
    const at = await world({ accounts, hasher });
    assert.deepEqual(await settled(plain(at, "john", "secret"), at.clock), FAILURE);
  }
});
