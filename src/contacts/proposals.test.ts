import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { anyText } from "../../test/support/text.ts";
import { silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { readDecision } from "./decision.ts";
import { listOf } from "./list.ts";
import { ProposalMetrics } from "./proposal-metrics.ts";
import { type DecidedProposal, Proposals, type Wish } from "./proposals.ts";
import type { PostAnswer } from "./signed-post.ts";
import { wishesOfSet, wishOfPresence } from "./wish.ts";

const LIMITS = { time: 5000, atOnce: 10, perMinute: 60 };
const ACCEPT = { decision: "accept" };

interface Post {
  readonly id: string;
  readonly body: { readonly id: string; readonly type: string; readonly name: string | null };
  readonly deadlineMs: number;
  answer(json: unknown): Promise<void>;
}

function setUp(limits = LIMITS) {
  const clock = new FakeClock();
  const posts: Post[] = [];
  const told: DecidedProposal[] = [];
  const proposals = new Proposals({
    domain: "example.com",
    url: "http://app.example/",
    clock,
    log: silentLog,
    metrics: new ProposalMetrics(new Metrics()),
    limits,
    asked: (proposal) => void told.push(proposal),
    post(_url, id, body, { deadlineMs }) {
      const { promise, resolve } = Promise.withResolvers<PostAnswer>();
      posts.push({
        id,
        body: body as Post["body"],
        deadlineMs,
        async answer(json) {
          resolve({ ok: true, status: 200, text: "", json, header: () => undefined });
          await settle();
        },
      });
      clock.after(deadlineMs, () =>
        resolve({ ok: false, failure: "timeout", message: "late", health: "sick", status: undefined }),
      );
      return promise;
    },
  });
  const post = (at: number): Post => posts[at] ?? assert.fail(`post ${at} was not made`);
  return { clock, posts, post, told, proposals };
}

function wish(type: Wish["type"], name?: string): Wish {
  return { type, contact: "john@example.com", name, groups: [], message: undefined };
}

test("contract §3: two ways of adding within 10 s are one proposal; later, or in the same way, it is another", async () => {
  const w = setUp();
  const set = w.proposals.propose("marie", wish("add", "J"), "roster-set");
  const presence = w.proposals.propose("marie", wish("add"), "presence");
  const twice = w.proposals.propose("marie", wish("add"), "roster-set");
  assert.deepEqual([set.isNew, presence.isNew, twice.isNew], [true, false, false]);
  await w.post(0).answer(ACCEPT);
  assert.deepEqual(await Promise.all([set.outcome, presence.outcome, twice.outcome]), [
    { kind: "accept" },
    { kind: "accept" },
    { kind: "accept" },
  ]);
  assert.equal(w.proposals.propose("marie", wish("add"), "roster-set").isNew, true);
  assert.equal(w.proposals.propose("marie", wish("add"), "presence").isNew, false);
  await w.post(1).answer(ACCEPT);
  await w.clock.advance(10_000);
  assert.equal(w.proposals.propose("marie", wish("add"), "presence").isNew, true);
  assert.equal(w.proposals.propose("aaron", wish("add"), "roster-set").isNew, true);
  assert.equal(new Set(w.posts.map(({ id }) => id)).size, w.posts.length);
});

test("what one user says of one contact is asked in order, within the time of each", async () => {
  const w = setUp();
  const first = w.proposals.propose("marie", wish("rename", "A"), "roster-set").outcome;
  const second = w.proposals.propose("marie", wish("rename", "B"), "roster-set").outcome;
  await w.clock.advance(3000);
  assert.deepEqual(
    w.posts.map(({ body }) => body.name),
    ["A"],
  );
  await w.post(0).answer({ decision: "deny" });
  assert.deepEqual(
    w.posts.map(({ body }) => body.name),
    ["A", "B"],
  );
  assert.equal(w.post(1).deadlineMs, 2000);
  await w.clock.advance(2000);
  assert.deepEqual(await Promise.all([first, second]), [{ kind: "deny", reason: undefined }, { kind: "failed" }]);
});

test("when the application hangs, all that wait fail in time and none is sent afterwards", async () => {
  const w = setUp();
  const outcomes = ["A", "B", "C"].map(
    (name) => w.proposals.propose("marie", wish("rename", name), "roster-set").outcome,
  );
  await w.clock.advance(5000);
  assert.deepEqual(await Promise.all(outcomes), [{ kind: "failed" }, { kind: "failed" }, { kind: "failed" }]);
  await w.clock.advance(60_000);
  assert.equal(w.posts.length, 1);
});

test("what failed and is tried again has the same id, for five minutes", async () => {
  const w = setUp();
  const ids: string[] = [];
  for (const pause of [0, 1000, 400_000]) {
    await w.clock.advance(pause);
    const outcome = w.proposals.propose("marie", wish("rename", "A"), "roster-set").outcome;
    await w.clock.advance(5000);
    await outcome;
    ids.push(w.posts.at(-1)?.id ?? "");
  }
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
  assert.deepEqual(
    w.told.map(({ id, outcome }) => [id, outcome.kind]),
    ids.map((id) => [id, "failed"]),
  );
});

test("too many at once or within a minute are refused unasked, for that user alone", async () => {
  const w = setUp({ ...LIMITS, atOnce: 2, perMinute: 3 });
  const say = (user: string, name: string) => w.proposals.propose(user, wish("rename", name), "roster-set").outcome;
  const open = [say("marie", "A"), say("marie", "B")];
  assert.deepEqual(await say("marie", "C"), { kind: "busy" });
  void say("aaron", "A");
  await w.clock.advance(5000);
  await Promise.all(open);
  void say("marie", "D");
  await w.clock.advance(5000);
  assert.deepEqual(await say("marie", "E"), { kind: "busy" });
  await w.clock.advance(60_000);
  const before = w.posts.length;
  void say("marie", "F");
  assert.equal(w.posts.length, before + 1);
});

test("readDecision takes what contract §3 names, whatever else is sent", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const decision = readDecision(value);
      assert.ok(decision === undefined || ["accept", "deny", "later"].includes(decision.kind));
    }),
  );
  fc.assert(
    fc.property(anyText({ maxLength: 3000 }), (reason) => {
      const decision = readDecision({ decision: "deny", reason });
      assert.ok(decision?.kind === "deny");
      assert.ok([...(decision.reason ?? "x")].length <= 500);
      assert.doesNotMatch(decision.reason ?? "", /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
    }),
  );
  assert.deepEqual(readDecision({ decision: "deny", reason: 7 }), { kind: "deny", reason: undefined });
});

const contact = { jid: "john@example.com", name: "John", groups: ["a", "b"], ask: false, until: undefined } as const;

test("what a roster set proposes", () => {
  const list = listOf([{ ...contact, subscription: "both" }]);
  const set = (name: string | undefined, groups: string[], jid: string = contact.jid, isRemoval = false) =>
    wishesOfSet(list, { jid, name, groups, isRemoval })?.map(({ type }) => type);
  assert.deepEqual(set("John", ["b", "a"]), []);
  assert.deepEqual(set("Jack", ["a", "b"]), ["rename"]);
  assert.deepEqual(set(undefined, ["a"]), ["rename", "regroup"]);
  assert.deepEqual(set("John", []), ["regroup"]);
  assert.deepEqual(set("Paul", [], "paul@example.com"), ["add"]);
  assert.deepEqual(set(undefined, [], contact.jid, true), ["remove"]);
  assert.deepEqual(set(undefined, [], "paul@example.com", true), undefined);
});

test("what a presence of subscription proposes, by how the contact stands in the list", () => {
  const said = (subscription: "both" | "to" | "from" | "none" | undefined, proposed?: true) =>
    (["subscribe", "subscribed", "unsubscribe", "unsubscribed"] as const).map((type) => {
      const entry = subscription === undefined ? [] : [{ ...contact, subscription, ...(proposed ? { proposed } : {}) }];
      return wishOfPresence(listOf(entry), type, contact.jid, undefined)?.type;
    });
  assert.deepEqual(said(undefined), ["add", "accept", undefined, "decline"]);
  assert.deepEqual(said("both"), [undefined, undefined, "remove", "remove"]);
  assert.deepEqual(said("to"), [undefined, "accept", "remove", "remove"]);
  assert.deepEqual(said("from"), ["add", undefined, "remove", "remove"]);
  assert.deepEqual(said("none"), ["add", "accept", "remove", "remove"]);
  assert.deepEqual(said("none", true), ["add", "accept", "remove", "decline"]);
});
