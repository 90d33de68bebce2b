/** One suite for every kind of storage. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { listOf } from "../contacts/list.ts";
import type { StoredCopy } from "../contacts/store.ts";
import { silentLog } from "../log.ts";
import type { Account, ScramKeys } from "../login/accounts.ts";
import type { AppPassword } from "../login/app-password.ts";
import type { Device } from "../login/devices.ts";
import { Database } from "./database.ts";
import { type KeptAnswer, type KeptAnswers, memoryKeptAnswers } from "./kept-answers.ts";
import { sqliteKeptAnswers } from "./sqlite-kept-answers.ts";
import { openStorage, type Storage, type StorageChoice } from "./storage.ts";

const list = listOf([
  {
    jid: "marie@example.com",
    name: "Marie 😀",
    groups: ["A", "B"],
    subscription: "to",
    ask: true,
    until: 5_000_000_000_000,
  },
  { jid: "aaron@example.com", name: undefined, groups: [], subscription: "both", ask: false, until: undefined },
]);

const copy: StoredCopy = {
  contacts: list.stored,
  version: list.version,
  etag: '"v1"',
  fetchedAt: 1_700_000_000_000,
  freshUntil: 1_700_000_060_000,
  unusableFrom: 1_700_000_900_000,
  old: false,
  stale: false,
  source: "app",
  problems: [{ code: "not-a-jid", contact: "x y", text: "left out" }],
};

const bare: StoredCopy = { ...copy, contacts: "", etag: undefined, unusableFrom: undefined, problems: [] };

const keys: ScramKeys = {
  salt: Buffer.from("salt"),
  iterations: 10_000,
  storedKey: Buffer.from("stored"),
  serverKey: Buffer.from("server"),
};

const account: Account = {
  username: "john",
  sha1: keys,
  sha256: undefined,
  created: 1,
  changed: 2,
};

const token = { mechanism: "HT-SHA-256-NONE", secret: "s", issued: 1, expires: 5_000_000_000_000, count: 3 };

const device: Device = {
  id: "d4565fa7-4d72-4749-b3d3-740edbf87770",
  name: "Conversations · Pixel 8",
  created: 1,
  lastUsed: 20,
  credential: undefined,
  isLocal: true,
  proved: 1,
  current: token,
  next: { ...token, secret: "t", count: -1 },
};

const idsOf = (devices: readonly Device[]): readonly string[] => devices.map(({ id }) => id);

const phone: AppPassword = {
  id: "a",
  username: "john",
  name: "John's phone 📱",
  created: 5,
  lastUsed: undefined,
  digest: Buffer.from("a digest"),
  sha1: keys,
  sha256: { ...keys, salt: Buffer.from("pepper") },
};

/** As it was given: SQLite gives octets of another class. */
function inBuffers(one: AppPassword): AppPassword {
  const octets = ({ salt, iterations, storedKey, serverKey }: ScramKeys) => ({
    salt: Buffer.from(salt),
    iterations,
    storedKey: Buffer.from(storedKey),
    serverKey: Buffer.from(serverKey),
  });
  const digest = one.digest && Buffer.from(one.digest);
  return { ...one, digest, sha1: octets(one.sha1), sha256: octets(one.sha256) };
}

function keptAnswer(text: string, until: number): KeptAnswer {
  const body = new TextEncoder().encode(text);
  return { fingerprint: "f", status: 201, contentType: "application/json", etag: '"v"', body, until };
}

function plain(answer: KeptAnswer | undefined): unknown {
  return { ...answer, body: new TextDecoder().decode(answer?.body) };
}

interface Given {
  readonly storage: Storage;
  readonly clock: FakeClock;
}

function suite(kind: StorageChoice["kind"], open: (t: TestContext) => Given): void {
  test(`${kind}: a copy is loaded as it was saved, at once and after`, async (t) => {
    const contacts = open(t).storage.contacts("example.com");
    assert.equal(contacts.load("john"), undefined);
    const saved = contacts.saveAll([{ username: "john", copy: copy }]);
    assert.deepEqual(contacts.load("john"), copy);
    await saved;
    assert.deepEqual(contacts.load("john"), copy);
    await contacts.saveAll([{ username: "john", copy: bare }]);
    assert.deepEqual(contacts.load("john"), bare);
  });

  test(`${kind}: domains and usernames are kept apart`, async (t) => {
    const { storage } = open(t);
    await storage.contacts("a.example").saveAll([{ username: "john", copy: copy }]);
    await storage.contacts("a.example").saveAll([{ username: "__proto__", copy: bare }]);
    assert.equal(storage.contacts("b.example").load("john"), undefined);
    assert.deepEqual(storage.contacts("a.example").load("__proto__"), bare);
    assert.equal(storage.contacts("a.example").load("JOHN"), undefined);
    assert.deepEqual(storage.contacts("a.example").load("john"), copy);
  });

  test(`${kind}: facts change, the contacts stay; without a copy nothing happens`, async (t) => {
    const contacts = open(t).storage.contacts("example.com");
    await contacts.saveAll([{ username: "john", copy: copy }]);
    const {
      contacts: _contacts,
      version: _version,
      problems: _problems,
      ...facts
    } = { ...copy, stale: true, etag: undefined, fetchedAt: 9 };
    await Promise.all([contacts.saveFacts("john", facts), contacts.saveFacts("ghost", facts)]);
    assert.deepEqual(contacts.load("john"), { ...copy, stale: true, etag: undefined, fetchedAt: 9 });
    assert.equal(contacts.load("ghost"), undefined);
  });

  test(`${kind}: many are marked old at once; unknown ones leave no trace`, async (t) => {
    const { storage } = open(t);
    const contacts = storage.contacts("example.com");
    await Promise.all(["a", "b", "c\"'%"].map((name) => contacts.saveAll([{ username: name, copy: copy }])));
    await storage.contacts("other.example").saveAll([{ username: "a", copy: copy }]);
    await contacts.markOld(["a", "c\"'%", "ghost"]);
    assert.deepEqual(
      ["a", "b", "c\"'%"].map((name) => contacts.load(name)?.old),
      [true, false, true],
    );
    assert.equal(contacts.load("ghost"), undefined);
    assert.equal(storage.contacts("other.example").load("a")?.old, false);
  });

  test(`${kind}: usernames come in order, in pages`, async (t) => {
    const contacts = open(t).storage.contacts("example.com");
    await Promise.all(["c", "a", "b", "d"].map((name) => contacts.saveAll([{ username: name, copy: bare }])));
    assert.deepEqual(contacts.usernames("", 3), ["a", "b", "c"]);
    assert.deepEqual(contacts.usernames("c", 3), ["d"]);
  });

  test(`${kind}: accounts are put, replaced, listed and removed`, (t) => {
    const { accounts } = open(t).storage;
    assert.equal(accounts.get("example.com", "john"), undefined);
    accounts.put("example.com", [account, { ...account, username: "aaron" }]);
    const got = accounts.get("example.com", "john");
    assert.deepEqual(
      { ...got, sha1: { ...got?.sha1, salt: Buffer.from(got?.sha1?.salt ?? []) } },
      {
        ...account,
        sha1: { ...got?.sha1, salt: Buffer.from("salt") },
      },
    );
    assert.equal(Buffer.from(got?.sha1?.storedKey ?? []).toString(), "stored");
    assert.equal(Buffer.from(got?.sha1?.serverKey ?? []).toString(), "server");
    assert.equal(accounts.get("other.example", "john"), undefined);
    accounts.put("example.com", [{ ...account, sha1: undefined, changed: 3 }]);
    assert.deepEqual(accounts.get("example.com", "john"), { ...account, sha1: undefined, changed: 3 });
    assert.deepEqual(accounts.list("example.com", "", 10), ["aaron", "john"]);
    assert.deepEqual(accounts.list("example.com", "aaron", 10), ["john"]);
    assert.equal(accounts.remove("example.com", "john"), true);
    assert.equal(accounts.remove("example.com", "john"), false);
  });

  test(`${kind}: devices are put, replaced, listed as last used, and removed by id, by credential and together`, (t) => {
    const { devices } = open(t).storage;
    assert.equal(devices.get("example.com", "john", device.id), undefined);
    const byApp = { ...device, id: "app", credential: "app:1", lastUsed: 30, current: undefined };
    for (const one of [device, byApp, { ...byApp, id: "app2", lastUsed: 10 }]) devices.put("example.com", "john", one);
    devices.put("example.com", "marie", byApp);
    assert.deepEqual(devices.get("example.com", "john", device.id), device);
    assert.deepEqual(devices.get("example.com", "john", "app"), byApp);
    assert.equal(devices.get("other.example", "john", device.id), undefined);
    assert.deepEqual(idsOf(devices.list("example.com", "john")), ["app", device.id, "app2"]);
    devices.put("example.com", "john", { ...device, lastUsed: 40, next: undefined });
    assert.deepEqual(devices.get("example.com", "john", device.id), { ...device, lastUsed: 40, next: undefined });
    assert.deepEqual([...devices.removeOf("example.com", "john", "app:1")].sort(), ["app", "app2"]);
    assert.deepEqual(devices.removeOf("example.com", "john", "app:1"), []);
    assert.deepEqual(idsOf(devices.list("example.com", "john")), [device.id]);
    assert.equal(devices.remove("example.com", "john", device.id), true);
    assert.equal(devices.remove("example.com", "john", device.id), false);
    devices.put("example.com", "john", device);
    devices.removeAll("example.com", "john");
    assert.deepEqual(devices.list("example.com", "john"), []);
    assert.deepEqual(idsOf(devices.list("example.com", "marie")), ["app"]);
  });

  test(`${kind}: a device whose tokens have expired is listed no more`, async (t) => {
    const { storage, clock } = open(t);
    const expires = clock.now() + 1000;
    const token = { ...device.current, expires } as NonNullable<Device["current"]>;
    storage.devices.put("example.com", "john", { ...device, current: token, next: undefined });
    await clock.advance(999);
    assert.equal(storage.devices.list("example.com", "john").length, 1);
    await clock.advance(1);
    assert.equal(storage.devices.list("example.com", "john").length, 0);
    assert.notEqual(storage.devices.get("example.com", "john", device.id), undefined);
  });

  test(`${kind}: app passwords are kept for each person, found by their digest, and removed`, (t) => {
    const { appPasswords } = open(t).storage;
    const other = { ...phone, id: "b", digest: undefined, created: 6, lastUsed: 9 };
    appPasswords.add("example.com", phone);
    appPasswords.add("example.com", other);
    appPasswords.add("example.com", { ...phone, username: "marie" });
    appPasswords.add("other.example", phone);
    assert.deepEqual(appPasswords.list("example.com", "john").map(inBuffers), [phone, other]);
    assert.deepEqual(appPasswords.list("example.com", "ghost"), []);
    const digest = phone.digest ?? new Uint8Array();
    assert.equal(appPasswords.find("example.com", "john", digest)?.id, "a");
    assert.equal(appPasswords.find("example.com", "ghost", digest), undefined);
    assert.equal(appPasswords.find("example.com", "john", Buffer.from("another")), undefined);
    appPasswords.used("example.com", "john", "a", 7);
    appPasswords.used("example.com", "john", "ghost", 7);
    assert.deepEqual(appPasswords.list("example.com", "john").map(inBuffers), [{ ...phone, lastUsed: 7 }, other]);
    assert.equal(appPasswords.remove("other.example", "john", "b"), false);
    assert.equal(appPasswords.remove("example.com", "john", "a"), true);
    assert.equal(appPasswords.remove("example.com", "john", "a"), false);
    assert.deepEqual(
      ["a", "b"].map((id) => appPasswords.has("example.com", "john", id)),
      [false, true],
    );
    assert.equal(appPasswords.has("example.com", "marie", "a"), true);
  });

  test(`${kind}: an account that is changed or removed takes its app passwords along, and no others`, (t) => {
    const { appPasswords, accounts } = open(t).storage;
    for (const username of ["john", "marie"]) appPasswords.add("example.com", { ...phone, username });
    appPasswords.add("other.example", phone);
    accounts.put("example.com", [account]);
    assert.deepEqual(appPasswords.list("example.com", "john"), []);
    assert.equal(accounts.remove("example.com", "marie"), false);
    assert.deepEqual(appPasswords.list("example.com", "marie"), []);
    assert.equal(appPasswords.list("other.example", "john").length, 1);
  });

  test(`${kind}: a secret is made once for each name`, (t) => {
    const { secrets } = open(t).storage;
    const first = secrets.get("salt");
    assert.equal(first.length, 32);
    assert.deepEqual(secrets.get("salt"), first);
    assert.notDeepEqual(secrets.get("other"), first);
  });

  test(`${kind}: an id counts once, until it may be forgotten`, async (t) => {
    const { storage, clock } = open(t);
    const ids = storage.seenIds("webhook:example.com");
    const until = clock.now() + 60_000;
    assert.deepEqual([ids.add("msg_1", until), ids.add("msg_1", until), ids.add("msg_2", until)], [true, false, true]);
    assert.equal(storage.seenIds("webhook:other.example").add("msg_1", until), true);
    await clock.advance(59_999);
    assert.equal(ids.add("msg_1", until), false);
    await clock.advance(1);
    assert.equal(ids.add("msg_1", clock.now() + 60_000), true);
    assert.equal(ids.add("msg_1", clock.now() + 60_000), false);
  });

  test(`${kind}: when somebody was last seen, the newest each, per domain`, (t) => {
    const { storage } = open(t);
    storage.lastSeen("example.com").save("john", 1_700_000_000_000);
    storage.lastSeen("example.com").save("john", 1_700_000_000_001);
    assert.equal(storage.lastSeen("example.com").load("john"), 1_700_000_000_001);
    assert.equal(storage.lastSeen("example.com").load("__proto__"), undefined);
    assert.equal(storage.lastSeen("other.example").load("john"), undefined);
  });

  test(`${kind}: an answer is given again until its time is over`, async (t) => {
    const { storage, clock } = open(t);
    const answer = keptAnswer("hello", clock.now() + 60_000);
    await storage.keptAnswers.put("k", answer);
    assert.deepEqual(plain(storage.keptAnswers.get("k")), plain(answer));
    assert.equal(storage.keptAnswers.get("other"), undefined);
    const newer = keptAnswer("newer", clock.now() + 60_000);
    await storage.keptAnswers.put("k", newer);
    assert.deepEqual(plain(storage.keptAnswers.get("k")), plain(newer));
    await clock.advance(60_000);
    assert.equal(storage.keptAnswers.get("k"), undefined);
  });

  test(`${kind}: close can be called again`, async (t) => {
    const { storage } = open(t);
    await storage.close();
    await storage.close();
  });
}

suite("memory", () => {
  const clock = new FakeClock();
  return { clock, storage: openStorage({ kind: "memory" }, { clock, log: silentLog }) };
});

suite("sqlite", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-storage-"));
  const clock = new FakeClock();
  const storage = openStorage({ kind: "sqlite", path: join(folder, "kith.sqlite") }, { clock, log: silentLog });
  t.after(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });
  return { clock, storage };
});

for (const kind of ["memory", "sqlite"] as const) {
  test(`${kind}: answers are bounded in number and bytes; the oldest go first`, async (t) => {
    const clock = new FakeClock();
    const answers = openBounded(t, kind, clock, { most: 3, mostBytes: 10_000 });
    const until = clock.now() + 1000;
    for (const key of ["a", "b", "c", "d"]) await answers.put(key, keptAnswer(key, until));
    assert.deepEqual(
      ["a", "b", "c", "d"].map((key) => answers.get(key) !== undefined),
      [false, true, true, true],
    );
    await answers.put("big", keptAnswer("x".repeat(9500), until));
    assert.deepEqual(
      ["b", "c", "d", "big"].map((key) => answers.get(key) !== undefined),
      [false, false, false, true],
    );
    await answers.put("too big", keptAnswer("x".repeat(20_000), until));
    assert.equal(answers.get("too big"), undefined);
  });
}

function openBounded(
  t: TestContext,
  kind: StorageChoice["kind"],
  clock: FakeClock,
  bounds: { readonly most: number; readonly mostBytes: number },
): KeptAnswers {
  if (kind === "memory") return memoryKeptAnswers(clock, bounds);
  const folder = mkdtempSync(join(tmpdir(), "kith-kept-"));
  const database = new Database(join(folder, "kith.sqlite"));
  t.after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  return sqliteKeptAnswers(database, clock, bounds);
}
