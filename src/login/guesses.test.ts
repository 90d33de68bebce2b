import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { GUESS_LIMITS, Guesses, type Judged } from "./guesses.ts";

/** Starts a try and tells whether it is answered. */
function start(guesses: Guesses, isRight: boolean, account = "john", address = "192.0.2.1") {
  const state: { answer: Judged | undefined } = { answer: undefined };
  void guesses
    .attempt(account, address, () => isRight)
    .then((answer) => {
      state.answer = answer;
    });
  return state;
}

/** The ms until a wrong try is answered. */
async function delayOf(guesses: Guesses, clock: FakeClock): Promise<number> {
  const begun = clock.now();
  const wrong = start(guesses, false);
  await settle();
  while (wrong.answer === undefined) await clock.advance(100);
  return clock.now() - begun;
}

test("from the 4th wrong try in a minute the answer is late, growing to 5 s", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  const delays: number[] = [];
  for (let tries = 0; tries < 9; tries++) delays.push(await delayOf(guesses, clock));
  assert.deepEqual(delays, [0, 0, 0, 500, 1000, 2000, 4000, 5000, 5000]);
});

test("wrong tries are forgotten 10 s after the last answer", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  for (let tries = 0; tries < 4; tries++) await delayOf(guesses, clock);
  await clock.advance(9_999);
  assert.equal(await delayOf(guesses, clock), 1000);
  await clock.advance(10_000);
  assert.equal(await delayOf(guesses, clock), 0);
});

test("wrong tries older than a minute do not count", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  const delays: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    delays.push(await delayOf(guesses, clock));
    await clock.advance(9_000);
  }
  // The 8th comes 70.5 s after the first: of the seven before it, five are left.
  assert.deepEqual(delays, [0, 0, 0, 500, 1000, 2000, 4000, 2000]);
});

test("a right password is answered at once, also after wrong ones", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  for (let tries = 0; tries < 8; tries++) await delayOf(guesses, clock);
  const right = start(guesses, true);
  await settle();
  assert.equal(right.answer, "right");
});

test("one try of a pair is under way, ten wait, further ones are busy; other pairs do not notice", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  for (let tries = 0; tries < 3; tries++) await delayOf(guesses, clock);
  const underWay = start(guesses, false);
  const waiting = Array.from({ length: 10 }, () => start(guesses, true));
  const further = start(guesses, true);
  const otherAddress = start(guesses, true, "john", "192.0.2.2");
  const otherAccount = start(guesses, true, "marie");
  await settle();
  assert.equal(underWay.answer, undefined);
  assert.deepEqual(new Set(waiting.map((one) => one.answer)), new Set([undefined]));
  assert.equal(further.answer, "busy");
  assert.equal(otherAddress.answer, "right");
  assert.equal(otherAccount.answer, "right");
  await clock.advance(500);
  assert.equal(underWay.answer, "wrong");
  assert.deepEqual(new Set(waiting.map((one) => one.answer)), new Set(["right"]));
});

test("never two checks of a pair at once", async () => {
  const guesses = new Guesses(new FakeClock());
  let underWay = 0;
  let most = 0;
  const check = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await settle();
    underWay -= 1;
    return true;
  };
  const answers = await Promise.all(Array.from({ length: 8 }, () => guesses.attempt("john", "::1", check)));
  assert.deepEqual(new Set(answers), new Set(["right"]));
  assert.equal(most, 1);
});

test("a check that breaks or gives up frees the pair", async () => {
  const guesses = new Guesses(new FakeClock());
  await assert.rejects(
    guesses.attempt("john", "::1", () => {
      throw new Error("broken");
    }),
    /broken/,
  );
  assert.equal(await guesses.attempt("john", "::1", () => undefined), "busy");
  assert.equal(await guesses.attempt("john", "::1", () => true), "right");
});

test("memory is bounded: right tries leave nothing, wrong ones at most 10 000 pairs", async () => {
  const guesses = new Guesses(new FakeClock());
  await guesses.attempt("john", "192.0.2.1", () => true);
  assert.equal(guesses.size, 0);
  for (let user = 0; user < 10_500; user++) await guesses.attempt(`user${user}`, "192.0.2.1", () => false);
  assert.equal(guesses.size, GUESS_LIMITS.pairs);
});

test("RFC 6177 §2: the addresses of one IPv6 network are one guesser, as they are for all other limits", async () => {
  const clock = new FakeClock();
  const guesses = new Guesses(clock);
  const from = (host: number) => start(guesses, false, "john", `2001:db8:1:2::${host}`);
  const tries = [1, 2, 3, 4].map(from);
  await settle();
  assert.deepEqual(
    tries.map(({ answer }) => answer),
    ["wrong", "wrong", "wrong", undefined],
  );
  const elsewhere = start(guesses, false, "john", "2001:db8:1:3::1");
  await settle();
  assert.equal(elsewhere.answer, "wrong");
  await clock.advance(500);
  assert.equal(tries[3]?.answer, "wrong");
});
