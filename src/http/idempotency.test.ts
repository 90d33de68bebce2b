import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { FakeClock } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import { type KeptAnswers, memoryKeptAnswers } from "../storage/kept-answers.ts";
import type { HttpEnv } from "./context.ts";
import { Idempotency } from "./idempotency.ts";

function world(keptAnswers?: KeptAnswers) {
  const clock = new FakeClock();
  const idempotency = new Idempotency({ keptAnswers: keptAnswers ?? memoryKeptAnswers(clock), clock, log: silentLog });
  let performed = 0;
  let fails = false;
  const app = new Hono<HttpEnv>();
  app.onError(() => new Response("broken", { status: 500 }));
  app.all("*", async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer());
    const domain = context.req.header("x-domain") ?? "a.example";
    return idempotency.answer(context, {
      domain,
      body,
      perform: async () => {
        performed++;
        if (fails) throw new Error("broken");
        return new Response(`answer ${performed}`, { status: 201, headers: { etag: '"v"' } });
      },
    });
  });
  const post = async (path: string, headers: Record<string, string> = {}, body = "x", method = "POST") => {
    const response = await app.request(path, { method, headers, body });
    return `${response.status} ${response.status === 201 ? await response.text() : ""}`.trim();
  };
  const fail = (value: boolean): void => {
    fails = value;
  };
  return { clock, post, count: () => performed, fail };
}

const KEY = { "idempotency-key": "k" };

test("the same key and body for 24 h get the same answer; then the key is free", async () => {
  const { clock, post, count } = world();
  assert.deepEqual([await post("/a", KEY), await post("/a", KEY)], ["201 answer 1", "201 answer 1"]);
  await clock.advance(24 * 3_600_000 - 1);
  assert.equal(await post("/a", KEY), "201 answer 1");
  assert.equal(await post("/a", KEY, "other"), "422");
  await clock.advance(1);
  assert.equal(await post("/a", KEY, "other"), "201 answer 2");
  assert.equal(count(), 2);
});

test("a key counts for one domain, caller, method and path", async () => {
  const { post } = world();
  const answers = [
    await post("/a", KEY),
    await post("/b", KEY),
    await post("/a", KEY, "x", "PUT"),
    await post("/a", { ...KEY, "x-domain": "b.example" }),
    await post("/a", { ...KEY, authorization: "Bearer other" }),
    await post("/a", { "idempotency-key": "l" }),
    await post("/a"),
    await post("/a"),
  ];
  assert.equal(new Set(answers).size, 8);
  assert.equal(await post("/a?x=1", KEY), "422");
});

test("a call that broke leaves the key free: nobody knows what it did", async () => {
  const { post, fail, count } = world();
  fail(true);
  assert.equal(await post("/a", KEY), "500");
  fail(false);
  assert.equal(await post("/a", KEY), "201 answer 2");
  assert.equal(count(), 2);
});

test("an answer that cannot be kept is given all the same", async () => {
  const { post } = world({ get: () => undefined, put: () => Promise.reject(new Error("disk full")) });
  assert.equal(await post("/a", KEY), "201 answer 1");
});

test("what is no key is 400 and does nothing", async () => {
  const { post, count } = world();
  for (const key of ["", "a b", "x".repeat(256), "caf\u00e9"]) {
    assert.equal(await post("/a", { "idempotency-key": key }), "400", key);
  }
  assert.equal(await post("/a", { "idempotency-key": "x".repeat(255) }), "201 answer 1");
  assert.equal(count(), 1);
});
