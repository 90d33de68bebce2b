import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { type Log, silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { memoryStorage } from "../storage/memory.ts";
import { createContacts } from "./cache.ts";
import type { Contacts, ListChange, ListEdit } from "./contacts.ts";
import { ContactsMetrics } from "./contacts-metrics.ts";
import { contactsToJson, readContacts } from "./contract.ts";
import type { ContactList, PackedList } from "./list.ts";
import { type Answer, failure, type Source } from "./source.ts";
import type { ContactsStore } from "./store.ts";

const DOMAIN = "example.com";

function listOf(json: unknown): PackedList {
  const reading = readContacts(json, { owner: `nobody@${DOMAIN}`, now: 0 });
  assert.ok(reading.ok);
  return reading.list;
}

function answerOf(json: unknown, etag?: string, maxAge = 0): Answer {
  return { kind: "list", list: listOf(json), problems: [], etag, freshness: { maxAge, staleIfError: undefined } };
}

function setUp(given: { readonly store?: ContactsStore; readonly log?: Log } = {}) {
  const clock = new FakeClock();
  const calls: { username: string; etag: string | undefined; answer(answer: Answer): Promise<void> }[] = [];
  const source: Source = {
    ask(username, etag, signal) {
      const { promise, resolve } = Promise.withResolvers<Answer>();
      signal.addEventListener("abort", () => resolve(failure("failed", "closing")));
      calls.push({
        username,
        etag,
        async answer(answer) {
          resolve(answer);
          await settle();
        },
      });
      return promise;
    },
  };
  const store = given.store ?? memoryStorage({ clock }).contacts(DOMAIN);
  const contacts = createContacts({
    domain: DOMAIN,
    source,
    store,
    concurrency: 64,
    notFound: "error",
    clock,
    log: given.log ?? silentLog,
    metrics: new ContactsMetrics(new Metrics()),
  });
  const changes: ListChange[] = [];
  contacts.onChange((change) => changes.push(change));
  const last = () => calls.at(-1) ?? assert.fail("the application was not asked");
  return { clock, calls, last, store, contacts, changes };
}

type World = ReturnType<typeof setUp>;

async function online(w: World, username: string, json: unknown, etag?: string): Promise<void> {
  const login = w.contacts.login(username);
  await settle();
  await w.last().answer(answerOf(json, etag));
  await login;
  w.contacts.keep(username);
}

function held(contacts: Contacts, username: string): unknown {
  const copy = contacts.held(username);
  return copy === undefined ? undefined : contactsToJson(copy.list);
}

function adding(jid: string, name = "x"): (list: ContactList | undefined) => ContactList {
  return (list) => listOf({ ...(list === undefined ? {} : contactsToJson(list)), [jid]: { name } });
}

test("an edit is in force, durable and told; the ETag stands no longer, the application is not asked", async () => {
  const w = setUp();
  await online(w, "john", { "marie@example.com": {} }, '"v1"');
  const result = await w.contacts.update("john", adding("aaron@example.com"), "patch");
  assert.deepEqual(result.status === "ok" && result.added, ["aaron@example.com"]);
  assert.deepEqual(
    w.changes.at(-1)?.changes.map((change) => change.contact.jid),
    ["aaron@example.com"],
  );
  const copy = w.store.load("john");
  assert.equal(copy?.etag, undefined);
  assert.equal(copy?.source, "patch");
  assert.equal(copy?.version, w.contacts.current("john")?.version);
  assert.equal(w.calls.length, 1);
});

test("an edit may take its time: what comes after it sees what it made", async () => {
  const w = setUp();
  await online(w, "john", { "marie@example.com": {} });
  const gate = Promise.withResolvers<void>();
  const slow = w.contacts.update(
    "john",
    async (list) => {
      await gate.promise;
      return adding("slow@example.com")(list);
    },
    "patch",
  );
  const fast = w.contacts.update("john", adding("fast@example.com"), "patch");
  await settle();
  assert.deepEqual(held(w.contacts, "john"), { "marie@example.com": {} });
  gate.resolve();
  await Promise.all([slow, fast]);
  assert.deepEqual(Object.keys(held(w.contacts, "john") as object), [
    "marie@example.com",
    "slow@example.com",
    "fast@example.com",
  ]);
});

test("an edit that changes nothing leaves the ETag and tells nobody", async () => {
  const w = setUp();
  await online(w, "john", { "marie@example.com": {} }, '"v1"');
  const told = w.changes.length;
  await w.contacts.update("john", () => undefined, "patch");
  await w.contacts.update("john", (list) => listOf(contactsToJson(list ?? listOf({}))), "edges");
  assert.equal(w.contacts.held("john")?.etag, '"v1"');
  assert.equal(w.changes.length, told);
});

test("edits of one user are atomic: each sees what the one before made", async () => {
  const w = setUp();
  const edits = Array.from({ length: 20 }, (_, n) => w.contacts.update("john", adding(`c${n}@example.com`), "patch"));
  await Promise.all(edits);
  assert.equal(w.contacts.held("john")?.list.size, 20);
});

test("newest wins: a fetch begun before an edit brings its list, and the edit stays", async () => {
  const w = setUp();
  await online(w, "john", { "marie@example.com": {}, "old@example.com": {} }, '"v1"');
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.contacts.update("john", adding("aaron@example.com", "A"), "edges");
  await w.contacts.update(
    "john",
    (list) => listOf({ ...contactsToJson(list ?? listOf({})), "old@example.com": null }),
    "edges",
  );
  await w.last().answer(answerOf({ "marie@example.com": { name: "M" }, "old@example.com": {} }, '"v2"'));
  assert.equal((await refresh).status, "ok");
  assert.deepEqual(held(w.contacts, "john"), {
    "marie@example.com": { name: "M" },
    "aaron@example.com": { name: "A" },
  });
  assert.equal(w.contacts.held("john")?.etag, undefined);
});

test("newest wins: a fetch begun after an edit says how it is", async () => {
  const w = setUp();
  await online(w, "john", {});
  await w.contacts.update("john", adding("aaron@example.com"), "edges");
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.last().answer(answerOf({ "marie@example.com": {} }, '"v2"'));
  await refresh;
  assert.deepEqual(held(w.contacts, "john"), { "marie@example.com": {} });
  assert.equal(w.contacts.held("john")?.etag, '"v2"');
});

test("a fetch that begins while an edit is being stored sends no ETag: 304 would speak of another list", async () => {
  const gate = Promise.withResolvers<void>();
  const memory = memoryStorage({ clock: new FakeClock() }).contacts(DOMAIN);
  let isSlow = false;
  const w = setUp({
    store: {
      ...memory,
      async saveAll(saves) {
        if (isSlow) await gate.promise;
        await memory.saveAll(saves);
      },
    },
  });
  await online(w, "john", { "marie@example.com": {} }, '"v1"');
  isSlow = true;
  const edit = w.contacts.update("john", adding("aaron@example.com"), "edges");
  await settle();
  const refresh = w.contacts.refresh("john");
  await settle();
  assert.equal(w.last().etag, undefined);
  await w.last().answer(answerOf({ "marie@example.com": {} }, '"v1"'));
  gate.resolve();
  await Promise.all([edit, refresh]);
  assert.deepEqual(held(w.contacts, "john"), { "marie@example.com": {} });
});

test("put is the whole list: a fetch begun before it brings nothing", async () => {
  const w = setUp();
  await online(w, "john", {});
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.contacts.update("john", () => listOf({ "new@example.com": {} }), "put");
  await w.last().answer(answerOf({ "old@example.com": {} }));
  await refresh;
  assert.deepEqual(held(w.contacts, "john"), { "new@example.com": {} });
});

test("an edit that cannot be stored changes nothing and says so", async () => {
  const memory = memoryStorage({ clock: new FakeClock() }).contacts(DOMAIN);
  let isBroken = false;
  const errors: string[] = [];
  const w = setUp({
    store: {
      ...memory,
      saveAll: (saves) => (isBroken ? Promise.reject(new Error("disk full")) : memory.saveAll(saves)),
    },
    log: { ...silentLog, error: (text) => void errors.push(text) },
  });
  await online(w, "john", {});
  isBroken = true;
  const told = w.changes.length;
  const result = await w.contacts.update("john", adding("aaron@example.com"), "edges");
  assert.equal(result.status, "error");
  assert.equal(w.contacts.current("john")?.size, 0);
  assert.equal(w.changes.length, told);
  assert.equal(errors.length, 1);
});

test("an edit that throws is that call's failure; the next one goes on", async () => {
  const w = setUp();
  const broken = await w.contacts.update(
    "john",
    () => {
      throw new Error("no");
    },
    "patch",
  );
  assert.equal(broken.status, "error");
  assert.equal((await w.contacts.update("john", adding("aaron@example.com"), "patch")).status, "ok");
});

test("several lists change before anybody is told, and everybody is told", async () => {
  const w = setUp();
  await online(w, "john", { "marie@example.com": {} });
  await online(w, "aaron", {});
  w.changes.length = 0;
  const seen: unknown[] = [];
  w.contacts.onChange(() => {
    seen.push([held(w.contacts, "john"), held(w.contacts, "aaron")]);
  });
  const edits = new Map<string, ListEdit>([
    ["john", adding("aaron@example.com")],
    ["aaron", adding("john@example.com")],
    ["marie", () => undefined],
  ]);
  const results = await w.contacts.updateAll(edits, "edges");
  assert.deepEqual(
    [...results.values()].map((result) => result.status),
    ["ok", "ok", "ok"],
  );
  const both = [{ "marie@example.com": {}, "aaron@example.com": { name: "x" } }, { "john@example.com": { name: "x" } }];
  assert.deepEqual(seen, [both, both]);
  assert.deepEqual(
    w.changes.map((change) => change.username),
    ["john", "aaron"],
  );
  assert.equal(w.contacts.held("marie"), undefined);
});

test("who was never fetched gets a held copy that the next login asks about", async () => {
  const w = setUp();
  await w.contacts.update("john", adding("aaron@example.com"), "edges");
  assert.deepEqual(held(w.contacts, "john"), { "aaron@example.com": { name: "x" } });
  assert.equal(w.contacts.held("john")?.old, true);
  assert.equal(w.calls.length, 0);
  const login = w.contacts.login("john");
  await settle();
  await w.last().answer(answerOf({ "marie@example.com": {} }));
  await login;
  assert.deepEqual(held(w.contacts, "john"), { "marie@example.com": {} });
});

test("edits of several people that cross each other wait for one another, and none is lost", async () => {
  const w = setUp();
  const names = ["a", "b", "c", "d"];
  const all = [];
  for (const [n, one] of names.entries()) {
    for (const [m, other] of names.entries()) {
      if (one === other) continue;
      const jid = `c${n}${m}@example.com`;
      const edits = new Map([
        [one, adding(jid)],
        [other, adding(jid)],
      ]);
      all.push(w.contacts.updateAll(edits, "edges"));
    }
  }
  await Promise.all(all);
  for (const name of names) assert.equal(w.contacts.held(name)?.list.size, 6, name);
});

test("several lists are stored together or none is in force", async () => {
  const memory = memoryStorage({ clock: new FakeClock() }).contacts(DOMAIN);
  const w = setUp({
    store: {
      ...memory,
      saveAll: (saves) =>
        saves.some(({ username }) => username === "b") ? Promise.reject(new Error("no")) : memory.saveAll(saves),
    },
  });
  await online(w, "a", {});
  const results = await w.contacts.updateAll(
    new Map([
      ["a", adding("b@example.com")],
      ["b", adding("a@example.com")],
    ]),
    "edges",
  );
  assert.deepEqual(
    [...results.values()].map((result) => result.status),
    ["error", "error"],
  );
  assert.equal(w.contacts.current("a")?.size, 0);
});

test("a refresh of somebody offline whose list is being edited marks it old, and asks nobody", async () => {
  const w = setUp();
  await w.contacts.update("john", () => listOf({}), "put");
  assert.equal(w.contacts.held("john")?.old, false);
  const edit = w.contacts.update("john", adding("aaron@example.com"), "edges");
  await w.contacts.refresh("john");
  await edit;
  assert.equal(w.calls.length, 0);
  assert.equal(w.contacts.held("john")?.old, true);
  assert.equal(w.contacts.held("john")?.list.size, 1);
});

test("who is online without a list goes by an edit, and the application is still asked", async () => {
  const w = setUp();
  const login = w.contacts.login("john");
  w.contacts.keep("john");
  await settle();
  await w.last().answer(failure("refused", "no", "sick"));
  await login;
  assert.equal(w.contacts.current("john"), null);
  await w.contacts.update("john", adding("aaron@example.com"), "edges");
  assert.equal(w.changes.at(-1)?.before, null);
  assert.equal(w.contacts.current("john")?.size, 1);
  await w.clock.advance(5000);
  await w.last().answer(answerOf({ "marie@example.com": {} }));
  assert.deepEqual(held(w.contacts, "john"), { "marie@example.com": {} });
});
