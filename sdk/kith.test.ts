/** The calls, against a Kith made of the contract's words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook as Reference } from "standardwebhooks";
import { type FakeKith, fakeKith } from "../test/support/fake-kith.ts";
import { createKith, KithApiError, type KithOptions, KithRefreshError, type Pair } from "./index.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const DONE = { status: "ok", message: "roster update complete", updated: 2, errors: 0 };
const ROSTER = { user: "john", contacts: {}, version: "v1", age: 0, source: "put", stale: false, online: [] };

function kithOf(fake: FakeKith, options: Partial<KithOptions> = {}) {
  return createKith({ url: "http://kith.test:5280", token: "t", fetch: fake.fetch, backoff: 1, ...options });
}

test("refresh posts the array of usernames with the token, and gives the answer", async () => {
  const fake = fakeKith([200, DONE]);
  assert.deepEqual(await kithOf(fake).refresh(["john", "aaron"]), DONE);
  const [asked] = fake.asked;
  assert.equal(`${asked?.method} ${asked?.path}?${asked?.query}`, "POST /roster_admin/refresh?");
  assert.equal(asked?.headers.get("authorization"), "Bearer t");
  assert.equal(asked?.body, '["john","aaron"]');
});

test("results and dry runs are asked for as the contract has it", async () => {
  const fake = fakeKith([200, { ...DONE, results: {} }]);
  const kith = kithOf(fake);
  assert.deepEqual((await kith.refresh(["john"], { results: true })).results, {});
  await kith.refresh(["john"], { dryRun: true });
  assert.equal(fake.asked[0]?.query.get("results"), "1");
  assert.equal(fake.asked[1]?.body, '{"users":["john"],"dryRun":true}');
});

test("a refresh that failed for all rejects with its answer; one that failed for some resolves", async () => {
  const failed = { status: "error", message: "roster update failed", updated: 0, errors: 1 };
  await assert.rejects(kithOf(fakeKith([500, failed])).refresh(["john"]), (error) => {
    assert.ok(error instanceof KithRefreshError && error instanceof KithApiError);
    assert.deepEqual(error.answer, failed);
    return true;
  });
  const some = { ...DONE, updated: 1, errors: 1 };
  assert.deepEqual(await kithOf(fakeKith([200, some])).refresh(["john", "aaron"]), some);
});

test("a list is set and patched below its percent-encoded user, under the version that is told", async () => {
  const fake = fakeKith([200, ROSTER]);
  const kith = kithOf(fake);
  assert.deepEqual(
    await kith.setContacts("q?x=1/ü", { "marie@example.com": { name: "Marie" } }, { ifMatch: "v0" }),
    ROSTER,
  );
  await kith.patchContacts("john", { "marie@example.com": null }, { ifMatch: '"v1"' });
  const [put, patch] = fake.asked;
  assert.equal(`${put?.method} ${put?.path}`, "PUT /roster_admin/rosters/q%3Fx%3D1%2F%C3%BC");
  assert.equal(put?.headers.get("if-match"), '"v0"');
  assert.equal(put?.body, '{"marie@example.com":{"name":"Marie"}}');
  assert.equal(`${patch?.method} ${patch?.headers.get("content-type")}`, "PATCH application/merge-patch+json");
  assert.equal(patch?.headers.get("if-match"), '"v1"');
  assert.equal(patch?.body, '{"marie@example.com":null}');
  await assert.rejects(async () => kith.setContacts("..", {}), RangeError);
});

test("connect and disconnect post pairs", async () => {
  const fake = fakeKith([200, { status: "ok", connected: 1, disconnected: 0 }]);
  const pairs: Pair[] = [["john", "aaron"]];
  assert.equal((await kithOf(fake).connect(pairs)).connected, 1);
  await kithOf(fake).disconnect(pairs);
  assert.equal(fake.asked[0]?.body, '{"connect":[["john","aaron"]]}');
  assert.equal(fake.asked[1]?.body, '{"disconnect":[["john","aaron"]]}');
  assert.equal(fake.asked[1]?.path, "/roster_admin/edges");
});

test("presence of many people is asked for in portions and put together, __proto__ included", async () => {
  const users = ["__proto__", ...Array.from({ length: 1000 }, (_, n) => `user-${n}`)];
  const fake = fakeKith(({ query }) => {
    const members = query.getAll("user").map((user) => `${JSON.stringify(user)}:{"online":true}`);
    return new Response(`{${members.join()}}`);
  });
  const found = await kithOf(fake).presence(users);
  assert.deepEqual(Object.keys(found).sort(), users.toSorted());
  assert.ok(fake.asked.length > 1);
});

test("explain names both; roster is undefined where none is held", async () => {
  const fake = fakeKith([200, { visible: true, reasons: [], user: {}, contact: {} }], [404, { status: 404 }]);
  const kith = kithOf(fake, { domain: "a.example" });
  assert.equal((await kith.explain("john", "marie@a.example")).visible, true);
  assert.equal(fake.asked[0]?.query.toString(), "user=john&contact=marie%40a.example&domain=a.example");
  assert.equal(await kith.roster("john"), undefined);
});

test("audit goes on to the next page until there is none", async () => {
  const pair = { a: "john", b: "marie", a_lists_b: "both", b_lists_a: null };
  const fake = fakeKith(
    [200, { disagreements: [pair], next: "john" }],
    [200, { disagreements: [{ ...pair, a: "zoe" }], next: null }],
  );
  const found: string[] = [];
  for await (const { a } of kithOf(fake).audit()) found.push(a);
  assert.deepEqual(found, ["john", "zoe"]);
  assert.equal(fake.asked[1]?.query.get("after"), "john");
});

test("app passwords are made, listed and taken back; one that is gone is false", async () => {
  const made = { id: "a1", user: "john", name: "phone", password: "k7mq-2xwf", created: "2026-11-24T00:12:03.120Z" };
  const gone = [404, { status: 404 }] as const;
  const fake = fakeKith([201, made], [200, { user: "john", passwords: [] }], [200, { removed: 1 }], gone, [
    200,
    { removed: 2 },
  ]);
  const { appPasswords } = kithOf(fake, { domain: "a.example" });
  assert.deepEqual(await appPasswords.create("john", "phone"), made);
  assert.deepEqual(await appPasswords.list("john"), []);
  assert.deepEqual([await appPasswords.remove("john", "a1"), await appPasswords.remove("john", "a1")], [true, false]);
  assert.equal(await appPasswords.removeAll("john"), 2);
  assert.deepEqual(
    fake.asked.map(({ method, path, query, body }) => `${method} ${path}?${query} ${body}`),
    [
      'POST /kith/app-passwords?domain=a.example {"user":"john","name":"phone"}',
      "GET /kith/app-passwords?user=john&domain=a.example ",
      "DELETE /kith/app-passwords/a1?user=john&domain=a.example ",
      "DELETE /kith/app-passwords/a1?user=john&domain=a.example ",
      "DELETE /kith/app-passwords?user=john&domain=a.example ",
    ],
  );
  await assert.rejects(appPasswords.remove("john", ""), RangeError);
});

test("links for devices are made, listed and taken back", async () => {
  const made = {
    id: "a1",
    user: "john",
    name: "phone",
    uri: "xmpp:john@a.example?register;preauth=t",
    qr: "<svg/>",
    expires: "",
  };
  const fake = fakeKith([201, made], [200, { user: "john", links: [] }], [200, { removed: 1 }], [404, {}]);
  const { deviceLinks } = kithOf(fake);
  assert.deepEqual(await deviceLinks.create("john", "phone", { expires: "1h" }), made);
  assert.deepEqual(await deviceLinks.list("john"), []);
  assert.deepEqual([await deviceLinks.remove("john", "a1"), await deviceLinks.remove("john", "a1")], [true, false]);
  assert.deepEqual(
    fake.asked.map(({ method, path, query, body }) => `${method} ${path}?${query} ${body}`),
    [
      'POST /kith/device-links? {"user":"john","name":"phone","expires":"1h"}',
      "GET /kith/device-links?user=john ",
      "DELETE /kith/device-links/a1?user=john ",
      "DELETE /kith/device-links/a1?user=john ",
    ],
  );
});

test("a secret signs refresh and edges, and nothing else", async () => {
  const fake = fakeKith([200, DONE]);
  const kith = kithOf(fake, { secret: SECRET, token: "" });
  await kith.refresh(["jöhn"]);
  const [asked] = fake.asked;
  assert.equal(asked?.headers.has("authorization"), false);
  new Reference(SECRET).verify(asked?.body ?? "", Object.fromEntries(asked?.headers ?? []));
  await assert.rejects(kith.roster("john"), TypeError);
  assert.throws(() => createKith({ url: "http://kith.test" }), TypeError);
  assert.throws(() => createKith({ url: "file:///tmp", token: "t" }), TypeError);
});

test("a path before Kith's own, as behind a proxy, stays", async () => {
  const fake = fakeKith([200, DONE]);
  await kithOf(fake, { url: "https://example.com/chat" }).refresh([]);
  assert.equal(fake.asked[0]?.path, "/chat/roster_admin/refresh");
});
