import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Bucket } from "./bucket.ts";

const RATE = { rate: 1000, burst: 4000 };

test("the burst is free, then the rate decides", () => {
  const bucket = new Bucket(RATE, 0);
  assert.ok(bucket.take(4000, RATE, 0));
  assert.ok(!bucket.take(500, RATE, 0));
  assert.ok(!bucket.isOpen(RATE, 499));
  assert.ok(bucket.isOpen(RATE, 500));
});

test("law: who waits while it is closed never gets more than burst + rate × time, and one last take", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ wait: fc.nat(3000), units: fc.nat(5000) })), (steps) => {
      const bucket = new Bucket(RATE, 0);
      let now = 0;
      let taken = 0;
      for (const { wait, units } of steps) {
        now += wait;
        if (!bucket.isOpen(RATE, now)) continue;
        bucket.take(units, RATE, now);
        taken += units;
        assert.ok(taken <= RATE.burst + now * (RATE.rate / 1000) + 5000);
      }
    }),
  );
});
