import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { heldCopy, httpWorld, onlineResource, TOKEN } from "../../test/support/http.ts";
import type { OnlineResource } from "../sessions/host.ts";

const ZERO = { status: "ok", message: "roster update complete", updated: 0, errors: 0 };

async function problemOf(response: Response, status: number): Promise<string> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const body = (await response.json()) as { readonly status: number; readonly detail: string; readonly title: string };
  assert.equal(body.status, status);
  assert.ok(body.title.length > 0);
  return body.detail;
}

type BodyBytes = Uint8Array<ArrayBuffer>;

function phone(jid: string): readonly OnlineResource[] {
  return jid === "john@localhost" ? [onlineResource("phone")] : [];
}

test("A11, A14: the origin's four members, whatever the content type", async () => {
  const world = httpWorld();
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "text/plain" };
  const response = await world.refresh('["john","nobody"]', headers);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { ...ZERO, updated: 2 });
});

test("G19: duplicates count once, after preparation", async () => {
  const world = httpWorld();
  assert.deepEqual(await (await world.refresh('["john","JOHN","john"]')).json(), { ...ZERO, updated: 1 });
  assert.deepEqual(world.contacts.asked, [["john"]]);
});

test("G21: an empty array is answered with zeroes", async () => {
  assert.deepEqual(await (await httpWorld().refresh("[]")).json(), ZERO);
});

test("G19, G22: what is no array of localparts is a 400 that says where", async () => {
  const world = httpWorld();
  const rows: readonly (readonly [string, RegExp])[] = [
    ["", /empty/],
    ["[1", /not JSON/],
    ["\xff\xfe", /not JSON|UTF-8/],
    ["false", /array of usernames/],
    ["{}", /users must be a JSON array/],
    ['{"users":"john"}', /users must be a JSON array/],
    ['{"users":[],"dryRun":"yes"}', /dryRun/],
    ['["john",1]', /\[1\] is not a string/],
    ['["john","a@b"]', /\[1\] is not a username/],
    ['{"users":["john",null]}', /users\[1\] is not a string/],
  ];
  for (const [body, expected] of rows) assert.match(await problemOf(await world.refresh(body), 400), expected, body);
  assert.deepEqual(world.contacts.asked, []);
});

test("G23: when all failed the status is 500 and error, with the same members; when some did it is 200", async () => {
  const world = httpWorld();
  const failed = { status: "error", failure: "refused", message: "nobody listens", stale: true } as const;
  world.contacts.results.set("john", failed);
  const response = await world.refresh('["john"]');
  assert.equal(response.status, 500);
  assert.partialDeepStrictEqual(await response.json(), { status: "error", updated: 0, errors: 1 });
  const some = await world.refresh('["john","marie"]');
  assert.equal(some.status, 200);
  assert.deepEqual(await some.json(), { ...ZERO, updated: 1, errors: 1 });
});

test("G26: results say what happened to each user; a dry run is passed on", async () => {
  const world = httpWorld({ online: phone });
  const fields = { added: ["aaron@localhost"], changed: [], removed: [], stale: false, problems: [] } as const;
  world.contacts.results.set("john", { status: "ok", source: "app", ...fields });
  const expected = { john: { status: "ok", source: "app", ...fields, online: 1 } };
  const byQuery = await world.refresh('["john"]', undefined, "?results=1");
  assert.deepEqual(await byQuery.json(), { ...ZERO, updated: 1, results: expected });
  const dry = await world.refresh('{"users":["john"],"dryRun":true}');
  assert.deepEqual(await dry.json(), { ...ZERO, updated: 1, results: expected });
  assert.deepEqual(world.contacts.dryRuns, [false, true]);
});

test("G27: without the right token nothing is done and the body is not read", async () => {
  const world = httpWorld();
  const wrong = ["", "Bearer", "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer x ${TOKEN}`];
  for (const authorization of wrong) {
    const response = await world.refresh("not json", { authorization });
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="kith"');
    await problemOf(response, 401);
  }
  for (const path of ["/metrics", "/roster_admin/rosters/john"]) await problemOf(await world.get(path, {}), 401);
  assert.deepEqual(world.contacts.asked, []);
});

const SECRET = `whsec_${Buffer.from("a secret of two dozen octets").toString("base64")}`;
const OTHER = `whsec_${Buffer.from("another of two dozen octets.").toString("base64")}`;

function signed(body: string, id: string, at: number, secret: string): Record<string, string> {
  const date = new Date(at);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, date, body),
  };
}

test("G31: a Standard Webhooks signature stands for the token: two secrets live, an id once, five minutes", async () => {
  const world = httpWorld({ secrets: [OTHER, SECRET] });
  const now = world.clock.now();
  const body = '["john"]';
  const headers = signed(body, "msg_1", now, SECRET);
  assert.equal((await world.refresh(body, headers)).status, 200);
  assert.match(await problemOf(await world.refresh(body, headers), 401), /used before/);
  assert.equal((await world.refresh(body, signed(body, "msg_2", now, OTHER))).status, 200);
  const two = signed(body, "msg_3", now, SECRET);
  const many = { ...two, "webhook-signature": `v1,AAAA v1a,zzz ${two["webhook-signature"]}` };
  assert.equal((await world.refresh(body, many)).status, 200);
  for (const off of [-301_000, 301_000]) {
    const old = signed(body, `msg_${off}`, now + off, SECRET);
    assert.match(await problemOf(await world.refresh(body, old), 401), /five minutes/);
  }
  await problemOf(await world.refresh('["marie"]', signed(body, "msg_4", now, SECRET)), 401);
  const unknown = `whsec_${Buffer.from("x".repeat(24)).toString("base64")}`;
  await problemOf(await world.refresh(body, signed(body, "msg_5", now, unknown)), 401);
  await problemOf(
    await world.refresh(body, { ...signed(body, "msg_6", now, SECRET), "webhook-timestamp": "soon" }),
    401,
  );
  assert.equal(world.contacts.asked.length, 3);
});

test("a signature is of no use elsewhere, nor with a wrong token beside it", async () => {
  const world = httpWorld({ secrets: [SECRET] });
  const headers = signed("", "msg_1", world.clock.now(), SECRET);
  for (const path of ["/metrics", "/roster_admin/rosters/john"]) await problemOf(await world.get(path, headers), 401);
  const both = { ...signed("[]", "msg_2", world.clock.now(), SECRET), authorization: "Bearer wrong" };
  await problemOf(await world.refresh("[]", both), 401);
});

test('http.auth "none": everybody but web pages, and never what the origin did not have', async () => {
  const world = httpWorld({ auth: "none" });
  assert.equal((await world.refresh("[]", {})).status, 200);
  await problemOf(await world.refresh("[]", { origin: "http://evil.example" }), 403);
  await problemOf(await world.refresh("[]", { origin: "null" }), 403);
  await problemOf(await world.refresh("[]", { "sec-fetch-site": "cross-site" }), 403);
  assert.equal((await world.refresh("[]", { "sec-fetch-site": "same-origin" })).status, 200);
  const accounts = await world.app.request("/kith/accounts", { method: "POST", body: "{}" });
  await problemOf(accounts, 401);
});

test("a body above http.maxBody is 413, by its announced length and by its real one; 1 000 000 names too", async () => {
  const world = httpWorld({ maxBody: 1000 });
  assert.equal((await world.refresh(JSON.stringify(["a".repeat(900)]))).status, 200);
  await problemOf(await world.refresh(JSON.stringify(["a".repeat(1000)])), 413);
  let pulled = 0;
  const endless = new ReadableStream<BodyBytes>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(400));
    },
  });
  const init = {
    method: "POST",
    body: endless,
    duplex: "half" as const,
    headers: { authorization: `Bearer ${TOKEN}` },
  };
  await problemOf(await world.app.request("/roster_admin/refresh", init), 413);
  assert.ok(pulled < 6, `${pulled} pieces were read`);
  const million = JSON.stringify(Array.from({ length: 1_000_000 }, (_, index) => `u${index}`));
  await problemOf(await httpWorld().refresh(million), 413);
});

test("a body with a Content-Encoding is refused in words", async () => {
  const world = httpWorld();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await world.refresh("[]", { ...headers, "content-encoding": "gzip" });
  assert.equal(response.headers.get("accept-encoding"), "identity");
  assert.match(await problemOf(response, 415), /Content-Encoding/);
  assert.equal((await world.refresh("[]", { ...headers, "content-encoding": "identity" })).status, 200);
});

test("a body that is not complete within 30 s is 408", async () => {
  const world = httpWorld();
  const never = new ReadableStream<BodyBytes>({ start: (controller) => controller.enqueue(Buffer.from("[")) });
  const init = { method: "POST", body: never, duplex: "half" as const, headers: { authorization: `Bearer ${TOKEN}` } };
  const answer = world.app.request("/roster_admin/refresh", init);
  await world.clock.advance(30_000);
  assert.match(await problemOf(await answer, 408), /30 s/);
});

test("A12, G24, G25: the GET form is off; switched on it decodes the name and tells the truth", async () => {
  await problemOf(await httpWorld().get("/roster_admin/refresh/john"), 404);
  const world = httpWorld({ getRefresh: true });
  assert.deepEqual(await (await world.get("/roster_admin/refresh/j%C3%BCrgen")).json(), {
    status: "ok",
    message: "roster update complete",
  });
  for (const [failure, status] of [
    ["refused", 502],
    ["timeout", 504],
  ] as const) {
    world.contacts.results.set("john", { status: "error", failure, message: "the truth", stale: false });
    const response = await world.get("/roster_admin/refresh/john");
    assert.equal(response.status, status);
    assert.deepEqual(await response.json(), { status: "error", message: "the truth" });
  }
  for (const name of ["a%40b", "%ff", "a%2Fb"]) await problemOf(await world.get(`/roster_admin/refresh/${name}`), 400);
});

test("A13: GET without a name is a 405 that names the method, not a redirect", async () => {
  for (const getRefresh of [false, true]) {
    const response = await httpWorld({ getRefresh }).get("/roster_admin/refresh");
    assert.equal(response.headers.get("allow"), "POST, OPTIONS");
    assert.match(await problemOf(response, 405), /GET .*POST/);
  }
});

test("rosters: the held copy with its ETag; 304 for who has it; 404 for who was never fetched", async () => {
  const world = httpWorld({ online: phone });
  const entries = { "marie@localhost": { name: "Marie", groups: ["Friends"] }, "aaron@localhost": "to" } as const;
  const held = heldCopy(entries, world.clock.now() - 12_000);
  world.contacts.copies.set("john", held);
  const response = await world.get("/roster_admin/rosters/john");
  const etag = `"${held.list.version}"`;
  assert.equal(response.headers.get("etag"), etag);
  assert.deepEqual(await response.json(), {
    user: "john",
    contacts: { "marie@localhost": { name: "Marie", groups: ["Friends"] }, "aaron@localhost": { subscription: "to" } },
    version: held.list.version,
    age: 12,
    source: "app",
    stale: false,
    online: ["phone"],
  });
  for (const header of [etag, `"x", W/${etag}`, "*"]) {
    const again = await world.get("/roster_admin/rosters/john", {
      authorization: `Bearer ${TOKEN}`,
      "if-none-match": header,
    });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
  }
  await problemOf(await world.get("/roster_admin/rosters/marie"), 404);
  await problemOf(await world.get("/roster_admin/rosters/a%40b"), 400);
  const gone = await world.app.request("/roster_admin/rosters/john", { method: "DELETE" });
  assert.equal(gone.headers.get("allow"), "GET, HEAD, PUT, PATCH, OPTIONS");
  await problemOf(gone, 405);
});

test("G28: with one domain any Host is served; with several the query or the Host chooses", async () => {
  const one = httpWorld();
  assert.equal((await one.refresh("[]", { authorization: `Bearer ${TOKEN}`, host: "whatever:80" })).status, 200);
  assert.equal((await one.refresh("[]", undefined, "?domain=LOCALHOST")).status, 200);
  await problemOf(await one.refresh("[]", undefined, "?domain=other.example"), 404);
  const two = httpWorld({ names: ["a.example", "b.example"] });
  const from = (host: string): Record<string, string> => ({ authorization: `Bearer ${TOKEN}`, host });
  assert.equal((await two.refresh("[]", from("A.example:5280"))).status, 200);
  assert.match(await problemOf(await two.refresh("[]", from("127.0.0.1:5280")), 404), /\?domain=/);
  assert.equal((await two.refresh("[]", undefined, "?domain=b.example")).status, 200);
  await problemOf(await two.refresh("[]", undefined, "?domain=a.example&domain=b.example"), 400);
});

test("health: alive always, ready when nothing is missing", async () => {
  const missing = ["storage"];
  const world = httpWorld({ notReady: () => missing });
  assert.deepEqual(await (await world.get("/healthz", {})).json(), { status: "ok" });
  const not = await world.get("/readyz", {});
  assert.equal(not.status, 503);
  assert.deepEqual(await not.json(), { status: "not ready", missing: ["storage"] });
  missing.pop();
  assert.equal((await world.get("/readyz", {})).status, 200);
});

test("metrics need the token, unless http.openMetrics", async () => {
  const response = await httpWorld().get("/metrics");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.equal((await httpWorld({ openMetrics: true }).get("/metrics", {})).status, 200);
});

test("XEP-0156: host-meta in both forms, readable by every page, by http.publicUrl where it is set", async () => {
  const world = httpWorld();
  const json = await world.app.request("http://chat.example:5280/.well-known/host-meta.json");
  assert.equal(json.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(await json.json(), {
    links: [{ rel: "urn:xmpp:alt-connections:websocket", href: "ws://chat.example:5280/xmpp-websocket" }],
  });
  const behind = httpWorld({ publicUrl: "https://chat.example/kith/" });
  const xml = await behind.app.request("/.well-known/host-meta");
  assert.equal(xml.headers.get("content-type"), "application/xrd+xml");
  const text = await xml.text();
  assert.match(text, /<XRD xmlns='http:\/\/docs\.oasis-open\.org\/ns\/xri\/xrd-1\.0'>/);
  assert.match(text, /href='wss:\/\/chat\.example\/kith\/xmpp-websocket'/);
});

test("other paths and methods: 404, 405, HEAD and OPTIONS", async () => {
  const world = httpWorld();
  for (const path of ["/", "/roster_admin", "/roster_admin/refresh/", "/http-bind", "/openapi"]) {
    await problemOf(await world.get(path), 404);
  }
  const head = await world.app.request("/healthz", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  const options = await world.app.request("/healthz", { method: "OPTIONS" });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, HEAD, OPTIONS");
  await problemOf(await world.get("/xmpp-websocket"), 426);
  await problemOf(await world.app.request("/healthz", { method: "DELETE" }), 405);
});
