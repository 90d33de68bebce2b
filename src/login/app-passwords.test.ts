import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import { memoryStorage } from "../storage/memory.ts";
import { makeId, makePassword, readDeviceName } from "./app-password-text.ts";
import { createAppPasswords, MOST_APP_PASSWORDS, type NewAppPassword } from "./app-passwords.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { setPassword } from "./password.ts";

const DOMAIN = "example.com";
const PHONE: NewAppPassword = { domain: DOMAIN, username: "john", name: " John's phone " };

function world(more: { readonly hasher?: Hasher; readonly domains?: ReadonlySet<string> } = {}) {
  const clock = new FakeClock();
  const storage = memoryStorage({ clock });
  const kicked: (readonly string[])[] = [];
  const appPasswords = createAppPasswords({
    store: storage.appPasswords,
    accounts: storage.accounts,
    serverSecret: new Uint8Array(32).fill(1),
    hasher: createHasher(),
    clock,
    log: silentLog,
    ended: (...who) => void kicked.push(who),
    ...more,
  });
  return { clock, storage, appPasswords, kicked };
}

test("a password that is made has 24 letters in groups, no two of which look alike, and is another each time", () => {
  const all = new Set(Array.from({ length: 200 }, makePassword));
  assert.equal(all.size, 200);
  for (const one of all) assert.match(one, /^(?:[a-hjkmnp-z2-9]{4}-){5}[a-hjkmnp-z2-9]{4}$/);
  assert.ok(24 * Math.log2(31) > 100);
  assert.equal(new Set(Array.from({ length: 200 }, makeId)).size, 200);
});

test("a device may be called anything that can be seen in 1 to 64 characters on one line", () => {
  assert.equal(readDeviceName("  John's phone 📱 "), "John's phone 📱");
  assert.equal(readDeviceName("e\u0301"), "\u00e9");
  assert.equal(readDeviceName("👩‍💻".repeat(64)), "👩‍💻".repeat(64));
  for (const bad of ["", "   ", "a\nb", "a\u0000", "\u202Eevil", "\ud800", "x".repeat(65), "\u200d", "\u0301\u2028a"]) {
    assert.equal(readDeviceName(bad), undefined, JSON.stringify(bad));
  }
});

test("law: what a name was read as is read as itself, and shows no control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      const name = readDeviceName(text);
      if (name === undefined) return;
      assert.equal(readDeviceName(name), name);
      assert.doesNotMatch(name, /[\p{Cc}\p{Cs}]/u);
    }),
  );
});

test("one is made, listed without its password, and taken back: then its sessions end", async () => {
  const { appPasswords, kicked, clock, storage } = world();
  const made = await appPasswords.create(PHONE);
  assert.ok(made.ok);
  const { id } = made.appPassword;
  assert.equal(made.appPassword.name, "John's phone");
  assert.equal(made.appPassword.created, clock.now());
  assert.deepEqual(appPasswords.list(DOMAIN, "john"), [made.appPassword]);
  assert.deepEqual(appPasswords.list("b.example", "john"), []);
  assert.ok(!JSON.stringify(storage.appPasswords.list(DOMAIN, "john")).includes(made.password));
  assert.equal(appPasswords.revoke(DOMAIN, "marie", id), false);
  assert.equal(appPasswords.revoke(DOMAIN, "john", id), true);
  assert.equal(appPasswords.revoke(DOMAIN, "john", id), false);
  assert.deepEqual(appPasswords.list(DOMAIN, "john"), []);
  assert.deepEqual(kicked[1]?.slice(0, 3), ["example.com", "john", `app:${id}`]);
});

test("the keys have the salt and count that the person is challenged by, with a local account and without", async () => {
  const { appPasswords, storage, clock } = world();
  await setPassword(storage.accounts, createHasher(), { ...PHONE, password: "secret", now: clock.now() });
  const account = storage.accounts.get(DOMAIN, "john");
  const [one, two] = [await appPasswords.create(PHONE), await appPasswords.create({ ...PHONE, username: "marie" })];
  const three = await appPasswords.create({ ...PHONE, username: "marie" });
  assert.ok(one.ok && two.ok && three.ok);
  for (const hash of ["sha1", "sha256"] as const) {
    assert.deepEqual(one.appPassword[hash].salt, account?.[hash]?.salt);
    assert.equal(one.appPassword[hash].iterations, account?.[hash]?.iterations);
    assert.deepEqual(three.appPassword[hash].salt, two.appPassword[hash].salt);
    assert.notDeepEqual(three.appPassword[hash].storedKey, two.appPassword[hash].storedKey);
  }
});

test("refused in one word each: name, weak, many, off, busy", async () => {
  const { appPasswords } = world();
  const reason = async (wanted: Partial<NewAppPassword>, at = appPasswords) => {
    const made = await at.create({ ...PHONE, ...wanted });
    return made.ok ? "made" : made.reason;
  };
  assert.equal(await reason({ name: "\n" }), "name");
  assert.equal(await reason({ chosen: "seven77" }), "weak");
  assert.equal(await reason({ chosen: "with a \u0007 bell" }), "weak");
  assert.equal(await reason({ chosen: "eight888" }), "made");
  const off = world({ domains: new Set(["b.example"]) });
  assert.equal(await reason({}, off.appPasswords), "off");
  const busy = world({ hasher: { atOnce: 2, derive: () => Promise.resolve(undefined) } });
  assert.equal(await reason({}, busy.appPasswords), "busy");
  const others = await Promise.all(Array.from({ length: MOST_APP_PASSWORDS + 5 }, () => reason({})));
  assert.deepEqual(
    ["made", "many"].map((word) => others.filter((one) => one === word).length),
    [MOST_APP_PASSWORDS - 1, 6],
  );
});

test("a password that is changed while keys are derived by its salt: nothing is made", async () => {
  const real = createHasher();
  const changed = Promise.withResolvers<void>();
  const slow: Hasher = {
    atOnce: 2,
    async derive(...what) {
      await changed.promise;
      return real.derive(...what);
    },
  };
  const { appPasswords, storage, clock } = world({ hasher: slow });
  const account = { ...PHONE, password: "secret" };
  await setPassword(storage.accounts, real, { ...account, now: clock.now() });
  const made = appPasswords.create(PHONE);
  await setPassword(storage.accounts, real, { ...account, now: clock.now() + 1 });
  changed.resolve();
  assert.deepEqual(await made, { ok: false, reason: "busy" });
  assert.deepEqual(appPasswords.list(DOMAIN, "john"), []);
});
