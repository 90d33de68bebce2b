import assert from "node:assert/strict";
import { test } from "node:test";
import { randomText } from "./random.ts";

test("random text has the length that was asked for, and no two are the same, over many fillings of the pool", () => {
  const all = Array.from({ length: 3000 }, (_, index) => randomText(9 + (index % 10)));
  for (const [index, text] of all.entries()) {
    assert.match(text, /^[A-Za-z0-9_-]+$/);
    assert.equal(Buffer.from(text, "base64url").length, 9 + (index % 10));
  }
  assert.equal(new Set(all).size, all.length);
  assert.equal(Buffer.from(randomText(4096), "base64url").length, 4096);
  assert.throws(() => randomText(4097), RangeError);
});
