import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { scramTalk } from "../../test/support/scram.ts";
import { type Log, type LogFields, silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { memoryStorage } from "../storage/memory.ts";
import type { SaslContext, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { createAppPasswords } from "./app-passwords.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { setPassword } from "./password.ts";
import { NO_WAYS, type Ways } from "./ways.ts";

const DOMAIN = "example.com";
const MECHANISMS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1"];
const FAILURE = { kind: "failure", condition: "not-authorized" };
const context: SaslContext = {
  domain: DOMAIN,
  secure: true,
  channelBindings: { "tls-exporter": new Uint8Array(32).fill(7) },
  address: "127.0.0.1",
};

interface More {
  /** False: `accounts.local` is. */
  readonly local?: boolean;
  readonly appPasswords?: boolean;
  readonly ways?: Partial<Ways>;
}

/** John has the local account with the password "secret"; marie has none. */
async function world({ local = true, appPasswords: isOn = true, ways = {} }: More = {}) {
  const clock = new FakeClock();
  const storage = memoryStorage({ clock });
  const logged: { readonly text: string; readonly fields: LogFields | undefined }[] = [];
  const record = (text: string, fields?: LogFields) => void logged.push({ text, fields });
  const log: Log = { ...silentLog, info: record, warn: record, error: record };
  const derived: string[] = [];
  const real = createHasher();
  const hasher: Hasher = {
    atOnce: 2,
    derive(hash, ...rest) {
      derived.push(hash);
      return real.derive(hash, ...rest);
    },
  };
  const serverSecret = new Uint8Array(32).fill(1);
  await setPassword(storage.accounts, real, { domain: DOMAIN, username: "john", password: "secret", now: 1 });
  const appPasswords = createAppPasswords({
    store: storage.appPasswords,
    accounts: storage.accounts,
    hasher: real,
    clock,
    log: silentLog,
    serverSecret,
    ended: () => undefined,
  });
  const metrics = new Metrics();
  const authenticator = createAuthenticator({
    domain: DOMAIN,
    accounts: local ? storage.accounts : undefined,
    ...(isOn ? { appPasswords: storage.appPasswords } : {}),
    ways: { ...NO_WAYS, ...ways },
    clock,
    log,
    metrics,
    serverSecret,
    hasher,
  });
  const make = async (username: string, chosen?: string) => {
    const wanted = { domain: DOMAIN, username, name: "phone" };
    const made = await appPasswords.create(chosen === undefined ? wanted : { ...wanted, chosen });
    assert.ok(made.ok);
    return { password: made.password, id: made.appPassword.id };
  };
  const scram = (mechanism: string, username: string, password: string, meanwhile?: () => void) =>
    scramTalk(authenticator, { ...context, address: crypto.randomUUID() }, mechanism, username, password, meanwhile);
  // Each from an address of its own, so that no answer is held back.
  const plain = async (username: string, password: string): Promise<SaslOutcome | undefined> =>
    authenticator
      .start("PLAIN", { ...context, address: crypto.randomUUID() })
      ?.step(new TextEncoder().encode(`\0${username}\0${password}`));
  return { clock, storage, appPasswords, authenticator, metrics, logged, derived, make, scram, plain };
}

test("RFC 5802: an app password lets in by each kind of SCRAM, with a local account and without; the server proves its key", async () => {
  const at = await world();
  for (const username of ["john", "marie"]) {
    const [one, two] = [await at.make(username), await at.make(username)];
    for (const mechanism of MECHANISMS) {
      for (const { id, password } of [one, two]) {
        const { outcome, isServerProven } = await at.scram(mechanism, username, password);
        assert.ok(outcome.kind === "success" && isServerProven, mechanism);
        assert.deepEqual([outcome.username, outcome.credential], [username, `app:${id}`]);
      }
      assert.deepEqual((await at.scram(mechanism, username, "wrong")).outcome, FAILURE);
    }
  }
  const own = await at.scram("SCRAM-SHA-256", "john", "secret");
  assert.ok(own.outcome.kind === "success" && own.isServerProven);
  assert.equal(own.outcome.credential, undefined);
});

test("RFC 4616: by PLAIN too, without a derivation; the local password stays", async () => {
  const at = await world();
  const { id, password } = await at.make("john");
  const outcome = await at.plain("john", password);
  assert.ok(outcome?.kind === "success");
  assert.equal(outcome.credential, `app:${id}`);
  assert.deepEqual(at.derived, []);
  assert.deepEqual(await at.plain("john", "secret"), { kind: "success", username: "john", data: undefined });
  assert.deepEqual(await at.plain("marie", password), FAILURE);
});

test("a wrong password costs the same without local accounts: for who chose an app password, who has none, and nobody", async () => {
  const at = await world({ local: false, ways: { passwords: async (_, password) => password === "theirs" } });
  await at.make("marie", "chosen by marie");
  at.derived.length = 0;
  for (const username of ["marie", "john", "nobody"]) {
    assert.deepEqual(await at.plain(username, "wrong"), FAILURE);
    assert.deepEqual(at.derived.splice(0), ["sha256"], username);
  }
  assert.equal((await at.plain("john", "theirs"))?.kind, "success");
  assert.deepEqual(at.derived, []);
});

test("RFC 5802 §9: a wrong proof looks the same whether or not there are app passwords", async () => {
  const [without, having] = [await world(), await world()];
  for (const username of ["john", "marie"]) await having.make(username);
  for (const username of ["marie", "nobody"]) {
    const parts = ({ challenge }: { readonly challenge: string }) => /,s=.*$/.exec(challenge)?.[0];
    const [one, two] = [
      await without.scram("SCRAM-SHA-256", username, "wrong"),
      await having.scram("SCRAM-SHA-256", username, "wrong"),
    ];
    assert.deepEqual(one.outcome, two.outcome);
    assert.equal(parts(one), parts(two));
    assert.deepEqual(await without.plain(username, "wrong"), await having.plain(username, "wrong"));
  }
  assert.deepEqual(without.derived, having.derived);
});

test("one that was taken back lets in no more, the others do; also between challenge and proof", async () => {
  const at = await world();
  const [one, two] = [await at.make("john"), await at.make("john")];
  const revoke = () => at.appPasswords.revoke(DOMAIN, "john", one.id);
  assert.deepEqual((await at.scram("SCRAM-SHA-1", "john", one.password, revoke)).outcome, FAILURE);
  assert.deepEqual(await at.plain("john", one.password), FAILURE);
  assert.equal((await at.scram("SCRAM-SHA-1", "john", two.password)).outcome.kind, "success");
});

test("a new password of the account ends its app passwords; so does removing it", async () => {
  const at = await world();
  const { password } = await at.make("john");
  await setPassword(at.storage.accounts, createHasher(), {
    domain: DOMAIN,
    username: "john",
    password: "new",
    now: at.clock.now(),
  });
  assert.deepEqual(await at.plain("john", password), FAILURE);
  const second = await at.make("john");
  at.storage.accounts.remove(DOMAIN, "john");
  assert.deepEqual(await at.plain("john", second.password), FAILURE);
  assert.deepEqual((await at.scram("SCRAM-SHA-256", "john", second.password)).outcome, FAILURE);
});

test("one that a person chose lets in by SCRAM, and by PLAIN with one derivation for all of them", async () => {
  for (const local of [true, false]) {
    const at = await world({ local });
    const { id } = await at.make("john", "correct horse");
    await at.make("john", "another one");
    const outcome = await at.plain("john", "correct\u00a0horse");
    assert.ok(outcome?.kind === "success", String(local));
    assert.equal(outcome.credential, `app:${id}`);
    assert.deepEqual(await at.plain("john", "correct h0rse"), FAILURE);
    assert.deepEqual(at.derived, ["sha256", "sha256"]);
    if (local) assert.equal((await at.scram("SCRAM-SHA-1", "john", "another one")).outcome.kind, "success");
  }
});

test("without local accounts app passwords let in by PLAIN, beside the other ways", async () => {
  const asked: string[] = [];
  const at = await world({
    local: false,
    ways: {
      passwords: async (_, password) => {
        asked.push(password);
        return password === "of the app";
      },
    },
  });
  const { password } = await at.make("marie");
  assert.deepEqual(at.authenticator.mechanisms(context), ["PLAIN"]);
  assert.equal((await at.plain("marie", password))?.kind, "success");
  assert.equal((await at.plain("marie", "of the app"))?.kind, "success");
  assert.deepEqual(await at.plain("marie", "of nobody"), FAILURE);
  assert.deepEqual(asked, ["of the app", "of nobody"]);
  assert.deepEqual(at.derived, ["sha256"], "the wrong one costs what it costs whoever chose one");
});

test("accounts.appPasswords false: they let nobody in", async () => {
  const at = await world({ appPasswords: false });
  const { password } = await at.make("john");
  assert.deepEqual(await at.plain("john", password), FAILURE);
  assert.deepEqual((await at.scram("SCRAM-SHA-256", "john", password)).outcome, FAILURE);
});

test("guessing: wrong app passwords count like any", async () => {
  const at = await world();
  await at.make("john");
  const guess = async () =>
    at.authenticator.start("PLAIN", context)?.step(new TextEncoder().encode("\0john\0aaaa-bbbb"));
  for (let tries = 0; tries < 3; tries++) assert.deepEqual(await guess(), FAILURE);
  const late = guess();
  while (at.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  await at.clock.advance(500);
  assert.deepEqual(await late, FAILURE);
});

test("when it was last used is kept to the minute, and the audit log says who judged", async () => {
  const at = await world();
  const { id, password } = await at.make("john");
  const lastUsed = () => at.appPasswords.list(DOMAIN, "john")[0]?.lastUsed;
  assert.equal(lastUsed(), undefined);
  const first = at.clock.now();
  await at.scram("SCRAM-SHA-256", "john", password);
  assert.equal(lastUsed(), first);
  await at.clock.advance(59_999);
  await at.plain("john", password);
  assert.equal(lastUsed(), first);
  await at.clock.advance(1);
  await at.plain("john", password);
  assert.equal(lastUsed(), first + 60_000);
  assert.deepEqual(
    at.logged.map(({ text, fields }) => [text, fields?.["by"]]),
    Array.from({ length: 3 }, () => ["login", "app password"]),
  );
  const { body } = await at.metrics.render();
  assert.match(body, /kith_login_checks_total\{by="app password",result="right"\} 2/);
  assert.ok(!JSON.stringify(at.logged).includes(password) && !body.includes(id));
});
