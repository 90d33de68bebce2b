import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Lru } from "./lru.ts";

test("law: it holds what a list of the latest used would hold", () => {
  const step = fc.record({ key: fc.constantFrom("", "a", "b", "c", "d"), isSet: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step), (most, steps) => {
      const lru = new Lru<object>(most);
      let latest: { readonly key: string; readonly value: object }[] = [];
      for (const { key, isSet } of steps) {
        const before = latest.find((one) => one.key === key);
        const value = isSet ? {} : before?.value;
        if (isSet && value !== undefined) lru.set(key, value);
        else assert.equal(lru.get(key), value);
        if (value === undefined) continue;
        latest = [{ key, value }, ...latest.filter((one) => one.key !== key)].slice(0, most);
      }
      assert.equal(lru.size, latest.length);
      for (const { key, value } of latest) assert.equal(lru.get(key), value);
    }),
  );
});
