import assert from "node:assert/strict";
import { test } from "node:test";
import { type HttpWorld, heldCopy, httpWorld, onlineResource, TOKEN } from "../../../test/support/http.ts";
import { countRefresh } from "../../contacts/done-refresh.ts";
import { ContactsWatch } from "../../contacts/watch.ts";
import type { OnlineResource } from "../../sessions/host.ts";
import type { AdminOptions } from "./options.ts";

const ADMIN = "opens-the-page";
const START = Date.UTC(2026, 0, 1);
const HTML = { accept: "text/html,application/xhtml+xml" };

function phone(): OnlineResource {
  return onlineResource("phone", { show: "away", priority: 5, since: START });
}

interface AdminWorld extends HttpWorld {
  readonly watch: ContactsWatch;
  readonly online: Set<string>;
  ask(path: string, token?: string): Promise<Response>;
  json(path: string): Promise<Record<string, unknown>>;
}

function adminWorld(more: Partial<AdminOptions> = {}, names: readonly string[] = ["localhost"]): AdminWorld {
  const online = new Set<string>();
  const clock = { now: () => START + 60_000, after: () => ({ cancel: () => undefined }) };
  const watch = new ContactsWatch(clock);
  const admin: AdminOptions = {
    tokens: [ADMIN],
    version: "1.2.3",
    startedAt: START,
    watches: new Map(names.map((name) => [name, watch])),
    people: () => online,
    ...more,
  };
  const world = httpWorld({ admin, names, online: (jid) => (online.has(jid.split("@")[0] ?? "") ? [phone()] : []) });
  const ask = (path: string, token = ADMIN): Promise<Response> =>
    world.get(`/admin/api/${path}`, { authorization: `Bearer ${token}` });
  return {
    ...world,
    watch,
    online,
    ask,
    async json(path) {
      const response = await ask(path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("cache-control"), "no-store");
      return (await response.json()) as Record<string, unknown>;
    },
  };
}

test("the page: 401 and a form for a browser, words for a program, 200 with either token; nothing from elsewhere", async () => {
  const world = adminWorld();
  const form = await world.get("/admin", HTML);
  assert.equal(form.status, 401);
  assert.equal(form.headers.get("www-authenticate"), 'Bearer realm="kith"');
  const words = await world.get("/admin", {});
  assert.equal(words.status, 401);
  assert.equal(words.headers.get("content-type"), "application/problem+json");
  for (const token of [ADMIN, TOKEN]) {
    const page = await world.get("/admin", { authorization: `Bearer ${token}`, ...HTML });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    const policy = page.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    const html = await page.text();
    assert.doesNotMatch(html, /<style|style=|<script>|\son\w+=|https?:/);
    assert.equal(html, await form.clone().text());
  }
});

test("the page's files: known again by their ETag; no others are served, and none without the page", async () => {
  const world = adminWorld();
  const script = await world.get("/admin/main.js", {});
  assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
  const etag = script.headers.get("etag") ?? "";
  assert.equal((await world.get("/admin/main.js", { "if-none-match": etag })).status, 304);
  for (const name of ["routes.ts", "..%2Froutes.ts", "%2e%2e%2Froutes.ts", "nothing.js", "__proto__"]) {
    assert.equal((await world.get(`/admin/${name}`, {})).status, 404, name);
  }
  assert.equal((await world.get("/admin/", {})).headers.get("location"), "../admin");
  assert.equal((await httpWorld().get("/admin")).status, 404);
});

test("data need a token; that of the page opens nothing else", async () => {
  const world = adminWorld();
  for (const path of ["overview", "people", "person?user=john", "events", "explain", "audit", "domains"]) {
    for (const token of ["wrong", `${ADMIN}x`]) assert.equal((await world.ask(path, token)).status, 401, path);
    assert.notEqual((await world.ask(path)).status, 401, path);
    assert.notEqual((await world.ask(path, TOKEN)).status, 401, path);
  }
  const authorization = `Bearer ${ADMIN}`;
  for (const path of ["/metrics", "/roster_admin/rosters/john", "/roster_admin/audit"]) {
    assert.equal((await world.get(path, { authorization })).status, 401, path);
  }
  assert.equal((await world.refresh('["john"]', { authorization })).status, 401);
});

test("overview: counts of people and lists, what the application did, and what came after an id", async () => {
  const world = adminWorld();
  for (const user of ["john", "marie", "aaron"]) world.online.add(user);
  world.contacts.copies.set("john", heldCopy({ "marie@localhost": {} }, START));
  world.contacts.copies.set("marie", { ...heldCopy({}, START), stale: true, problems: [{ code: "self", text: "" }] });
  world.watch.fetched("john", { kind: "not-found" }, 12);
  const failed = { kind: "failed", failure: "timeout", message: "too late", health: "sick" } as const;
  world.watch.fetched("marie", failed, 5000);
  world.watch.breaker(true);
  const result = { status: "ok", source: "app", stale: false, problems: [] } as const;
  const results = new Map([
    ["john", { ...result, added: ["marie@localhost"], changed: [], removed: [] }],
    ["aaron", { ...result, added: [], changed: [], removed: [] }],
  ]);
  const call = { dryRun: false, began: START + 59_000 };
  world.watch.refreshed(await countRefresh(results, call, () => Promise.resolve()));
  const overview = await world.json("overview");
  assert.partialDeepStrictEqual(overview, {
    version: "1.2.3",
    domain: "localhost",
    people: 3,
    sessions: 3,
    lists: { missing: 1, stale: 1, problems: 1 },
    app: {
      breakerOpenSince: "2026-01-01T00:01:00.000Z",
      answeredAt: "2026-01-01T00:01:00.000Z",
      fetches: 2,
      latency: [{ at: "2026-01-01T00:01:00.000Z", count: 2, failed: 1, max: 5000 }],
      failures: [{ kind: "timeout", count: 1, user: "marie", message: "too late" }],
    },
    last: 1,
    activity: [{ id: 1, kind: "refresh", ms: 1000, updated: 2, errors: 0, users: [{ user: "john" }] }],
    events: null,
  });
  assert.deepEqual((await world.json("overview?since=1"))["activity"], []);
  assert.equal(((await world.json("overview?since=99"))["activity"] as unknown[]).length, 1, "after a restart");
  assert.equal((await world.ask("overview?since=-1")).status, 400);
});

test("people: 10 000 of them in pages in the order of their names, by part of the name and by their lists", async () => {
  const world = adminWorld();
  const names = Array.from({ length: 10_000 }, (_, n) => `user${String((n * 7919) % 10_000).padStart(4, "0")}`);
  for (const name of names) {
    world.online.add(name);
    world.contacts.copies.set(name, heldCopy({}, START));
  }
  world.contacts.copies.delete("user0042");
  world.contacts.copies.set("user0043", { ...heldCopy({}, START), stale: true });
  const seen: string[] = [];
  let after: unknown = "";
  while (after !== null) {
    const page = await world.json(`people?limit=200&after=${after}`);
    seen.push(...(page["people"] as { user: string }[]).map(({ user }) => user));
    after = page["next"];
  }
  assert.deepEqual(seen, [...names].sort());
  const some = await world.json("people?search=USER99&limit=10");
  assert.partialDeepStrictEqual(some, { online: 10_000, found: 100, next: "user9909" });
  const missing = await world.json("people?show=missing");
  assert.partialDeepStrictEqual(missing, { found: 1, people: [{ user: "user0042", list: null }], next: null });
  const stale = await world.json("people?show=stale");
  assert.partialDeepStrictEqual(stale, {
    people: [{ user: "user0043", resources: [{ resource: "phone", show: "away" }], list: { age: 0, source: "app" } }],
  });
  for (const query of ["limit=0", "limit=201", "limit=x", "show=everything"]) {
    const response = await world.ask(`people?${query}`);
    assert.equal(response.status, 400, query);
    assert.match(((await response.json()) as { detail: string }).detail, /^The query is wrong: (limit|show): /);
  }
});

test("person: each contact with what their own list says, in pages; 404 for who is not known", async () => {
  const world = adminWorld();
  world.online.add("marie");
  const lists = {
    "marie@localhost": { name: "Marie", groups: ["A"] },
    "tim@localhost": "to",
    "x@far.example": {},
  } as const;
  world.contacts.copies.set("john", heldCopy(lists, START));
  world.contacts.copies.set("marie", heldCopy({ "john@localhost": {} }, START));
  world.contacts.copies.set("tim", heldCopy({}, START));
  const john = await world.json("person?user=JOHN");
  assert.partialDeepStrictEqual(john, {
    user: "john",
    jid: "john@localhost",
    resources: [],
    list: { contacts: 3, fetchedAt: "2026-01-01T00:00:00.000Z", usableUntil: null },
    contacts: [
      { jid: "marie@localhost", name: "Marie", groups: ["A"], theirs: "both", online: true, sees: true, seen: true },
      { jid: "tim@localhost", subscription: "to", theirs: "missing", online: false, sees: false, seen: false },
      { jid: "x@far.example", theirs: "unknown" },
    ],
  });
  const second = await world.json("person?user=john&offset=1&limit=1");
  assert.deepEqual(
    (second["contacts"] as { jid: string }[]).map(({ jid }) => jid),
    ["tim@localhost"],
  );
  assert.equal((await world.ask("person?user=nobody")).status, 404);
  assert.equal((await world.ask("person?user=a%40b")).status, 400);
  assert.equal((await world.ask("person")).status, 400);
});

test("events: how many wait, and those that were given up", async () => {
  const letter = { seq: 7, type: "presence", time: START, user: "john", data: "{}", reason: "status 500" } as const;
  const queue = { waiting: 3, dead: 1, deadAfter: () => [letter] };
  const world = adminWorld({ events: () => queue });
  assert.deepEqual((await world.json("overview"))["events"], { waiting: 3, dead: 1 });
  assert.deepEqual(await world.json("events"), {
    sent: true,
    waiting: 3,
    dead: 1,
    letters: [{ seq: 7, time: "2026-01-01T00:00:00.000Z", type: "presence", user: "john", reason: "status 500" }],
  });
  assert.partialDeepStrictEqual(await adminWorld().json("events"), { sent: false, letters: [] });
});

test("several domains: the page learns their names without naming one", async () => {
  const world = adminWorld({}, ["a.example", "b.example"]);
  assert.deepEqual(await world.json("domains"), { domains: ["a.example", "b.example"], domain: "a.example" });
  assert.equal((await world.ask("overview")).status, 404);
  assert.equal((await world.json("overview?domain=b.example"))["domain"], "b.example");
});
