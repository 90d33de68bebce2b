import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import type { StoredCopy } from "../contacts/store.ts";
import { KithError } from "../errors.ts";
import { type LogFields, silentLog } from "../log.ts";
import { sqliteStorage } from "./sqlite.ts";

const copy: StoredCopy = {
  contacts: "a@example.com\u00010Anna\u0003",
  version: "0".repeat(32),
  etag: undefined,
  fetchedAt: 1,
  freshUntil: 2,
  unusableFrom: undefined,
  old: false,
  stale: false,
  source: "app",
  problems: [],
};

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-sqlite-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "data", "kith.sqlite");
}

function open(path: string, logged: string[] = []) {
  const log = { ...silentLog, error: (text: string, _fields?: LogFields) => void logged.push(text) };
  return sqliteStorage(path, { clock: new FakeClock(), log });
}

function isStorageFailed(error: unknown): boolean {
  return error instanceof KithError && error.code === "storage-failed";
}

test("G7: what was saved is there after a restart, secrets and seen ids too", async (t) => {
  const path = file(t);
  const first = open(path);
  await first.contacts("example.com").saveAll([{ username: "john", copy: copy }]);
  const secret = first.secrets.get("salt");
  const until = new FakeClock().now() + 1000;
  first.seenIds("k").add("id", until);
  await first.close();
  const second = open(path);
  assert.deepEqual(second.contacts("example.com").load("john"), copy);
  assert.deepEqual(second.secrets.get("salt"), secret);
  assert.equal(second.seenIds("k").add("id", until), false);
  await second.close();
});

test("G7: a process killed after a save has lost nothing", (t) => {
  const path = file(t);
  const url = new URL("./sqlite.ts", import.meta.url).href;
  const program = `
    import { sqliteStorage } from ${JSON.stringify(url)};
    const log = { error() {}, warn() {}, info() {}, debug() {} };
    const storage = sqliteStorage(${JSON.stringify(path)}, { clock: { now: Date.now }, log });
    await storage.contacts("example.com").saveAll([{ username: "john", copy: ${JSON.stringify(copy)} }]);
    process.kill(process.pid, "SIGKILL");`;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  assert.equal(child.signal, "SIGKILL", child.stderr);
  const storage = open(path);
  assert.deepEqual(storage.contacts("example.com").load("john"), copy);
  void storage.close();
});

test("the file holds keys of passwords: only its owner may read it", (t) => {
  const path = file(t);
  void open(path).close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("the command line writes to the same file while the server runs", async (t) => {
  const path = file(t);
  const server = open(path);
  const command = open(path);
  await server.contacts("example.com").saveAll([{ username: "john", copy: copy }]);
  command.accounts.put("example.com", [
    { username: "john", sha1: undefined, sha256: undefined, created: 1, changed: 1 },
  ]);
  assert.equal(server.accounts.get("example.com", "john")?.created, 1);
  await command.close();
  await server.close();
});

test("an account that was read is read again as soon as the command line, or the server itself, has written", async (t) => {
  const path = file(t);
  const server = open(path);
  const command = open(path);
  const john = { username: "john", sha1: undefined, sha256: undefined, created: 1, changed: 1 };
  const changed = (domain = "example.com"): number | undefined => server.accounts.get(domain, "john")?.changed;
  assert.equal(changed(), undefined);
  command.accounts.put("example.com", [john]);
  assert.equal(changed(), 1, "in the same turn: a token given now would outlive the new password");
  assert.equal(changed("other.example"), undefined);
  command.accounts.put("example.com", [{ ...john, changed: 2 }]);
  assert.equal(changed(), 2);
  server.accounts.put("example.com", [{ ...john, changed: 3 }]);
  assert.equal(changed(), 3);
  assert.equal(server.accounts.remove("example.com", "john"), true);
  assert.equal(changed(), undefined);
  await command.close();
  await server.close();
});

test("saves of one moment share a transaction, and one that fails leaves the others", async (t) => {
  const storage = open(file(t));
  const contacts = storage.contacts("example.com");
  const broken = contacts.saveAll([{ username: "bad", copy: { ...copy, fetchedAt: 0.5 } }]);
  const good = contacts.saveAll([{ username: "john", copy: copy }]);
  await assert.rejects(broken, isStorageFailed);
  await good;
  assert.deepEqual(contacts.load("john"), copy);
  assert.equal(contacts.load("bad"), undefined);
  await storage.close();
});

test("contract §4: lists that change together are stored together or not at all", async (t) => {
  const storage = open(file(t));
  const contacts = storage.contacts("example.com");
  await contacts.saveAll([{ username: "john", copy: copy }]);
  const facts = { ...copy, etag: "newer" };
  const other = contacts.saveAll([{ username: "marie", copy: copy }]);
  const broken = contacts.saveAll([
    { username: "john", facts },
    { username: "aaron", copy },
    { username: "bad", copy: { ...copy, fetchedAt: 0.5 } },
  ]);
  await assert.rejects(broken, isStorageFailed);
  await other;
  assert.deepEqual(contacts.load("john"), copy);
  assert.deepEqual(contacts.load("marie"), copy);
  assert.equal(contacts.load("aaron"), undefined);
  await contacts.saveAll([{ username: "aaron", copy }]);
  assert.deepEqual(contacts.load("aaron"), copy);
  await storage.close();
});

test("where SQLite rolls the shared transaction back, what was written before is refused and what comes after is stored", async (t) => {
  const path = file(t);
  const storage = open(path);
  const other = new DatabaseSync(path);
  other.exec(`CREATE TRIGGER full BEFORE INSERT ON copies WHEN NEW.username = 'bad'
              BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END`);
  other.close();
  const contacts = storage.contacts("example.com");
  const before = contacts.saveAll([{ username: "john", copy: copy }]);
  const broken = contacts.saveAll([{ username: "bad", copy: copy }]);
  const after = contacts.saveAll([{ username: "marie", copy: copy }]);
  await assert.rejects(before, isStorageFailed);
  await assert.rejects(broken, isStorageFailed);
  await after;
  assert.equal(contacts.load("john"), undefined);
  assert.deepEqual(contacts.load("marie"), copy);
  await storage.close();
});

test("a transaction of its own is all or nothing, and does not take the shared one with it", async (t) => {
  const storage = open(file(t));
  const account = { username: "john", sha1: undefined, sha256: undefined, created: 1, changed: 1 };
  const saved = storage.contacts("example.com").saveAll([{ username: "john", copy: copy }]);
  assert.throws(
    () => storage.accounts.put("example.com", [account, { ...account, username: "x", created: 0.5 }]),
    isStorageFailed,
  );
  await saved;
  assert.equal(storage.accounts.get("example.com", "john"), undefined);
  assert.deepEqual(storage.contacts("example.com").load("john"), copy);
  await storage.close();
});

test("a damaged row is no copy, and is logged", async (t) => {
  const path = file(t);
  const storage = open(path);
  await storage.contacts("example.com").saveAll([{ username: "john", copy: copy }]);
  await storage.close();
  const db = new DatabaseSync(path);
  db.exec("UPDATE copy_lists SET problems = 'nonsense'");
  db.close();
  const logged: string[] = [];
  const again = open(path, logged);
  assert.equal(again.contacts("example.com").load("john"), undefined);
  assert.deepEqual(logged, ["a stored contact list is damaged and not used"]);
  await again.close();
});

test("a database of a newer Kith is refused in words", (t) => {
  const path = file(t);
  void open(path).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  assert.throws(
    () => open(path),
    (error) => isStorageFailed(error) && /newer Kith/.test(String(error)),
  );
});

test("what is no database, or cannot be made, is storage-failed", (t) => {
  const path = file(t);
  void open(path).close();
  writeFileSync(path, "this is no database".repeat(100));
  assert.throws(() => open(path), isStorageFailed);
  assert.throws(() => open(join(path, "kith.sqlite")), isStorageFailed);
});

test("after close saves are refused, not lost in silence", async (t) => {
  const storage = open(file(t));
  const contacts = storage.contacts("example.com");
  await storage.close();
  await assert.rejects(contacts.saveAll([{ username: "john", copy: copy }]), isStorageFailed);
});
