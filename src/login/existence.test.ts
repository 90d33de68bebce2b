/** `accounts.http.exists`: what lets in for a long time lets in only who is still there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { type Log, type LogFields, silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { createAppPasswords } from "./app-passwords.ts";
import { createApplication } from "./application.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createExistence, type Existence } from "./existence.ts";
import { createHasher } from "./hasher.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { createMemoryAppPasswords } from "./memory-app-passwords.ts";
import { setPassword } from "./password.ts";
import { NO_WAYS, type Ways } from "./ways.ts";

const DOMAIN = "example.com";
const CACHE = 30_000;

function world(answer: (username: string) => boolean | undefined) {
  const clock = new FakeClock();
  const accounts = createMemoryAccounts();
  const asked: string[] = [];
  const existence = createExistence({
    domain: DOMAIN,
    accounts,
    clock,
    cache: CACHE,
    async ask(username) {
      asked.push(username);
      await settle();
      return answer(username);
    },
  });
  return { clock, accounts, asked, existence };
}

test("the application says who is there, once for a while, whatever it says", async () => {
  const { clock, asked, existence } = world((username) => username === "john");
  for (let times = 0; times < 2; times++) {
    assert.deepEqual([await existence("john"), await existence("ghost")], [true, false]);
  }
  assert.deepEqual(asked, ["john", "ghost"]);
  await clock.advance(CACHE);
  assert.equal(await existence("john"), true);
  assert.deepEqual(asked, ["john", "ghost", "john"]);
});

test("logins at the same moment share one question", async () => {
  const { asked, existence } = world(() => true);
  await Promise.all(Array.from({ length: 5 }, () => existence("john")));
  assert.deepEqual(asked, ["john"]);
});

test("an application that cannot be asked is asked again at the next login", async () => {
  let answer: boolean | undefined;
  const { asked, existence } = world(() => answer);
  assert.equal(await existence("john"), undefined);
  answer = false;
  assert.equal(await existence("john"), false);
  assert.equal(asked.length, 2);
});

test("whoever has a local account is there, and nobody is asked", async () => {
  const { accounts, asked, existence } = world(() => false);
  await setPassword(accounts, createHasher(), { domain: DOMAIN, username: "john", password: "secret", now: 0 });
  assert.equal(await existence("john"), true);
  assert.deepEqual(asked, []);
});

test("the question is the one about passwords without a password, and counts for the same circuit breaker", async () => {
  const posted: unknown[] = [];
  const logged: (LogFields | undefined)[] = [];
  const ask = createApplication({
    domain: DOMAIN,
    url: "http://127.0.0.1/password",
    clock: new FakeClock(),
    log: { ...silentLog, warn: (_, fields) => void logged.push(fields) },
    deadline: 5000,
    async post(url, id, body, { deadlineMs }) {
      posted.push([url, id.split("_")[0], body, deadlineMs]);
      return { ok: false, failure: "failed", message: "it answered 503", health: "sick", status: 503 };
    },
  });
  assert.equal(await ask("john"), undefined);
  assert.deepEqual(posted, [["http://127.0.0.1/password", "existence", { user: "john", domain: DOMAIN }, 5000]]);
  assert.deepEqual(logged, [{ domain: DOMAIN, user: "john", what: "existence", reason: "it answered 503" }]);
  for (let at = 1; at < 20; at++) await ask(`user${at % 5}`, at % 2 === 0 ? "p" : undefined);
  assert.equal(await ask("john"), undefined);
  assert.equal(posted.length, 20);
});

const FAILURE: SaslOutcome = { kind: "failure", condition: "not-authorized" };
const context = { domain: DOMAIN, secure: true, channelBindings: {}, address: "192.0.2.1" };

/** Logins with an app password, a grant, a token of the application and its password. */
async function logins(existence: Existence) {
  const clock = new FakeClock();
  const store = createMemoryAppPasswords();
  const serverSecret = new Uint8Array(32).fill(1);
  const reasons: unknown[] = [];
  const log: Log = { ...silentLog, warn: (_, fields) => void reasons.push(fields?.["reason"]) };
  const apps = createAppPasswords({
    store,
    accounts: createMemoryAccounts(),
    serverSecret,
    hasher: createHasher(),
    clock,
    log,
    ended: () => undefined,
  });
  const made = await apps.create({ domain: DOMAIN, username: "john", name: "Phone" });
  assert.ok(made.ok);
  const right = { kind: "right", username: "john", expires: undefined } as const;
  const ways: Ways = {
    ...NO_WAYS,
    existence,
    passwords: async (_, password) => password === "theirs",
    access: () => ({ ...right, credential: "grant:1" }),
    jwt: async () => right,
  };
  const common = { domain: DOMAIN, accounts: undefined, clock, log, metrics: new Metrics(), serverSecret };
  const authenticator = createAuthenticator({ ...common, ways, appPasswords: store });
  const plain = async (password: string): Promise<SaslOutcome | undefined> =>
    authenticator.start("PLAIN", context)?.step(new TextEncoder().encode(`\0john\0${password}`));
  return { plain, reasons, appPassword: made.password, grant: `kat_${"x".repeat(43)}`, token: "eyJ.e30.x" };
}

test("a grant and an app password let nobody in who is gone, and the log says why", async () => {
  const { plain, reasons, appPassword, grant } = await logins(async () => false);
  assert.deepEqual(await plain(appPassword), FAILURE);
  assert.deepEqual(await plain(grant), FAILURE);
  assert.deepEqual(reasons, Array(2).fill("the application knows nobody of this name"));
});

test("they let in who is there, and everybody while nobody can be asked", async () => {
  for (const answer of [true, undefined]) {
    const { plain, appPassword, grant } = await logins(async () => answer);
    for (const secret of [appPassword, grant]) assert.equal((await plain(secret))?.kind, "success", String(answer));
  }
});

test("what the application said a moment ago is not asked about: its password, and its token of a few minutes", async () => {
  const asked: string[] = [];
  const { plain, token } = await logins(async (username) => {
    asked.push(username);
    return false;
  });
  for (const secret of ["theirs", token]) assert.equal((await plain(secret))?.kind, "success");
  assert.deepEqual(asked, []);
});
