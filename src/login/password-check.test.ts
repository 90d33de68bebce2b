import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import type { PostAnswer } from "../contacts/signed-post.ts";
import { type Log, type LogFields, silentLog } from "../log.ts";
import { createApplication } from "./application.ts";
import { createPasswordCheck } from "./password-check.ts";

const yes = (json: unknown, status = 200): PostAnswer => ({
  ok: true,
  status,
  text: "",
  json,
  header: () => undefined,
});
const sick: PostAnswer = { ok: false, failure: "failed", message: "it answered 503", health: "sick", status: 503 };

function begin(answer: (body: { user: string; password: string }) => PostAnswer) {
  const clock = new FakeClock();
  const posted: { url: string; id: string; body: unknown }[] = [];
  const logged: (LogFields | undefined)[] = [];
  const log: Log = { ...silentLog, warn: (_, fields) => void logged.push(fields) };
  const ask = createApplication({
    domain: "example.com",
    url: "http://127.0.0.1/password",
    clock,
    log,
    deadline: 5000,
    async post(url, id, body) {
      posted.push({ url, id, body });
      return answer(body as { user: string; password: string });
    },
  });
  return { clock, posted, logged, check: createPasswordCheck({ ask, clock, cache: 30_000 }) };
}

test("the application decides; each question has an id of its own", async () => {
  const { posted, check } = begin(({ password }) => yes({ ok: password === "right" }));
  assert.equal(await check("john", "right"), true);
  assert.equal(await check("john", "wrong"), false);
  assert.deepEqual(posted[0]?.body, { user: "john", domain: "example.com", password: "right" });
  assert.notEqual(posted[0]?.id, posted[1]?.id);
});

test("a right password is not asked about again for a while; its user's name alone opens nothing", async () => {
  const { clock, posted, check } = begin(({ password }) => yes({ ok: password === "right" }));
  assert.deepEqual([await check("john", "right"), await check("john", "right")], [true, true]);
  assert.equal(posted.length, 1);
  assert.equal(await check("mary", "right"), true);
  assert.equal(posted.length, 2);
  await clock.advance(30_000);
  await check("john", "right");
  assert.equal(posted.length, 3);
});

test("a password that was changed ends what was remembered: at the first new, wrong or unanswered one", async () => {
  for (const between of ["new", "wrong", "down"]) {
    let current = "old";
    const { check } = begin(({ password }) => (password === "down" ? sick : yes({ ok: password === current })));
    assert.equal(await check("john", "old"), true);
    current = "new";
    assert.equal(await check("john", "old"), true, "remembered for up to 30 s");
    await check("john", between);
    assert.equal(await check("john", "old"), false, between);
  }
});

test("anything but 200 with a decision is no decision, and the log quotes no password", async () => {
  const answers = [sick, yes({ ok: "true" }), yes({}), yes(null), yes([]), yes(undefined), yes({ ok: true }, 201)];
  const { logged, check } = begin(() => answers.shift() ?? sick);
  for (let left = answers.length; left > 0; left--) assert.equal(await check("john", "hunter2"), undefined);
  assert.equal(logged.length, 7);
  assert.doesNotMatch(JSON.stringify(logged), /hunter2/);
});

test("a sick application is not stormed: after 20 failures of 5 people one probe a second goes out", async () => {
  let isUp = false;
  const { clock, posted, check } = begin(() => (isUp ? yes({ ok: true }) : sick));
  for (let at = 0; at < 20; at++) assert.equal(await check(`user${at % 5}`, "p"), undefined);
  for (let at = 0; at < 10; at++) assert.equal(await check("john", "p"), undefined);
  assert.equal(posted.length, 20);
  isUp = true;
  await clock.advance(1000);
  assert.equal(await check("john", "p"), true);
  assert.equal(await check("mary", "p"), true);
});
