/** Tries, keys, deadlines and errors of a call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Asked, type FakeKith, fakeKith } from "../test/support/fake-kith.ts";
import { pauseOf } from "./call.ts";
import { createKith, KithApiError, KithNetworkError, type KithOptions } from "./index.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const DONE = { status: "ok", message: "roster update complete", updated: 1, errors: 0 };
const GONE = new TypeError("fetch failed");

function kithOf(fake: FakeKith, options: Partial<KithOptions> = {}) {
  return createKith({ url: "http://kith.test:5280", token: "t", fetch: fake.fetch, backoff: 1, ...options });
}

const silence = (asked: Asked): Promise<Response> => {
  return new Promise((_, reject) => {
    if (asked.signal.aborted) reject(asked.signal.reason);
    asked.signal.addEventListener("abort", () => reject(asked.signal.reason));
  });
};

test("connections that fail, 429 and 502 to 504 are tried again, under one key", async () => {
  const fake = fakeKith(GONE, 502, 503, 504, [200, DONE]);
  assert.deepEqual(await kithOf(fake).refresh(["john"]), DONE);
  const keys = new Set(fake.asked.map(({ headers }) => headers.get("idempotency-key")));
  assert.equal(fake.asked.length, 5);
  assert.equal(keys.size, 1);
  assert.match([...keys][0] ?? "", /^[0-9a-f-]{36}$/);
});

test("each call has its own key, unless it is told one; a GET has none", async () => {
  const fake = fakeKith([200, DONE], [200, DONE], [200, DONE], [200, {}]);
  const kith = kithOf(fake);
  await kith.refresh(["john"]);
  await kith.refresh(["john"]);
  await kith.refresh(["john"], { idempotencyKey: "mine" });
  await kith.roster("john");
  const [one, two, three, four] = fake.asked.map(({ headers }) => headers.get("idempotency-key"));
  assert.notEqual(one, two);
  assert.equal(three, "mine");
  assert.equal(four, null);
});

test("each try is signed anew: an id counts once", async () => {
  const fake = fakeKith(503, [200, DONE]);
  await kithOf(fake, { secret: SECRET, token: "" }).refresh(["john"]);
  const [one, two] = fake.asked.map(({ headers }) => headers.get("webhook-id"));
  assert.ok(one !== null && two !== null && one !== two);
});

test("409 says that a former try is still at work: the answer is waited for", async () => {
  const fake = fakeKith(GONE, 409, [200, DONE]);
  assert.deepEqual(await kithOf(fake).refresh(["john"]), DONE);
});

for (const status of [301, 400, 401, 403, 404, 412, 413, 422, 500]) {
  test(`${status} is not tried again: trying does not mend it`, async () => {
    const detail = "john@ is no localpart";
    const fake = fakeKith([status, { type: "about:blank", title: "No", status, detail }]);
    await assert.rejects(kithOf(fake).refresh(["john"]), (error) => {
      assert.ok(error instanceof KithApiError);
      assert.equal(error.status, status);
      assert.equal(error.problem?.detail, detail);
      assert.equal(error.message, `POST /roster_admin/refresh: ${status} ${detail}`);
      return true;
    });
    assert.equal(fake.asked.length, 1);
  });
}

test("the tries are counted, and the last failure is told", async () => {
  const unreachable = fakeKith(GONE);
  await assert.rejects(kithOf(unreachable, { retries: 2 }).refresh(["john"]), (error) => {
    assert.ok(error instanceof KithNetworkError && error.code === "unreachable" && error.cause === GONE);
    return true;
  });
  assert.equal(unreachable.asked.length, 3);
  const busy = fakeKith([503, "<html>busy</html>"]);
  await assert.rejects(kithOf(busy, { retries: 1 }).refresh(["john"]), { status: 503, body: "<html>busy</html>" });
});

test("a try without an answer ends and is followed by another; all together end at the deadline", async () => {
  const slow = fakeKith(silence, [200, DONE]);
  assert.deepEqual(await kithOf(slow, { timeout: 20 }).refresh(["john"]), DONE);
  const silent = fakeKith(silence);
  await assert.rejects(kithOf(silent, { deadline: 20 }).refresh(["john"]), { code: "timeout" });
  assert.equal(silent.asked.length, 1);
});

test("a signal ends a try, and a pause, with its own reason", async () => {
  const reason = new Error("the page was closed");
  const trying = new AbortController();
  const call = kithOf(fakeKith(silence)).refresh(["john"], { signal: trying.signal });
  trying.abort(reason);
  await assert.rejects(call, reason);
  const pausing = new AbortController();
  const busy = fakeKith(() => {
    setImmediate(() => pausing.abort(reason));
    return new Response(null, { status: 503 });
  });
  await assert.rejects(kithOf(busy, { backoff: 60_000 }).refresh(["john"], { signal: pausing.signal }), reason);
});

test("Retry-After beyond the deadline is not waited for", async () => {
  const fake = fakeKith([429, "", { "retry-after": "3600" }]);
  await assert.rejects(kithOf(fake).refresh(["john"]), { status: 429 });
  assert.equal(fake.asked.length, 1);
});

test("an answer that is not JSON is told as what it is", async () => {
  await assert.rejects(kithOf(fakeKith([200, "<html>a router</html>"])).refresh(["john"]), { code: "bad-answer" });
});

test("pauses double, vary and have an end", () => {
  for (let tries = 0; tries < 2000; tries++) {
    const most = Math.min(10_000, 250 * 2 ** tries);
    const found = pauseOf(250, tries);
    assert.ok(found >= most / 2 && found <= most, `${tries}: ${found}`);
  }
});
