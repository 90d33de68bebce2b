import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { createHasher } from "./hasher.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { isPassword, makeKeys, setPassword } from "./password.ts";

const SALT = new Uint8Array(16).fill(3);

test("RFC 5802 §3: SaltedPassword is PBKDF2 with the length of the hash", async () => {
  const hasher = createHasher();
  const expected = pbkdf2Sync("pencil", SALT, 5, 32, "sha256");
  assert.deepEqual(await hasher.derive("sha256", "pencil", SALT, 5), expected);
  assert.equal((await hasher.derive("sha1", "pencil", SALT, 5))?.length, 20);
});

test("what finds no place to wait is refused, and all others are answered", async () => {
  const hasher = createHasher({ atOnce: 2, waiting: 3 });
  const all = await Promise.all(Array.from({ length: 8 }, () => hasher.derive("sha1", "x", SALT, 100)));
  assert.deepEqual(
    all.map((key) => key !== undefined),
    [true, true, true, true, true, false, false, false],
  );
  assert.ok(await hasher.derive("sha1", "x", SALT, 1), "the places are free again");
});

test("a derivation that breaks gives its place back", async () => {
  const hasher = createHasher({ atOnce: 1, waiting: 0 });
  await assert.rejects(hasher.derive("sha1", "x", SALT, 0));
  assert.ok(await hasher.derive("sha1", "x", SALT, 1));
});

test("makeKeys: both hashes, 10 000 rounds, salts of 16 octets that differ", async () => {
  const hasher = createHasher();
  const keys = await makeKeys(hasher, "pencil");
  assert.ok(keys.ok);
  assert.deepEqual([keys.sha1.iterations, keys.sha256.iterations], [10_000, 10_000]);
  assert.deepEqual([keys.sha1.salt.length, keys.sha256.salt.length], [16, 16]);
  assert.notDeepEqual(keys.sha1.salt, keys.sha256.salt);
  assert.equal(await isPassword(hasher, "sha1", keys.sha1, "pencil"), true);
  assert.equal(await isPassword(hasher, "sha256", keys.sha256, "pencil"), true);
  assert.equal(await isPassword(hasher, "sha256", keys.sha256, "Pencil"), false);
});

test("RFC 8265 §4.2: passwords are prepared, empty and forbidden ones refused", async () => {
  const hasher = createHasher();
  const keys = await makeKeys(hasher, "Cafe\u0301", 10);
  assert.ok(keys.ok);
  assert.equal(await isPassword(hasher, "sha256", keys.sha256, "Caf\u00E9"), true);
  for (const text of ["", "a\0b", "a\nb", "\uD800", "x".repeat(5000)]) {
    assert.deepEqual(
      await makeKeys(hasher, text, 10),
      { ok: false, reason: "password" },
      JSON.stringify(text.slice(0, 9)),
    );
  }
  assert.deepEqual(await makeKeys(createHasher({ atOnce: 0, waiting: 0 }), "x", 10), { ok: false, reason: "busy" });
});

test("setPassword adds an account, and a new password keeps its age", async () => {
  const accounts = createMemoryAccounts();
  const hasher = createHasher();
  const john = { domain: "example.com", username: "john" };
  assert.equal(await setPassword(accounts, hasher, { ...john, password: "one", now: 1 }), undefined);
  assert.equal(await setPassword(accounts, hasher, { ...john, password: "two", now: 2 }), undefined);
  assert.equal(await setPassword(accounts, hasher, { ...john, password: "", now: 3 }), "password");
  const account = accounts.get("example.com", "john");
  assert.deepEqual([account?.created, account?.changed], [1, 2]);
  assert.ok(account?.sha256);
  assert.equal(await isPassword(hasher, "sha256", account.sha256, "two"), true);
});

test("memory accounts: pages of names in order, domains apart", () => {
  const accounts = createMemoryAccounts();
  const account = (username: string) => ({ username, sha1: undefined, sha256: undefined, created: 1, changed: 1 });
  accounts.put("a.example", ["marie", "john", "aaron"].map(account));
  assert.deepEqual(accounts.list("a.example", "", 2), ["aaron", "john"]);
  assert.deepEqual(accounts.list("a.example", "john", 2), ["marie"]);
  assert.deepEqual(accounts.list("b.example", "", 2), []);
  assert.equal(accounts.remove("b.example", "john"), false);
  assert.equal(accounts.remove("a.example", "john"), true);
  assert.equal(accounts.get("a.example", "john"), undefined);
});
