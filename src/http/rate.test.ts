import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { TrustedProxies } from "./proxy.ts";
import { AddressRate } from "./rate.ts";

function rateOf(trusted: readonly string[] = [], exemptsLoopback = false) {
  const clock = new FakeClock();
  const rate = { rate: 2, burst: 3 };
  return { clock, limit: new AddressRate({ rate, proxies: new TrustedProxies(trusted), clock, exemptsLoopback }) };
}

function takeAll(limit: AddressRate, address: string): number {
  for (let taken = 0; taken < 100; taken++) if (!limit.take(address).ok) return taken;
  return 100;
}

describe("calls of one address", () => {
  test("so many at once, then so many a second, and it says how long to wait", async () => {
    const { clock, limit } = rateOf();
    assert.equal(takeAll(limit, "192.0.2.1"), 3);
    assert.deepEqual(limit.take("192.0.2.1"), { ok: false, seconds: 1 });
    await clock.advance(500);
    assert.equal(takeAll(limit, "192.0.2.1"), 1);
    await clock.advance(60_000);
    assert.equal(takeAll(limit, "192.0.2.1"), 3);
    assert.equal(takeAll(limit, "192.0.2.2"), 3);
  });

  test("an IPv6 /64 is one address, and a loopback address is one like any other", () => {
    const { limit } = rateOf();
    assert.equal(takeAll(limit, "2001:db8:1:2::1"), 3);
    assert.equal(takeAll(limit, "2001:db8:1:2:ffff::7"), 0);
    assert.equal(takeAll(limit, "2001:db8:1:3::1"), 3);
    assert.equal(takeAll(limit, "127.0.0.1"), 3);
  });

  test("no limit for a trusted proxy that names nobody, and for loopback where that is said", () => {
    const { limit } = rateOf(["10.0.0.0/8"], true);
    for (const address of ["10.1.2.3", "127.0.0.1", "::1"]) assert.equal(takeAll(limit, address), 100, address);
    assert.equal(takeAll(limit, "192.0.2.1"), 3);
    assert.equal(limit.size, 1);
  });

  test("what was little work is given back in part, and never more than the burst", () => {
    const { limit } = rateOf();
    let refused = 0;
    while (limit.take("192.0.2.1").ok) {
      limit.give("192.0.2.1", 0.9);
      refused++;
    }
    assert.equal(refused, 21); // the last of them is let in with one whole call
    for (let i = 0; i < 10; i++) limit.give("192.0.2.2", 1);
    assert.equal(takeAll(limit, "192.0.2.2"), 3);
  });

  test("a flood from everywhere is remembered in bounded memory", () => {
    const { limit } = rateOf();
    for (let i = 0; i < 20_000; i++) limit.take(`2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1`);
    assert.equal(limit.size, 4096);
  });
});
