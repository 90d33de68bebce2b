import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { type Log, type LogFields, silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { memoryStorage } from "../storage/memory.ts";
import { batchSource } from "./batch-source.ts";
import { createContacts } from "./cache.ts";
import { ContactsMetrics } from "./contacts-metrics.ts";
import { contactsToJson } from "./contract.ts";
import { type Fetch, FetchError } from "./fetch.ts";
import { signedPost } from "./signed-post.ts";

const DOMAIN = "example.com";

type Reply =
  | { readonly status?: number; readonly body: string; readonly headers?: Record<string, string> }
  | FetchError;

/** The application answers each call by `reply`, which is given the users asked for. */
function setUp(reply: (users: string[]) => Reply, more: { users?: number; maxBytes?: number } = {}) {
  const clock = new FakeClock();
  const calls: string[][] = [];
  const fetch: Fetch = async (request) => {
    const { users } = JSON.parse(request.body ?? "") as { users: string[] };
    calls.push(users);
    const answer = reply(users);
    if (answer instanceof FetchError) throw answer;
    if (answer.body.length > request.maxBytes) throw new FetchError("too-large", "too large");
    return {
      status: answer.status ?? 200,
      header: (name) => answer.headers?.[name],
      body: Buffer.from(answer.body),
    };
  };
  const logged: [string, LogFields | undefined][] = [];
  const log: Log = { ...silentLog, warn: (text, fields) => void logged.push([text, fields]) };
  const metrics = new Metrics();
  const contacts = createContacts({
    domain: DOMAIN,
    source: batchSource({
      domain: DOMAIN,
      url: "http://app.example/batch",
      post: signedPost({ fetch, clock, random: () => 0, secret: undefined, bearer: undefined, userAgent: "Kith" }),
      clock,
      yieldNow: () => Promise.resolve(),
      timeout: 5000,
      maxBytes: more.maxBytes ?? 1_000_000,
      users: more.users ?? 500,
      delay: 5,
    }),
    store: memoryStorage({ clock }).contacts(DOMAIN),
    concurrency: 64,
    notFound: "error",
    clock,
    log,
    metrics: new ContactsMetrics(metrics),
  });
  return { clock, calls, logged, contacts, metrics };
}

type World = ReturnType<typeof setUp>;

async function login(w: World, ...usernames: string[]): Promise<void> {
  const logins = usernames.map((username) => w.contacts.login(username));
  await w.clock.advance(1000);
  await Promise.all(logins);
  for (const username of usernames) w.contacts.keep(username);
}

function held(w: World, username: string): unknown {
  const copy = w.contacts.held(username);
  return copy === undefined ? undefined : contactsToJson(copy.list);
}

const everybody = (users: string[]): Reply => ({
  body: JSON.stringify(Object.fromEntries(users.map((user) => [user, { "marie@example.com": { name: user } }]))),
});

test("contract §1, batch: wants of a few milliseconds go out together, one alone after the delay", async () => {
  const w = setUp(everybody);
  const first = w.contacts.login("john");
  await w.clock.advance(4);
  assert.equal(w.calls.length, 0);
  const second = w.contacts.login("aaron");
  await w.clock.advance(1);
  await Promise.all([first, second]);
  assert.deepEqual(w.calls, [["john", "aaron"]]);
  assert.deepEqual(held(w, "aaron"), { "marie@example.com": { name: "aaron" } });
});

test("contract §1, batch: a refresh of 10 000 people online is twenty calls", async () => {
  const w = setUp(everybody);
  const names = Array.from({ length: 10_000 }, (_, n) => `u${n}`);
  await login(w, ...names);
  w.calls.length = 0;
  const refresh = w.contacts.refreshMany(names);
  await w.clock.advance(1000);
  const results = await refresh;
  assert.equal([...results.values()].filter((result) => result.status === "ok").length, 10_000);
  assert.equal(w.calls.length, 20);
});

test("contract §1, batch: a missing user is that user's failure alone, null is that user's 404", async () => {
  const w = setUp(() => ({
    body: JSON.stringify({
      john: {},
      ghost: null,
      odd: "text",
      php: [],
      more: {},
      ok: { "not a jid": {}, "a@b.example": {} },
    }),
  }));
  await login(w, "john", "ghost", "odd", "php", "ok", "absent", "__proto__");
  assert.deepEqual(
    ["john", "ghost", "odd", "php", "ok", "absent", "__proto__"].map((user) => held(w, user)),
    [{}, {}, undefined, {}, { "a@b.example": {} }, undefined, undefined],
  );
  assert.deepEqual(
    w.contacts.held("ok")?.problems.map((problem) => problem.code),
    ["not-a-jid"],
  );
  const failures = w.logged.filter(([text]) => text === "contacts could not be fetched").map(([, fields]) => fields);
  assert.deepEqual(
    failures.map((fields) => [fields?.["user"], fields?.["failure"]]),
    [
      ["odd", "not-an-object"],
      ["absent", "missing"],
      ["__proto__", "missing"],
    ],
  );
});

test("contract §1, batch: `.`, `..` and names of members of objects are names like others", async () => {
  const w = setUp((users) => ({
    body: `{${users.map((user) => `${JSON.stringify(user)}:{"a@b.example":{}}`).join()}}`,
  }));
  const names = [".", "..", "__proto__", "constructor", "q?x=1"];
  await login(w, ...names);
  for (const name of names) assert.deepEqual(held(w, name), { "a@b.example": {} }, name);
});

test("contract §1, batch: a 404 of one who has a copy is a failed fetch", async () => {
  let list: unknown = { "a@b.example": {} };
  const w = setUp(() => ({ body: JSON.stringify({ john: list }) }));
  await login(w, "john");
  list = null;
  const refresh = w.contacts.refresh("john");
  await w.clock.advance(100);
  assert.equal((await refresh).status, "error");
  assert.deepEqual(held(w, "john"), { "a@b.example": {} });
});

test("a call that fails is everybody's failure, logged once, with the retry of a single fetch", async () => {
  const w = setUp(() => ({ status: 503, body: "" }));
  await login(w, "john", "aaron", "marie");
  assert.equal(w.calls.slice(0, 2).length, 2);
  assert.deepEqual(w.calls[0], w.calls[1]);
  const [logged] = w.logged;
  assert.deepEqual([logged?.[1]?.["users"], logged?.[1]?.["failure"]], [3, "status"]);
  for (const reply of ["null", "[1]", "7", '"x"', "{", ""]) {
    const other = setUp(() => ({ body: reply }));
    await login(other, "john");
    assert.equal(other.contacts.held("john"), undefined, reply);
  }
});

test("the breaker counts calls, and a batch is one", async () => {
  const w = setUp(() => new FetchError("failed", "gone"));
  const names = Array.from({ length: 50 }, (_, n) => `u${n}`);
  await login(w, ...names);
  assert.equal((await w.metrics.render()).body.includes("kith_contacts_breaker_open 0"), true);
  for (let turn = 0; turn < 20; turn++) {
    const refresh = w.contacts.refreshMany(names);
    await w.clock.advance(10);
    await refresh;
  }
  assert.equal((await w.metrics.render()).body.includes("kith_contacts_breaker_open 1"), true);
  const before = w.calls.length;
  void w.contacts.login("new");
  void w.contacts.login("newer");
  await w.clock.advance(6);
  assert.ok(w.calls.length <= before + 1, "while it is open one probe a second goes out");
});

test("lists that are too large together are asked for in smaller calls", async () => {
  const w = setUp(
    (users) => ({
      body: JSON.stringify(Object.fromEntries(users.map((user) => [user, { [`${"x".repeat(100)}@b.example`]: {} }]))),
    }),
    { maxBytes: 1000 },
  );
  const names = Array.from({ length: 40 }, (_, n) => `u${n}`);
  await login(w, ...names);
  for (const name of names) assert.notEqual(w.contacts.held(name), undefined, name);
  assert.ok(w.calls.length < 16, String(w.calls.length));
});

test("one whose list alone is too large fails alone, and the calls of the others stay large", async () => {
  const w = setUp(
    (users) => ({
      body: users.includes("u1999")
        ? "x".repeat(100_001)
        : JSON.stringify(Object.fromEntries(users.map((u) => [u, {}]))),
    }),
    { maxBytes: 100_000 },
  );
  const names = Array.from({ length: 2000 }, (_, n) => `u${n}`);
  await login(w, ...names);
  for (let round = 0; round < 3; round++) {
    const before = w.calls.length;
    const refreshed = w.contacts.refreshMany(names);
    await w.clock.advance(1000);
    const failed = [...(await refreshed)].filter(([, result]) => result.status === "error").map(([name]) => name);
    assert.deepEqual(failed, ["u1999"]);
    assert.ok(w.calls.length - before < 40, String(w.calls.length - before));
  }
});

test("large answers are read in parts, and the Cache-Control of the answer holds for all", async () => {
  const list = Object.fromEntries(
    Array.from({ length: 3000 }, (_, n) => [`c${n}@b.example`, { name: "n".repeat(100) }]),
  );
  const w = setUp(() => ({
    body: JSON.stringify({ john: list, aaron: list, marie: null }),
    headers: { "cache-control": "max-age=60" },
  }));
  await login(w, "john", "aaron", "marie");
  assert.equal(w.contacts.held("john")?.list.size, 3000);
  assert.equal(w.contacts.held("aaron")?.list.size, 3000);
  await login(w, "john");
  assert.equal(w.calls.length, 1);
});

test("closing settles what waits", async () => {
  const w = setUp(everybody);
  const waiting = w.contacts.login("john");
  await settle();
  await w.contacts.close();
  await waiting;
  assert.equal(w.calls.length, 0);
  assert.equal(w.clock.pending, 0);
});
