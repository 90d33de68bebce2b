import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import type { LogFields } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { memoryStorage } from "../storage/memory.ts";
import { createContacts } from "./cache.ts";
import type { Contacts, ListChange, RefreshResult } from "./contacts.ts";
import { ContactsMetrics } from "./contacts-metrics.ts";
import { readContacts } from "./contract.ts";
import { type Answer, failure, type Source } from "./source.ts";
import type { ContactsStore } from "./store.ts";

const DOMAIN = "example.com";
const SICK = failure("status", "the application answered 500", "sick");

interface Call {
  readonly username: string;
  readonly etag: string | undefined;
  answer(answer: Answer): Promise<void>;
}

/** The application: each question waits in `calls` until the test answers, or `auto` does at once. */
class App implements Source {
  readonly calls: Call[] = [];
  auto: ((username: string) => Answer) | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  ask(username: string, etag: string | undefined, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const answer = async (given: Answer): Promise<void> => {
      resolve(given);
      await settle();
    };
    this.calls.push({ username, etag, answer });
    signal.addEventListener("abort", () => resolve(failure("failed", "the server is closing")));
    if (this.auto !== undefined) resolve(this.auto(username));
    return promise;
  }

  list(json: unknown, more: { etag?: string; maxAge?: number; staleIfError?: number } = {}): Answer {
    const reading = readContacts(json, { owner: `john@${DOMAIN}`, now: this.#clock.now() });
    assert.ok(reading.ok);
    const { etag, maxAge = 0, staleIfError } = more;
    return { kind: "list", ...reading, etag, freshness: { maxAge, staleIfError } };
  }

  get last(): Call {
    const call = this.calls.at(-1);
    assert.ok(call !== undefined, "the application was not asked");
    return call;
  }
}

interface World {
  readonly clock: FakeClock;
  readonly app: App;
  readonly store: ContactsStore;
  readonly contacts: Contacts;
  readonly changes: ListChange[];
  readonly logged: { level: string; text: string; fields: LogFields | undefined }[];
  readonly metrics: Metrics;
}

interface Given {
  readonly store?: ContactsStore;
  readonly notFound?: "error" | "empty";
  readonly concurrency?: number;
  readonly clock?: FakeClock;
}

function world(given: Given = {}): World {
  const clock = given.clock ?? new FakeClock();
  const app = new App(clock);
  const store = given.store ?? memoryStorage({ clock }).contacts(DOMAIN);
  const logged: World["logged"] = [];
  const note = (level: string) => (text: string, fields?: LogFields) => void logged.push({ level, text, fields });
  const metrics = new Metrics();
  const contacts = createContacts({
    domain: DOMAIN,
    source: app,
    store,
    concurrency: given.concurrency ?? 64,
    notFound: given.notFound ?? "error",
    clock,
    log: { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") },
    metrics: new ContactsMetrics(metrics),
  });
  const changes: ListChange[] = [];
  contacts.onChange((change) => changes.push(change));
  return { clock, app, store, contacts, changes, logged, metrics };
}

/** john is logged in with these contacts. */
async function online(w: World, json: unknown, more?: Parameters<App["list"]>[1]): Promise<void> {
  const login = w.contacts.login("john");
  await settle();
  await w.app.last.answer(w.app.list(json, more));
  await login;
  w.contacts.keep("john");
}

const jids = (w: World): string[] | null => {
  const list = w.contacts.current("john");
  return list === null ? null : [...list].map((contact) => contact.jid);
};

const told = (w: World): string[] => w.changes.flatMap((c) => c.changes.map((x) => `${x.kind} ${x.contact.jid}`));

/** Whether a promise has settled by now, and to what. */
async function peek<T>(promise: Promise<T>): Promise<T | "pending"> {
  await settle();
  return Promise.race([promise, Promise.resolve("pending" as const)]);
}

const MARIE = { "marie@example.com": { name: "Marie" } };
const BOTH = { ...MARIE, "aaron@example.com": {} };

test("G3: the application is asked at login, and the list is there when login settles", async () => {
  const w = world();
  const login = w.contacts.login("john");
  await settle();
  assert.equal(w.app.calls.length, 1);
  assert.equal(w.contacts.current("john"), null);
  assert.equal(await peek(login), "pending");
  await w.app.last.answer(w.app.list(MARIE));
  await login;
  assert.deepEqual(jids(w), ["marie@example.com"]);
});

test("A7: two logins at the same moment share a fetch", async () => {
  const w = world();
  const logins = [w.contacts.login("john"), w.contacts.login("john")];
  await settle();
  await w.app.last.answer(w.app.list(MARIE));
  await Promise.all(logins);
  assert.equal(w.app.calls.length, 1);
});

test("contract §1: while max-age lasts no login asks", async () => {
  const w = world();
  await online(w, MARIE, { maxAge: 60_000 });
  await w.clock.advance(59_999);
  await w.contacts.login("john");
  assert.equal(w.app.calls.length, 1);
  await w.clock.advance(1);
  void w.contacts.login("john");
  await settle();
  assert.equal(w.app.calls.length, 2);
});

test("G30: the ETag of the copy is sent, 304 keeps the list and renews its freshness", async () => {
  const w = world();
  await online(w, MARIE, { etag: '"v1"', maxAge: 60_000 });
  const refresh = w.contacts.refresh("john");
  await settle();
  assert.equal(w.app.last.etag, '"v1"');
  await w.clock.advance(5000);
  await w.app.last.answer({ kind: "not-modified", freshness: undefined });
  assert.deepEqual(await refresh, {
    status: "ok",
    added: [],
    changed: [],
    removed: [],
    source: "app",
    stale: false,
    problems: [],
  });
  assert.equal(w.contacts.held("john")?.freshUntil, w.clock.now() + 60_000);
  assert.deepEqual(w.changes, []);
});

test("contract §4: a refresh tells what it added, changed and removed, after the listeners have run", async () => {
  const w = world();
  await online(w, { ...MARIE, "old@example.com": {} });
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list({ "marie@example.com": { name: "Maria" }, "new@example.com": {} }));
  const result = await refresh;
  assert.ok(result.status === "ok");
  assert.deepEqual(result.added, ["new@example.com"]);
  assert.deepEqual(result.changed, ["marie@example.com"]);
  assert.deepEqual(result.removed, ["old@example.com"]);
  assert.deepEqual(told(w), ["changed marie@example.com", "added new@example.com", "removed old@example.com"]);
});

test("G18: a refresh is never answered by a fetch begun before it; all later ones share the following", async () => {
  const w = world();
  await online(w, MARIE);
  const login = w.contacts.login("john");
  await settle();
  const slow = w.app.last;
  const refreshes = [w.contacts.refresh("john"), w.contacts.refresh("john"), w.contacts.refresh("john")];
  await settle();
  assert.equal(w.app.calls.length, 2);
  await slow.answer(w.app.list({ "old@example.com": {} }));
  await login;
  assert.equal(await peek(Promise.all(refreshes)), "pending");
  assert.equal(w.app.calls.length, 3);
  await w.app.last.answer(w.app.list(BOTH));
  for (const result of await Promise.all(refreshes)) assert.equal(result.status, "ok");
  assert.equal(w.app.calls.length, 3);
  assert.deepEqual(jids(w), ["marie@example.com", "aaron@example.com"]);
});

test("G18: a slow older answer never overwrites a newer list that was set by other means", async () => {
  const w = world();
  await online(w, MARIE);
  void w.contacts.login("john");
  await settle();
  const newer = w.app.list(BOTH);
  assert.ok(newer.kind === "list");
  assert.equal((await w.contacts.update("john", () => newer.list, "put")).status, "ok");
  await w.app.last.answer(w.app.list({ "old@example.com": {} }));
  assert.deepEqual(jids(w), ["marie@example.com", "aaron@example.com"]);
  assert.equal(w.contacts.held("john")?.source, "put");
  assert.equal(w.contacts.held("john")?.etag, undefined);
});

test("a refresh joins a fetch that still waits in the queue", async () => {
  const w = world({ concurrency: 1 });
  void w.contacts.login("other");
  const login = w.contacts.login("john");
  const refresh = w.contacts.refresh("john");
  await settle();
  assert.deepEqual(
    w.app.calls.map((call) => call.username),
    ["other"],
  );
  await w.app.last.answer(w.app.list({}));
  await w.app.last.answer(w.app.list(MARIE));
  await login;
  assert.equal((await refresh).status, "ok");
  assert.equal(w.app.calls.length, 2);
});

test("G29: at most so many fetches are under way, in order", async () => {
  const w = world({ concurrency: 2 });
  const names = ["a", "b", "c", "d"];
  for (const name of names) void w.contacts.login(name);
  await settle();
  assert.equal(w.app.calls.length, 2);
  for (let n = 0; n < 4; n++) await w.app.calls[n]?.answer(w.app.list({}));
  assert.deepEqual(
    w.app.calls.map((call) => call.username),
    names,
  );
});

test("A14, G20: who is offline is marked old without a fetch, and the next login asks whatever max-age said", async () => {
  const w = world();
  await online(w, MARIE, { maxAge: 3_600_000 });
  w.contacts.release("john");
  const result = await w.contacts.refresh("john");
  assert.ok(result.status === "ok" && result.source === "none");
  assert.equal(w.app.calls.length, 1);
  assert.equal(w.contacts.held("john")?.old, true);
  void w.contacts.login("john");
  await settle();
  assert.equal(w.app.calls.length, 2);
  await w.app.last.answer(w.app.list(BOTH, { maxAge: 3_600_000 }));
  assert.equal(w.contacts.held("john")?.old, false);
});

test("a refresh between login and binding is not lost", async () => {
  const w = world();
  const login = w.contacts.login("john");
  await settle();
  await w.app.last.answer(w.app.list(MARIE));
  await login;
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(BOTH));
  assert.equal((await refresh).status, "ok");
  w.contacts.keep("john");
  assert.deepEqual(jids(w), ["marie@example.com", "aaron@example.com"]);
});

test("who logs in and never binds is forgotten", async () => {
  const w = world();
  const login = w.contacts.login("john");
  await settle();
  await w.app.last.answer(w.app.list(MARIE));
  await login;
  await w.clock.advance(61_000);
  assert.equal(w.contacts.current("john"), null);
  assert.equal(w.clock.pending, 0);
});

test("G6, G7: the application fails: the last good copy is served after a restart, marked stale", async () => {
  const before = world();
  await online(before, MARIE, { etag: '"v1"' });
  await before.contacts.close();
  const w = world({ store: before.store, clock: before.clock });
  const login = w.contacts.login("john");
  await settle();
  assert.equal(w.app.last.etag, '"v1"');
  await w.app.last.answer(SICK);
  await login;
  assert.deepEqual(jids(w), ["marie@example.com"]);
  assert.equal(w.contacts.held("john")?.stale, true);
  assert.match((await w.metrics.render()).body, /kith_contacts_stale 1/);
});

test("RFC 5861 §4: a copy older than stale-if-error stands in for nothing", async () => {
  const w = world();
  await online(w, MARIE, { maxAge: 1000, staleIfError: 5000 });
  w.contacts.release("john");
  await w.clock.advance(6000);
  const login = w.contacts.login("john");
  await settle();
  await w.app.last.answer(SICK);
  await login;
  assert.equal(w.contacts.current("john"), null);
});

test("a list that sessions go by is not taken away when stale-if-error ends", async () => {
  const w = world();
  await online(w, MARIE, { staleIfError: 0 });
  await w.clock.advance(10_000);
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(SICK);
  assert.deepEqual(await refresh, {
    status: "error",
    failure: "status",
    message: "the application answered 500",
    stale: true,
  });
  assert.deepEqual(jids(w), ["marie@example.com"]);
  assert.deepEqual(w.changes, []);
});

test("contract §2: an application that hangs is asked again every 5 s while someone waits", async () => {
  const w = world();
  const login = w.contacts.login("john");
  await settle();
  w.contacts.keep("john");
  const began: number[] = [];
  for (let seconds = 0; seconds < 30; seconds++) {
    if (w.app.calls.length > began.length) began.push(w.clock.now());
    const last = began.at(-1) ?? 0;
    if (w.clock.now() - last >= 5000) await w.app.last.answer(failure("timeout", "no answer within 5 s", "sick"));
    if (w.app.calls.length > began.length) began.push(w.clock.now());
    await w.clock.advance(1000);
  }
  await login;
  const gaps = began.slice(1).map((at, index) => at - (began[index] ?? 0));
  assert.ok(gaps.length >= 5 && gaps.every((gap) => gap <= 5000), `asked again after ${gaps.join(", ")} ms`);
});

test("contract §2: without a copy the application is asked again within 5 s, and the list comes by itself", async () => {
  const w = world();
  const login = w.contacts.login("john");
  w.contacts.keep("john");
  await settle();
  await w.app.last.answer(SICK);
  await login;
  assert.equal(w.contacts.current("john"), null);
  await w.clock.advance(5000);
  assert.equal(w.app.calls.length, 2);
  await w.app.last.answer(SICK);
  await w.clock.advance(5000);
  await w.app.last.answer(w.app.list(MARIE));
  assert.deepEqual(
    w.changes.map((change) => change.before),
    [null],
  );
  assert.deepEqual(told(w), ["added marie@example.com"]);
  await w.clock.advance(60_000);
  assert.equal(w.app.calls.length, 3);
});

test("G5: an application that says nothing: login settles within 12 s, the list follows when it comes", async () => {
  const w = world();
  const login = w.contacts.login("john");
  w.contacts.keep("john");
  await w.clock.advance(12_000);
  assert.equal(await peek(login), undefined);
  assert.equal(w.contacts.current("john"), null);
  await w.app.last.answer(w.app.list(MARIE));
  assert.deepEqual(jids(w), ["marie@example.com"]);
});

test("G5: a refresh is answered within 12 s, whatever happens", async () => {
  const w = world();
  await online(w, MARIE);
  const refresh = w.contacts.refresh("john");
  const dry = w.contacts.refresh("john", { dryRun: true });
  await w.clock.advance(12_000);
  for (const result of [await peek(refresh), await peek(dry)]) {
    assert.ok(result !== "pending" && result.status === "error" && result.failure === "timeout");
  }
});

test("G36: the user leaves between fetch and answer: the answer comes, the copy is kept, nobody is told", async () => {
  const w = world();
  await online(w, MARIE);
  const refresh = w.contacts.refresh("john");
  await settle();
  w.contacts.release("john");
  await w.app.last.answer(w.app.list(BOTH));
  assert.equal((await refresh).status, "ok");
  assert.deepEqual(w.changes, []);
  assert.equal(w.contacts.current("john"), null);
  assert.equal(w.contacts.held("john")?.list.size, 2);
});

test("contract §1: 404 is an empty list where there is no copy, else a failed fetch", async () => {
  const w = world();
  const login = w.contacts.login("john");
  await settle();
  await w.app.last.answer({ kind: "not-found" });
  await login;
  w.contacts.keep("john");
  assert.deepEqual(jids(w), []);
  let refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(MARIE));
  await refresh;
  refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer({ kind: "not-found" });
  assert.equal((await refresh).status, "error");
  assert.deepEqual(jids(w), ["marie@example.com"]);
});

test('contract §1: with notFound "empty" a 404 is an empty list always', async () => {
  const w = world({ notFound: "empty" });
  await online(w, MARIE);
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer({ kind: "not-found" });
  assert.equal((await refresh).status, "ok");
  assert.deepEqual(told(w), ["removed marie@example.com"]);
});

test("contract §1: who cannot be addressed has an empty list with that problem", async () => {
  const w = world();
  w.app.auto = () => ({ kind: "unaddressable" });
  await w.contacts.login("..");
  assert.equal(w.contacts.current("..")?.size, 0);
  assert.deepEqual(
    w.contacts.held("..")?.problems.map((problem) => problem.code),
    ["unaddressable"],
  );
});

test("contract §1: until: the contact ends by itself within 1 s, and the ETag no longer stands", async () => {
  const w = world();
  const until = new Date(w.clock.now() + 90_000).toISOString();
  await online(w, { ...MARIE, "guest@example.com": { until } }, { etag: '"v1"' });
  await w.clock.advance(89_000);
  assert.deepEqual(w.changes, []);
  await w.clock.advance(2000);
  assert.deepEqual(told(w), ["removed guest@example.com"]);
  const held = w.contacts.held("john");
  assert.equal(held?.etag, undefined);
  assert.equal(held?.source, "until");
  assert.equal(w.store.load("john")?.contacts.includes("guest"), false);
  assert.equal(w.app.calls.length, 1);
});

test("until: what ended while nobody was online is not in the copy that is loaded", async () => {
  const w = world();
  const until = new Date(w.clock.now() + 60_000).toISOString();
  await online(w, { ...MARIE, "guest@example.com": { until } }, { etag: '"v1"' });
  w.contacts.release("john");
  await w.clock.advance(61_000);
  assert.deepEqual(
    [...(w.contacts.held("john")?.list ?? [])].map((c) => c.jid),
    ["marie@example.com"],
  );
  void w.contacts.login("john");
  await settle();
  assert.equal(w.app.last.etag, undefined);
});

test("until: a refresh can put the end off", async () => {
  const w = world();
  const at = (ms: number) => ({ "guest@example.com": { until: new Date(w.clock.now() + ms).toISOString() } });
  await online(w, at(10_000));
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(at(20_000)));
  await refresh;
  assert.deepEqual(told(w), []);
  await w.clock.advance(15_000);
  assert.deepEqual(jids(w), ["guest@example.com"]);
  await w.clock.advance(6000);
  assert.deepEqual(jids(w), []);
});

test("contract §4: a dry run fetches whoever it is, keeps nothing and tells nobody", async () => {
  const w = world();
  await online(w, MARIE, { maxAge: 60_000 });
  const dry = w.contacts.refresh("john", { dryRun: true });
  await settle();
  await w.app.last.answer(w.app.list(BOTH));
  const result = await dry;
  assert.ok(result.status === "ok");
  assert.deepEqual(result.added, ["aaron@example.com"]);
  assert.deepEqual(jids(w), ["marie@example.com"]);
  assert.deepEqual(w.changes, []);
  w.app.auto = () => w.app.list(MARIE);
  const offline = await w.contacts.refresh("ghost", { dryRun: true });
  assert.ok(offline.status === "ok" && offline.source === "app");
  assert.equal(w.contacts.held("ghost"), undefined);
});

test("contract §1: the list is durable before anybody hears of it", async () => {
  const clock = new FakeClock();
  const inner = memoryStorage({ clock }).contacts(DOMAIN);
  const gate = Promise.withResolvers<void>();
  let slow = false;
  const store: ContactsStore = { ...inner, saveAll: (saves) => (slow ? gate.promise : inner.saveAll(saves)) };
  const w = world({ store, clock });
  await online(w, MARIE);
  slow = true;
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(BOTH));
  assert.equal(await peek(refresh), "pending");
  assert.deepEqual(w.changes, []);
  gate.resolve();
  assert.equal((await refresh).status, "ok");
  assert.deepEqual(told(w), ["added aaron@example.com"]);
});

test("a store that fails: the list is in force, the refresh says so, a human hears of it", async () => {
  const clock = new FakeClock();
  const store: ContactsStore = {
    ...memoryStorage({ clock }).contacts(DOMAIN),
    saveAll: () => Promise.reject(new Error("disk full")),
    markOld: () => Promise.reject(new Error("disk full")),
  };
  const w = world({ store, clock });
  await online(w, MARIE);
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(BOTH));
  const results = [await refresh, await w.contacts.refresh("offline")];
  assert.deepEqual(
    results.map((result) => result.status),
    ["error", "error"],
  );
  assert.equal(w.contacts.current("john")?.size, 2);
  assert.ok(w.logged.some((line) => line.level === "error"));
});

test("a damaged copy in storage is no copy, and is logged", async () => {
  const clock = new FakeClock();
  const good = world({ clock });
  await online(good, MARIE);
  const copy = good.store.load("john");
  assert.ok(copy !== undefined);
  const store: ContactsStore = { ...good.store, load: () => ({ ...copy, contacts: "damaged" }) };
  const w = world({ store, clock });
  assert.equal(w.contacts.held("john"), undefined);
  assert.ok(w.logged.some((line) => line.level === "error"));
});

test("G8: a source or a listener that throws leaves nobody without an answer", async () => {
  const w = world();
  await online(w, MARIE);
  w.contacts.onChange(() => {
    throw new Error("listener");
  });
  const heard: string[] = [];
  w.contacts.onChange((change) => heard.push(change.username));
  const refresh = w.contacts.refresh("john");
  await settle();
  await w.app.last.answer(w.app.list(BOTH));
  assert.equal((await refresh).status, "ok");
  assert.deepEqual(heard, ["john"]);
  w.app.auto = () => {
    throw new Error("source");
  };
  assert.equal((await w.contacts.refresh("john")).status, "error");
});

test("contract §1: the breaker spares a sick application; a refresh is always tried, and success brings all back", async () => {
  const w = world();
  w.app.auto = () => SICK;
  for (let n = 0; n < 25; n++) {
    void w.contacts.login(`user${n}`);
    w.contacts.keep(`user${n}`);
  }
  await settle();
  assert.equal(w.app.calls.length, 25);
  await w.contacts.login("late");
  assert.equal(w.app.calls.length, 25);
  assert.match((await w.metrics.render()).body, /kith_contacts_breaker_open 1/);
  const before = w.app.calls.length;
  await w.clock.advance(10_000);
  assert.ok(w.app.calls.length - before <= 10, "one probe a second");
  assert.ok(w.app.calls.length - before >= 2);
  w.app.auto = (username) => w.app.list({ [`friend-of-${username}@example.com`]: {} });
  assert.equal((await w.contacts.refresh("user0")).status, "ok");
  await settle();
  for (let n = 0; n < 25; n++) assert.equal(w.contacts.current(`user${n}`)?.size, 1);
});

test("G32: problems are logged and counted, naming member and contact, never the list", async () => {
  const w = world();
  await online(w, { ...MARIE, "bad@example.com": { name: 5 } });
  const line = w.logged.find((entry) => entry.text === "contacts with problems");
  assert.deepEqual(line?.fields, {
    user: "john",
    domain: DOMAIN,
    count: 1,
    first: [{ code: "wrong-type", contact: "bad@example.com", member: "name" }],
  });
  assert.doesNotMatch(JSON.stringify(w.logged), /marie|Marie/i);
  assert.match((await w.metrics.render()).body, /kith_contacts_problems_total\{code="wrong-type"\} 1/);
});

test("close ends flights and timers, and everything settles", async () => {
  const w = world();
  await online(w, { "guest@example.com": { until: new Date(w.clock.now() + 60_000).toISOString() } });
  const pending: Promise<unknown>[] = [
    w.contacts.login("marie"),
    w.contacts.refresh("john"),
    w.contacts.refresh("john"),
  ];
  await settle();
  await w.contacts.close();
  await Promise.all(pending);
  assert.equal(w.clock.pending, 0);
  assert.equal((await w.contacts.refresh("john")).status, "error");
  assert.equal(w.store.load("john")?.stale, false);
});

test("many names: who is offline is marked in slices, in one statement each, and who is online is asked for", async () => {
  const clock = new FakeClock();
  const inner = memoryStorage({ clock }).contacts(DOMAIN);
  const slices: number[] = [];
  const store: ContactsStore = {
    ...inner,
    markOld: (names) => {
      slices.push(names.length);
      return inner.markOld(names);
    },
  };
  const w = world({ store, clock });
  await online(w, MARIE);
  w.app.auto = () => w.app.list(BOTH);
  const names = Array.from({ length: 12_000 }, (_, n) => `user${n}`);
  const results = await w.contacts.refreshMany([...names, "john"]);
  assert.deepEqual(slices, [2500, 2500, 2500, 2500, 2000]);
  assert.equal(results.size, 12_001);
  const john: RefreshResult | undefined = results.get("john");
  assert.ok(john?.status === "ok" && john.source === "app");
});
