/** `limits.login`: one address that tries the passwords of many people. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../test/support/clock.ts";
import { TrustedProxies } from "./http/proxy.ts";
import { type LogFields, silentLog } from "./log.ts";
import { GUESS_LIMITS, Guesses } from "./login/guesses.ts";
import { sprayWatch } from "./spray-watch.ts";

const SCHOOL = "192.0.2.1";

function begin(limits = { wrong: 3, wrongPerSecond: 1 }) {
  const clock = new FakeClock();
  const told: (LogFields | undefined)[] = [];
  const log = { ...silentLog, warn: (_: string, fields?: LogFields) => void told.push(fields) };
  const isSpraying = sprayWatch({ limits, proxies: new TrustedProxies(["198.51.100.0/24"]), clock, log });
  const guesses = new Guesses(clock, GUESS_LIMITS, isSpraying);
  /** The ms until the answer. */
  const timeOf = async (user: string, isRight: boolean, address = SCHOOL): Promise<number> => {
    const begun = clock.now();
    let isThere = false;
    const answer = guesses
      .attempt(user, address, () => isRight)
      .then(() => {
        isThere = true;
      });
    await settle();
    while (!isThere) await clock.advance(100);
    await answer;
    return clock.now() - begun;
  };
  return { clock, told, guesses, timeOf };
}

test("wrong tries of one address for ever other people are answered late, above the limit", async () => {
  const { timeOf } = begin();
  const times: number[] = [];
  for (let user = 0; user < 5; user++) times.push(await timeOf(`user${user}`, false));
  assert.deepEqual(times, [0, 0, 0, 5000, 0]);
});

test("a right password is answered at once all the while, for everybody behind the address", async () => {
  const { guesses, timeOf } = begin();
  const late = Array.from({ length: 50 }, (_, n) => guesses.attempt(`user${n}`, SCHOOL, () => false));
  await settle();
  assert.equal(await timeOf("john", true), 0);
  assert.equal(late.length, 50);
});

test("so many a second are answered at once again", async () => {
  const { clock, timeOf } = begin();
  for (let user = 0; user < 3; user++) await timeOf(`user${user}`, false);
  await clock.advance(2000);
  assert.deepEqual([await timeOf("a", false), await timeOf("b", false), await timeOf("c", false)], [0, 0, 5000]);
});

test("other addresses do not notice, the addresses of one IPv6 network count together", async () => {
  const { timeOf } = begin();
  for (let user = 0; user < 3; user++) await timeOf(`user${user}`, false, `2001:db8:1:2::${user}`);
  assert.equal(await timeOf("a", false), 0);
  assert.equal(await timeOf("b", false, "2001:db8:1:3::1"), 0);
  assert.equal(await timeOf("c", false, "2001:db8:1:2:ffff::1"), 5000);
});

test("it is never for loopback and http.trustProxy", async () => {
  const { told, timeOf } = begin();
  for (const address of ["127.0.0.1", "::1", "198.51.100.7"]) {
    for (let user = 0; user < 6; user++) assert.equal(await timeOf(`${address}-${user}`, false, address), 0);
  }
  assert.deepEqual(told, []);
});

test("the log names such an address, at most once a minute", async () => {
  const { clock, told, guesses } = begin();
  const spray = (): unknown => Array.from({ length: 20 }, (_, n) => guesses.attempt(`u${n}`, SCHOOL, () => false));
  spray();
  await settle();
  assert.deepEqual(told, [{ address: SCHOOL }]);
  await clock.advance(60_000);
  spray();
  await settle();
  assert.equal(told.length, 2);
});
