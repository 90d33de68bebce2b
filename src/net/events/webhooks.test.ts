import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../../test/support/clock.ts";
import { DOMAIN, eventWorld, sessionEvent } from "../../../test/support/events.ts";
import type { PostAnswer } from "../../contacts/signed-post.ts";
import { silentLog } from "../../log.ts";
import { Metrics } from "../../metrics.ts";
import type { EventBody } from "../../sessions/event-hub.ts";
import { openStorage, type Storage } from "../../storage/storage.ts";
import { WebhookMetrics, Webhooks } from "./webhooks.ts";

type Failed = PostAnswer & { readonly ok: false };

const OK: PostAnswer = { ok: true, status: 204, text: "", json: undefined, header: () => undefined };
const DOWN: Failed = { ok: false, failure: "refused", message: "refused", health: "sick", status: undefined };
const REFUSED: Failed = { ok: false, failure: "status", message: "answered 422", health: "alive", status: 422 };
const DAY = 86_400_000;

interface Post {
  readonly id: string;
  readonly body: EventBody;
  readonly at: number;
}

type Answer = (post: Post) => PostAnswer | Promise<PostAnswer>;

function setUp(
  answer: Answer,
  given: { clock?: FakeClock; storage?: Storage; waiting?: number; start?: boolean } = {},
) {
  const clock = given.clock ?? new FakeClock();
  const storage = given.storage ?? openStorage({ kind: "memory" }, { clock, log: silentLog });
  const limits = given.waiting === undefined ? {} : { waiting: given.waiting };
  const { hub, log } = eventWorld({ isQueued: true, clock, storage, limits });
  const posts: Post[] = [];
  let open = 0;
  let peak = 0;
  const webhooks = new Webhooks({
    domain: DOMAIN,
    url: "http://app.example/hook",
    events: log,
    post: async (_url, id, body, { signal }) => {
      const post = { id, body: body as EventBody, at: clock.now() };
      posts.push(post);
      peak = Math.max(peak, ++open);
      const ended = new Promise<PostAnswer>((resolve) => {
        signal?.addEventListener("abort", () => resolve({ ...DOWN, message: "ended" }));
      });
      const result = await Promise.race([answer(post), ended]);
      open--;
      return result;
    },
    timeout: 5000,
    retryFor: DAY,
    clock,
    random: () => 0.5,
    log: silentLog,
    metrics: new WebhookMetrics(new Metrics()),
  });
  hub.watchQueue(DOMAIN, webhooks.wake);
  webhooks.wake();
  const emit = (user: string, resource: string): void => hub.emit(DOMAIN, sessionEvent(user, resource));
  const of = (user: string): string[] =>
    posts.filter(({ body }) => body.user === user).map(({ body }) => (body.data as { resource: string }).resource);
  return { clock, storage, log, posts, webhooks, emit, of, peak: () => peak };
}

/** What is due now, and what follows from it. */
async function run(clock: FakeClock): Promise<void> {
  for (let n = 0; n < 20; n++) await clock.advance(0);
}

test("each person's events come in order, never two at once; several people at once, and no more than the limit", async () => {
  const open = new Set<string>();
  const w = setUp(async ({ body }) => {
    assert.ok(!open.has(body.user));
    open.add(body.user);
    await settle();
    open.delete(body.user);
    return OK;
  });
  for (let n = 0; n < 5; n++) for (let user = 0; user < 40; user++) w.emit(`u${user}`, `${n}`);
  for (let n = 0; n < 40; n++) await run(w.clock);
  for (let user = 0; user < 40; user++) assert.deepEqual(w.of(`u${user}`), ["0", "1", "2", "3", "4"]);
  assert.equal(w.peak(), 16);
  assert.equal(w.log.queue.waiting, 0);
  await w.clock.advance(2000);
  assert.equal(w.clock.pending, 0);
});

test("an event that is refused is tried again with the same id, less and less often, and given up; then comes the next", async () => {
  const w = setUp(({ body }) =>
    body.user === "john" && (body.data as { resource: string }).resource === "bad" ? REFUSED : OK,
  );
  w.emit("john", "bad");
  w.emit("john", "good");
  w.emit("marie", "good");
  await run(w.clock);
  assert.deepEqual(w.of("marie"), ["good"]);
  assert.deepEqual(w.of("john"), ["bad"]);
  await w.clock.advance(DAY / 2);
  assert.deepEqual(w.of("john"), [...Array.from({ length: 10 }, () => "bad"), "good"]);
  const tries = w.posts.filter(({ body }) => body.user === "john").slice(0, 10);
  assert.equal(new Set(tries.map(({ id }) => id)).size, 1);
  const pauses = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
  assert.deepEqual(
    pauses,
    pauses.toSorted((a, b) => a - b),
  );
  const [dead] = w.log.queue.deadAfter(0, 10);
  assert.equal(dead?.reason, "answered 422");
  assert.equal(w.log.queue.dead, 1);
});

test("an application that is down is asked by one probe at a time, and gets everything in order when it is back", async () => {
  let isDown = true;
  const w = setUp(() => (isDown ? DOWN : OK));
  for (let n = 0; n < 3; n++) for (let user = 0; user < 200; user++) w.emit(`u${user}`, `${n}`);
  await run(w.clock);
  await w.clock.advance(60_000);
  const asked = w.posts.length;
  assert.ok(asked <= 16 + 20, `asked ${asked} times`);
  assert.ok(w.clock.pending <= 1, "what waits costs no timers");
  isDown = false;
  w.posts.length = 0;
  await w.clock.advance(10_000);
  for (let n = 0; n < 20; n++) await run(w.clock);
  for (let user = 0; user < 200; user++) assert.deepEqual(w.of(`u${user}`), ["0", "1", "2"]);
  assert.equal(w.log.queue.waiting, 0);
});

test("flapping: up 20 s, down 20 s: nothing is lost and nothing overtakes", async () => {
  const clock = new FakeClock();
  const begun = clock.now();
  const accepted: string[] = [];
  const w = setUp(
    ({ body }) => {
      if (Math.floor((clock.now() - begun) / 20_000) % 2 === 1) return DOWN;
      if (body.user === "john") accepted.push((body.data as { resource: string }).resource);
      return OK;
    },
    { clock },
  );
  const sent: string[] = [];
  for (let n = 0; n < 100; n++) {
    w.emit("john", `${n}`);
    w.emit(`other${n % 7}`, `${n}`);
    sent.push(`${n}`);
    await clock.advance(1000);
  }
  await clock.advance(60_000);
  assert.deepEqual(accepted, sent);
  assert.equal(w.log.queue.waiting, 0);
});

test("an event that could not be delivered for too long is given up", async () => {
  const w = setUp(() => DOWN);
  w.emit("john", "old");
  await w.clock.advance(DAY + 600_000);
  assert.equal(w.log.queue.waiting, 0);
  assert.equal(w.log.queue.dead, 1);
});

test("an endpoint that never answers holds no more than its share, and the queue stays bounded", async () => {
  const w = setUp(() => new Promise(() => undefined), { waiting: 100 });
  for (let n = 0; n < 300; n++) w.emit(`u${n}`, "x");
  await run(w.clock);
  assert.equal(w.posts.length, 16);
  assert.equal(w.log.queue.waiting, 100);
  assert.equal(w.log.queue.dead, 100, "the newest that were given up");
});

test("what was on its way at the end is sent again by the next run, with the same id", async () => {
  const clock = new FakeClock();
  const first = setUp(() => new Promise(() => undefined), { clock });
  first.emit("john", "1");
  first.emit("john", "2");
  await run(clock);
  await first.webhooks.close();
  assert.deepEqual(first.of("john"), ["1"]);
  const second = setUp(() => OK, { clock, storage: first.storage });
  await run(clock);
  assert.deepEqual(second.of("john"), ["1", "2"]);
  assert.equal(second.posts[0]?.id, first.posts[0]?.id);
});

test("a person who waits for the next try keeps nobody else waiting while others are busy", async () => {
  const slow = Promise.withResolvers<PostAnswer>();
  let refusals = 1;
  const w = setUp(({ body }) => {
    if (body.user === "slow") return slow.promise;
    return refusals-- > 0 ? REFUSED : OK;
  });
  w.emit("slow", "1");
  w.emit("john", "1");
  await run(w.clock);
  await w.clock.advance(5000);
  assert.deepEqual(w.of("john"), ["1", "1"]);
  slow.resolve(OK);
  await run(w.clock);
  assert.equal(w.log.queue.waiting, 0);
});
