/** The password that somebody types into a page of ours: limited, judged and written down like one by SASL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import type { Log, LogFields } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { setPassword } from "./password.ts";
import { passwordLogin, type TypedOutcome } from "./password-login.ts";
import { NO_WAYS, type Ways } from "./ways.ts";

const DOMAIN = "example.com";
const ADDRESS = "192.0.2.1";
const WRONG = { kind: "wrong" };
const BUSY = { kind: "busy" };
const JOHN = { kind: "right", username: "john" };

interface World {
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly logged: { readonly text: string; readonly fields: LogFields | undefined }[];
  /** Rounds of each derivation. */
  readonly derived: number[];
  readonly login: (username: string, password: string, address?: string, domain?: string) => Promise<TypedOutcome>;
  readonly plain: (username: string, password: string) => Promise<unknown>;
}

async function world(more: { ways?: Partial<Ways>; local?: boolean; hasher?: Hasher } = {}): Promise<World> {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const logged: World["logged"] = [];
  const record = (text: string, fields?: LogFields) => void logged.push({ text, fields });
  const log: Log = { error: record, warn: record, info: record, debug: record };
  const accounts = createMemoryAccounts();
  const real = createHasher();
  await setPassword(accounts, real, { domain: DOMAIN, username: "john", password: "secret", now: 0 });
  const derived: number[] = [];
  const counting: Hasher = {
    atOnce: real.atOnce,
    derive(hash, password, salt, iterations) {
      derived.push(iterations);
      return real.derive(hash, password, salt, iterations);
    },
  };
  const authenticator = createAuthenticator({
    domain: DOMAIN,
    accounts: more.local === false ? undefined : accounts,
    ways: { ...NO_WAYS, ...more.ways },
    clock,
    log,
    metrics,
    serverSecret: new Uint8Array(32).fill(1),
    hasher: more.hasher ?? counting,
  });
  const login = passwordLogin(new Map([[DOMAIN, authenticator]]));
  const context = { domain: DOMAIN, secure: true, channelBindings: {}, address: ADDRESS };
  return {
    clock,
    metrics,
    logged,
    derived,
    login: (username, password, address = ADDRESS, domain = DOMAIN) => login({ domain, username, password, address }),
    plain: async (username, password) =>
      authenticator.start("PLAIN", context)?.step(new TextEncoder().encode(`\0${username}\0${password}`)),
  };
}

test("the right password lets its owner in, by username and by address, in any spelling of the name", async () => {
  const at = await world();
  for (const name of ["john", "John", "john@example.com"]) assert.deepEqual(await at.login(name, "secret"), JOHN, name);
});

test("wrong password, unknown user, nobody's name and another domain have one answer", async () => {
  const at = await world();
  const tries: readonly [string, string, string?][] = [
    ["john", "wrong"],
    ["nobody", "secret"],
    ["john@elsewhere.example", "secret"],
    ["john smith", "secret"],
    ["", "secret"],
    ["john", ""],
    ["john", "\u0000"],
    ["john", "x".repeat(100_000)],
    ["john", "secret", "elsewhere.example"],
    ["john", "secret", "__proto__"],
  ];
  for (const [name, password, domain = DOMAIN] of tries) {
    assert.deepEqual(await at.login(name, password, ADDRESS, domain), WRONG, `${name} ${domain}`);
  }
});

test("an unknown user costs the derivation that a known one costs", async () => {
  const at = await world();
  await at.login("john", "wrong");
  await at.login("nobody", "wrong");
  assert.deepEqual(at.derived, [10_000, 10_000]);
});

test("limits on guessing are those of SASL: wrong tries by both count together, and only for their pair", async () => {
  const at = await world();
  await at.plain("john", "one");
  await at.login("john", "two");
  await at.plain("john", "three");
  let answer: TypedOutcome | undefined;
  const late = at.login("john", "four").then((outcome) => {
    answer = outcome;
  });
  while (at.clock.pending === 0) await settle();
  assert.equal(answer, undefined);
  assert.deepEqual(await at.login("john", "secret", "192.0.2.9"), JOHN);
  const waiting = Array.from({ length: 10 }, () => at.login("john", "secret"));
  assert.deepEqual(await at.login("john", "secret"), BUSY);
  await at.clock.advance(500);
  await late;
  assert.deepEqual(answer, WRONG);
  assert.deepEqual(new Set((await Promise.all(waiting)).map(({ kind }) => kind)), new Set(["right"]));
});

test("the application is asked like by PLAIN; while it cannot be asked the answer is busy", async () => {
  const asked: string[] = [];
  let answer: boolean | undefined = true;
  const passwords = async (username: string, password: string) => {
    asked.push(`${username} ${password}`);
    return answer;
  };
  const at = await world({ ways: { passwords }, local: false });
  assert.deepEqual(await at.login("Marie@example.com", "theirs"), { kind: "right", username: "marie" });
  answer = undefined;
  assert.deepEqual(await at.login("marie", "theirs"), BUSY);
  answer = false;
  assert.deepEqual(await at.login("marie", "theirs"), WRONG);
  assert.deepEqual(asked, Array(3).fill("marie theirs"));
});

test("no token is a password here: what is good for minutes makes nothing that lasts", async () => {
  const yes = async () => ({ kind: "right", username: "john", expires: undefined }) as const;
  const at = await world({ ways: { jwt: yes, introspection: yes } });
  assert.deepEqual(await at.login("john", "eyJ.e30.x"), WRONG);
  assert.deepEqual(await at.login("john", "opaque-token-0123456789"), WRONG);
});

test("a full queue of derivations, and what breaks, is busy", async () => {
  const full = await world({ hasher: { atOnce: 2, derive: async () => undefined } });
  assert.deepEqual(await full.login("john", "secret"), BUSY);
  const broken = await world({ hasher: { atOnce: 2, derive: () => Promise.reject(new Error("broken")) } });
  assert.deepEqual(await broken.login("john", "secret"), BUSY);
  assert.equal(broken.logged.at(-1)?.text, "login could not be checked");
});

test("each is a line of the audit log and counted, without the password", async () => {
  const at = await world();
  await at.login("John@example.com", "secret");
  await at.login("john", "hunter2");
  const base = { domain: DOMAIN, user: "john", mechanism: "web form", by: "local", address: ADDRESS };
  assert.deepEqual(at.logged, [
    { text: "login", fields: base },
    {
      text: "login failed",
      fields: { ...base, condition: "not-authorized", reason: "wrong password or no such account" },
    },
  ]);
  const { body } = await at.metrics.render();
  assert.match(body, /kith_logins_total\{mechanism="web form",result="success"\} 1/);
  assert.match(body, /kith_logins_total\{mechanism="web form",result="not-authorized"\} 1/);
  assert.doesNotMatch(JSON.stringify(at.logged) + body, /secret|hunter2/);
});
