import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SplitMap } from "./split-map.ts";

test("law: it holds what a map holds", () => {
  const key = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.nat(200).map((n) => `user${n}`),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat())), fc.nat(5000), (pairs, expected) => {
      const split = new SplitMap<number>(expected);
      const whole = new Map<string, number>();
      for (const [name, value] of pairs) {
        split.set(name, value);
        whole.set(name, value);
      }
      assert.equal(split.size, whole.size);
      assert.deepEqual(new Map(split), whole);
      assert.deepEqual([...split.keys()].sort(), [...whole.keys()].sort());
      for (const [name, value] of whole) assert.equal(split.get(name), value);
      assert.equal(split.has("nobody at all"), false);
      const seen = new Map<string, number>();
      split.forEach((value, name) => {
        seen.set(name, value);
      });
      assert.deepEqual(seen, whole);
      assert.equal([...split.values()].length, whole.size);
    }),
  );
});
