/** Contract §4 from outside: lists put and patched, edges, explain, audit, presence, Idempotency-Key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { z } from "zod";
import { auditAnswer } from "../../src/http/schemas/audit.ts";
import { edgesAnswer } from "../../src/http/schemas/edges.ts";
import { explainAnswer } from "../../src/http/schemas/explain.ts";
import { presenceAnswer } from "../../src/http/schemas/presence.ts";
import { refreshAnswer } from "../../src/http/schemas/refresh.ts";
import { rosterAnswer } from "../../src/http/schemas/roster.ts";
import type { ServerOptions } from "../../src/server.ts";
import type { Element } from "../../src/xmpp/xml/element.ts";
import type { Client } from "../support/client.ts";
import { startWorld, type World } from "../support/world.ts";

type Json = Record<string, unknown>;

async function call(w: World, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await w.http(`/roster_admin/${path}`, {
    method,
    headers,
    ...(text === undefined ? {} : { body: text }),
  });
  const json = response.status === 304 ? {} : ((await response.json()) as Json);
  if (response.headers.get("content-type") === "application/json") conforms(path, json);
  return { status: response.status, json, headers: response.headers };
}

/** The schemas from which /openapi.json is made know every member that is answered. */
const SCHEMAS: Readonly<Record<string, z.ZodObject | z.ZodRecord>> = {
  refresh: refreshAnswer.strict(),
  rosters: rosterAnswer.strict(),
  edges: edgesAnswer.strict(),
  explain: explainAnswer.strict(),
  audit: auditAnswer.strict(),
  presence: presenceAnswer,
};

function conforms(path: string, json: unknown): void {
  const schema = SCHEMAS[/^\w+/.exec(path)?.[0] ?? ""];
  assert.ok(schema !== undefined, path);
  const { success, error } = schema.safeParse(json);
  assert.ok(success, `${path}: ${error?.message}`);
}

/** Pushes that have arrived, as `jid subscription`. */
async function pushes(client: Client): Promise<string[]> {
  await client.sync();
  const found = client.inbox.filter((stanza) => stanza.name === "iq" && stanza.attrs["type"] === "set");
  client.inbox.splice(0, client.inbox.length, ...client.inbox.filter((stanza) => !found.includes(stanza)));
  return found.map((stanza) => {
    const item = child(child(stanza));
    return `${item.attrs["jid"]} ${item.attrs["subscription"]}`;
  });
}

function child(of: Element): Element {
  const first = of.children[0];
  assert.ok(typeof first === "object");
  return first;
}

/** Who is heard to be available or not since the last time. */
async function heard(client: Client): Promise<string[]> {
  await client.sync();
  const found = client.inbox.filter((stanza) => stanza.name === "presence");
  client.inbox.length = 0;
  return found.map((stanza) => `${stanza.attrs["from"]} ${stanza.attrs["type"] ?? "available"}`);
}

async function mutual(options: Partial<ServerOptions> = {}) {
  const w = await startWorld(options);
  w.app.contacts.set("john", { "marie@localhost": { name: "Marie" } });
  w.app.contacts.set("marie", { "john@localhost": { name: "John" } });
  const john = await w.online("john@localhost/phone");
  const marie = await w.online("marie@localhost/tv");
  await john.sync();
  await marie.sync();
  john.inbox.length = 0;
  marie.inbox.length = 0;
  return { w, john, marie };
}

test("PUT has the effect of a refresh that fetched it, and answers like GET", async () => {
  const { w, john, marie } = await mutual();
  await using _ = w;
  const asked = w.app.requests.length;
  const put = await call(w, "PUT", "rosters/JOHN", {
    "Aaron@Localhost": { name: "Aaron", groups: { Work: true }, until: null },
    "john@localhost": {},
    "no jid": {},
  });
  assert.equal(put.status, 200);
  const { problems, age, ...answer } = put.json;
  assert.deepEqual(
    (problems as Json[]).map(({ code }) => code),
    ["self", "not-a-jid"],
  );
  assert.equal(typeof age, "number");
  assert.partialDeepStrictEqual(answer, {
    user: "john",
    contacts: { "aaron@localhost": { name: "Aaron", groups: ["Work"] } },
    source: "put",
    stale: false,
    online: ["phone"],
  });
  assert.equal(put.headers.get("etag"), `"${answer["version"]}"`);
  const get = await call(w, "GET", "rosters/john");
  const { age: _age, ...got } = get.json;
  assert.deepEqual(got, answer);
  assert.deepEqual((await pushes(john)).sort(), ["aaron@localhost both", "marie@localhost remove"]);
  assert.deepEqual(await heard(john), ["marie@localhost/tv unavailable"]);
  assert.deepEqual(await heard(marie), ["john@localhost/phone unavailable"]);
  assert.equal(w.app.requests.length, asked);
});

test("PUT of somebody offline is what the next login goes by while the application fails", async () => {
  await using w = await startWorld();
  assert.equal((await call(w, "GET", "rosters/zoe")).status, 404);
  assert.equal((await call(w, "PUT", "rosters/zoe", { "john@localhost": {} })).status, 200);
  w.app.answer = (_request, response) => void response.writeHead(500).end();
  const zoe = await w.login("zoe@localhost");
  zoe.send('<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>');
  const result = await zoe.next((stanza) => stanza.attrs["id"] === "r");
  assert.equal(child(child(result)).attrs["jid"], "john@localhost");
});

test("PUT takes an empty map, PHP's empty array, and a whole answer of GET; what is no map is 400", async () => {
  await using w = await startWorld();
  for (const body of ["{}", "[]", "\ufeff{}"]) {
    assert.deepEqual((await call(w, "PUT", "rosters/john", body)).json["contacts"], {}, body);
  }
  const first = await call(w, "PUT", "rosters/john", { "a@localhost": {}, "b@localhost": { name: "B" } });
  const back = await call(w, "PUT", "rosters/john", first.json);
  assert.deepEqual(back.json, first.json);
  const patched = await call(w, "PATCH", "rosters/john", { contacts: { "a@localhost": null } });
  assert.deepEqual(patched.json["contacts"], { "b@localhost": { name: "B" } });
  for (const method of ["PUT", "PATCH"]) {
    for (const body of ["", "null", "[1]", '"x"', "1", "{", '{"a":', "\xff"]) {
      const answer = await call(w, method, "rosters/john", body);
      assert.equal(answer.status, 400, `${method} ${body}`);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
    assert.equal((await call(w, method, "rosters/a%40b", "{}")).status, 400);
  }
  assert.deepEqual((await call(w, "GET", "rosters/john")).json["contacts"], { "b@localhost": { name: "B" } });
});

test("RFC 7396: PATCH changes what it names, null removes, in one push each", async () => {
  await using w = await startWorld();
  w.app.contacts.set("john", {
    "a@localhost": { name: "A", groups: ["x", "y"] },
    "b@localhost": { subscription: "to" },
    "c@localhost": {},
  });
  const john = await w.online("john@localhost/phone");
  const patch = await call(
    w,
    "PATCH",
    "rosters/john",
    {
      "A@Localhost": { name: null, groups: ["z"] },
      "b@localhost": null,
      "new@localhost": { name: "New", until: null },
      "never there": null,
      "c@localhost": {},
      constructor: null,
      __proto__: null,
    },
    { "content-type": "application/merge-patch+json" },
  );
  assert.equal(patch.status, 200);
  assert.deepEqual(patch.json["contacts"], {
    "a@localhost": { groups: ["z"] },
    "c@localhost": {},
    "new@localhost": { name: "New" },
  });
  assert.equal(patch.json["source"], "patch");
  assert.equal("problems" in patch.json, false);
  assert.deepEqual((await pushes(john)).sort(), ["a@localhost both", "b@localhost remove", "new@localhost both"]);
  const nothing = await call(w, "PATCH", "rosters/john", {});
  assert.equal(nothing.json["version"], patch.json["version"]);
  assert.deepEqual(await pushes(john), []);
});

test("RFC 9110 §13.1.1: If-Match guards the version; of many at once exactly one is let through", async () => {
  await using w = await startWorld();
  const none = await call(w, "PUT", "rosters/john", {}, { "if-match": "*" });
  assert.equal(none.status, 412);
  assert.equal((await call(w, "GET", "rosters/john")).status, 404);
  const made = await call(w, "PUT", "rosters/john", { "a@localhost": {} }, { "if-none-match": "*" });
  assert.equal(made.status, 200);
  const etag = made.headers.get("etag") ?? "";
  assert.equal((await call(w, "PUT", "rosters/john", {}, { "if-none-match": "*" })).status, 412);
  assert.equal((await call(w, "PUT", "rosters/john", {}, { "if-match": '"other"' })).status, 412);
  assert.equal((await call(w, "PUT", "rosters/john", {}, { "if-match": `W/${etag}` })).status, 412);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      call(w, "PATCH", "rosters/john", { [`n${n}@localhost`]: {} }, { "if-match": `"x", ${etag}` }),
    ),
  );
  const done = answers.filter(({ status }) => status === 200);
  assert.equal(done.length, 1);
  assert.equal(answers.filter(({ status }) => status === 412).length, 19);
  assert.deepEqual((await call(w, "GET", "rosters/john")).json["contacts"], done[0]?.json["contacts"]);
});

test("RFC 9110 §8.8.1: a contact that ends at another time is another version, though clients see the same", async () => {
  await using w = await startWorld();
  const made = await call(w, "PUT", "rosters/john", { "a@localhost": {}, "b@localhost": {} });
  const etags = [made.headers.get("etag")];
  for (const until of ["2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"]) {
    const before = { "if-match": etags.at(-1) ?? "" };
    const answer = await call(w, "PATCH", "rosters/john", { "a@localhost": { until } }, before);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("etag"), `"${answer.json["version"]}"`);
    assert.equal((await call(w, "PUT", "rosters/john", {}, before)).status, 412, "until would be lost");
    etags.push(answer.headers.get("etag"));
  }
  assert.equal(new Set(etags).size, 3);
  const last = { "if-none-match": etags.at(-1) ?? "" };
  assert.equal((await call(w, "GET", "rosters/john", undefined, last)).status, 304);
  await call(w, "PATCH", "rosters/john", { "a@localhost": { until: null } });
  assert.equal((await call(w, "GET", "rosters/john")).headers.get("etag"), etags[0]);
});

test("a list above contacts.maxBytes is 413, whatever http.maxBody says", async () => {
  const contacts = { url: "http://127.0.0.1:9/%s", maxBytes: "2KiB" } as const;
  await using w = await startWorld({
    contacts,
    http: { tokens: ["a-token-for-tests-of-at-least-32-characters"], maxBody: "1KiB" },
  });
  const list = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`user${n}@localhost`, {}]));
  assert.equal((await call(w, "PUT", "rosters/john", list)).status, 200);
  const more = await call(w, "PUT", "rosters/john", { ...list, "a@localhost": { name: "x".repeat(1000) } });
  assert.equal(more.status, 413);
  assert.match(String(more.json["detail"]), /contacts\.maxBytes/);
});

test("edges: both lists together, presence both ways; again without a second push", async () => {
  await using w = await startWorld();
  w.app.contacts.set("john", {});
  w.app.contacts.set("aaron", { "john@localhost": { name: "Johnny", groups: ["Old"], subscription: "from" } });
  const john = await w.online("john@localhost/phone");
  const aaron = await w.online("aaron@localhost/desk");
  const asked = w.app.requests.length;
  const edges = {
    connect: [
      ["john", "aaron"],
      ["aaron", "JOHN"],
      ["john", "offline"],
    ],
    disconnect: [],
  };
  const answer = await call(w, "POST", "edges", edges);
  assert.deepEqual([answer.status, answer.json], [200, { status: "ok", connected: 2, disconnected: 0 }]);
  assert.deepEqual((await pushes(john)).sort(), ["aaron@localhost both", "offline@localhost both"]);
  assert.deepEqual(await heard(john), ["aaron@localhost/desk available"]);
  assert.deepEqual(await pushes(aaron), ["john@localhost both"]);
  assert.deepEqual(await heard(aaron), ["john@localhost/phone available"]);
  const held = await call(w, "GET", "rosters/aaron");
  assert.deepEqual(held.json["contacts"], { "john@localhost": { name: "Johnny", groups: ["Old"] } });
  assert.deepEqual((await call(w, "GET", "rosters/offline")).json["contacts"], { "john@localhost": { name: "john" } });
  await call(w, "POST", "edges", { connect: [["john", "aaron"]] });
  assert.deepEqual(await pushes(john), []);
  const end = await call(w, "POST", "edges", { disconnect: [["aaron", "john"]] });
  assert.deepEqual(end.json, { status: "ok", connected: 0, disconnected: 1 });
  assert.deepEqual(await pushes(john), ["aaron@localhost remove"]);
  assert.deepEqual(await heard(john), ["aaron@localhost/desk unavailable"]);
  assert.deepEqual(await pushes(aaron), ["john@localhost remove"]);
  assert.equal(w.app.requests.length, asked);
});

test("edges: a signature is taken instead of a token; what is no pair is 400 that says where", async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  await using w = await startWorld({
    http: { tokens: ["a-token-for-tests-of-at-least-32-characters"], secrets: [secret] },
  });
  const body = '{"connect":[["john","aaron"]]}';
  const now = new Date();
  const signed = (id: string) =>
    fetch(`http://127.0.0.1:${w.server.ports.http}/roster_admin/edges`, {
      method: "POST",
      body,
      headers: {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(id, now, body),
      },
    });
  assert.deepEqual(await (await signed("m1")).json(), { status: "ok", connected: 1, disconnected: 0 });
  assert.equal((await signed("m1")).status, 401);
  const put = await fetch(`http://127.0.0.1:${w.server.ports.http}/roster_admin/rosters/john`, {
    method: "PUT",
    body: "{}",
  });
  assert.equal(put.status, 401);
  const rows: readonly (readonly [unknown, RegExp])[] = [
    [[], /object like/],
    [{}, /neither/],
    [{ connect: "x" }, /connect must be/],
    [{ connect: [["a"]] }, /connect\[0\] is not a pair/],
    [{ connect: [["a", "b"]], disconnect: [["c", "d@e"]] }, /disconnect\[0\]\[1\] is not a username/],
    [{ connect: [["a", "A"]] }, /nobody is a contact/],
    [{ connect: [["a", "b"]], disconnect: [["b", "a"]] }, /one of the two/],
  ];
  for (const [wrong, text] of rows) {
    const answer = await call(w, "POST", "edges", wrong);
    assert.equal(answer.status, 400);
    assert.match(String(answer.json["detail"]), text);
  }
});

test("presence: show, priority and last activity; whom nobody knows is offline", async () => {
  await using w = await startWorld();
  const before = Date.now() - 1000;
  const phone = await w.online("john@localhost/phone");
  const tv = await w.login("john@localhost/tv");
  phone.send("<presence><show>away</show><priority>5</priority></presence>");
  await phone.sync();
  await tv.sync();
  const { json } = await call(w, "GET", "presence?user=JOHN&user=ghost&user=john&user=__proto__");
  assert.deepEqual(Object.keys(json), ["john", "ghost", "__proto__"]);
  const john = json["john"] as Json;
  assert.deepEqual(john["resources"], [{ resource: "phone", show: "away", priority: 5 }]);
  assert.equal(john["online"], true);
  const last = Date.parse(String(john["lastActivity"]));
  assert.ok(last >= before && last <= Date.now() + 1000);
  assert.deepEqual(json["ghost"], { online: false, resources: [], lastActivity: null });
  phone.close();
  tv.close();
  await Promise.all([phone.ended(), tv.ended()]);
  const after = (await call(w, "GET", "presence?user=john")).json["john"] as Json;
  assert.equal(after["online"], false);
  assert.ok(Date.parse(String(after["lastActivity"])) >= last);
});

test("presence: 1000 users a call, more is a 400 that says so; none too", async () => {
  await using w = await startWorld();
  const names = (count: number) => Array.from({ length: count }, (_, n) => `user=u${n}`).join("&");
  const many = await call(w, "GET", `presence?${names(1000)}`);
  assert.equal(Object.keys(many.json).length, 1000);
  assert.match(String((await call(w, "GET", `presence?${names(1001)}`)).json["detail"]), /1000/);
  assert.equal((await call(w, "GET", "presence")).status, 400);
  assert.equal((await call(w, "GET", "presence?user=a%40b")).status, 400);
});

test("explain says why: both see each other; one list lacks the other; offline; another server", async () => {
  const { w, john, marie } = await mutual();
  await using _ = w;
  const ask = async (contact: string) => (await call(w, "GET", `explain?user=john&contact=${contact}`)).json;
  const seen = await ask("marie@localhost");
  assert.equal(seen["visible"], true);
  assert.partialDeepStrictEqual(seen["contact"], {
    jid: "marie@localhost",
    entry: { name: "John", subscription: "both" },
    source: "app",
    stale: false,
    resources: [{ resource: "tv", available: true, priority: 0 }],
  });
  await call(w, "PUT", "rosters/marie", { "john@localhost": { subscription: "to", until: "2090-01-01T00:00:00Z" } });
  const half = await ask("marie@localhost");
  assert.deepEqual([half["visible"], half["allowed"]], [false, false]);
  assert.match(
    String(half["reasons"]),
    /marie@localhost has john@localhost with subscription to; from or both is needed/,
  );
  assert.match(String(half["reasons"]), /ends at 2090-01-01T00:00:00Z/);
  await call(w, "PUT", "rosters/marie", {});
  assert.match(
    String((await ask("marie@localhost"))["reasons"]),
    /list of marie@localhost does not have john@localhost/,
  );
  await call(w, "PUT", "rosters/marie", { "john@localhost": {} });
  marie.close();
  await marie.ended();
  const offline = await ask("marie");
  assert.deepEqual([offline["visible"], offline["allowed"]], [false, true]);
  assert.match(String(offline["reasons"]), /marie@localhost is offline and was last seen \d+ s ago/);
  assert.match(String((await ask("someone@elsewhere.example"))["reasons"]), /server that this one does not talk to/);
  assert.match(String((await ask("ghost@localhost"))["reasons"]), /never fetched/);
  for (const query of ["", "?user=john", "?user=john&contact=%20", "?user=a%40b&contact=c@localhost"]) {
    assert.equal((await call(w, "GET", `explain${query}`)).status, 400, query);
  }
  john.close();
});

test("audit: each pair that does not agree once, in pages", async () => {
  await using w = await startWorld();
  const put = (name: string, contacts: Json) => call(w, "PUT", `rosters/${name}`, contacts);
  await put("john", {
    "marie@localhost": {},
    "zoe@localhost": { subscription: "to" },
    "never@localhost": {},
    "x@else.example": {},
  });
  await put("marie", { "aaron@localhost": { subscription: "none" } });
  await put("zoe", { "john@localhost": { subscription: "both" }, "marie@localhost": { subscription: "from" } });
  await put("aaron", {});
  const expected = [
    { a: "john", b: "marie", a_lists_b: "both", b_lists_a: null },
    { a: "john", b: "zoe", a_lists_b: "to", b_lists_a: "both" },
    { a: "marie", b: "zoe", a_lists_b: null, b_lists_a: "from" },
  ];
  assert.deepEqual((await call(w, "GET", "audit")).json, { disagreements: expected, next: null });
  const found: unknown[] = [];
  let next: unknown = "";
  while (next !== null) {
    const page: Json = (await call(w, "GET", `audit?limit=1${next === "" ? "" : `&after=${next}`}`)).json;
    found.push(...(page["disagreements"] as unknown[]));
    next = page["next"];
  }
  assert.deepEqual(found, expected);
  assert.equal((await call(w, "GET", "audit?limit=0")).status, 400);
  assert.equal((await call(w, "GET", "audit?after=")).status, 400);
});

test("Idempotency-Key: the same answer, no second effect; another body 422; another route is another key", async () => {
  const { w, john } = await mutual();
  await using _ = w;
  const key = { "idempotency-key": "k-1" };
  const first = await call(w, "POST", "refresh?results=1", ["john"], key);
  const asked = w.app.requests.length;
  const again = await call(w, "POST", "refresh?results=1", ["john"], key);
  assert.deepEqual([again.status, again.json], [first.status, first.json]);
  assert.equal(w.app.requests.length, asked);
  assert.equal((await call(w, "POST", "refresh?results=1", ["marie"], key)).status, 422);
  assert.equal((await call(w, "POST", "refresh", ["john"], key)).status, 422);
  const patch = await call(w, "PATCH", "rosters/john", { "a@localhost": {} }, key);
  assert.equal(patch.status, 200);
  await call(w, "PATCH", "rosters/john", { "a@localhost": null });
  const replayed = await call(w, "PATCH", "rosters/john", { "a@localhost": {} }, key);
  assert.deepEqual(replayed.json, patch.json);
  assert.equal(replayed.headers.get("etag"), patch.headers.get("etag"));
  assert.equal(replayed.headers.get("content-type"), patch.headers.get("content-type"));
  assert.equal("a@localhost" in ((await call(w, "GET", "rosters/john")).json["contacts"] as Json), false);
  const wrong = await call(w, "POST", "edges", "{", { "idempotency-key": "k-2" });
  assert.equal(wrong.status, 400);
  assert.equal((await call(w, "POST", "edges", { connect: [] }, { "idempotency-key": "k-2" })).status, 422);
  assert.equal((await call(w, "POST", "edges", { connect: [] }, { "idempotency-key": "" })).status, 400);
  assert.equal((await call(w, "POST", "edges", { connect: [] }, { "idempotency-key": "x".repeat(256) })).status, 400);
  john.close();
});

test("Idempotency-Key: while the first is running the second is 409; a failed answer is given again too", async () => {
  const { w } = await mutual();
  await using _ = w;
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  w.app.answer = (_request, response) => {
    reached.resolve();
    void held.promise.then(() => response.writeHead(404).end());
  };
  const key = { "idempotency-key": "slow" };
  const first = call(w, "POST", "refresh", ["john"], key);
  await reached.promise;
  assert.equal((await call(w, "POST", "refresh", ["john"], key)).status, 409);
  assert.equal((await call(w, "POST", "refresh", ["marie"], key)).status, 422);
  held.resolve();
  const failed = await first;
  assert.equal(failed.status, 500);
  w.app.answer = undefined;
  const again = await call(w, "POST", "refresh", ["john"], key);
  assert.deepEqual([again.status, again.json], [500, failed.json]);
});
