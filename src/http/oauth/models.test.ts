import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../../test/support/clock.ts";
import { ShortLived } from "./models.ts";

function start(most = 3, keptOn = 0) {
  const clock = new FakeClock();
  return { clock, held: new ShortLived(clock, most, keptOn) };
}

test("what is over is not found, and not held", async () => {
  const { clock, held } = start();
  held.put("one", { uid: "u", userCode: "c" }, 60);
  await clock.advance(59_999);
  assert.deepEqual([held.get("one"), held.getByUid("u"), held.getByUserCode("c")].map(Boolean), [true, true, true]);
  await clock.advance(1);
  assert.deepEqual([held.getByUserCode("c"), held.getByUid("u"), held.get("one")], [undefined, undefined, undefined]);
  assert.equal(held.size, 0);
});

test("RFC 8628 §3.5: codes are remembered after they are over, and using one up does not lengthen that", async () => {
  const { clock, held } = start(3, 600);
  held.put("code", { userCode: "c" }, 60);
  await clock.advance(61_000);
  held.consume("code");
  assert.deepEqual(held.getByUserCode("c"), { userCode: "c", consumed: Math.floor(clock.now() / 1000) });
  await clock.advance(599_000);
  assert.equal(held.get("code"), undefined);
});

test("too many: the oldest goes, with its other names", () => {
  const { held } = start();
  for (const id of ["a", "b", "c", "d"]) held.put(id, { uid: `u${id}`, userCode: `c${id}` }, 60);
  assert.equal(held.size, 3);
  assert.equal(held.get("a") ?? held.getByUid("ua") ?? held.getByUserCode("ca"), undefined);
  assert.deepEqual(held.getByUid("ud"), { uid: "ud", userCode: "cd" });
});

test("a flood is bounded in number and in octets, and leaves no names behind", () => {
  const { held } = start(10_000);
  const big = "x".repeat(100_000);
  for (let n = 0; n < 2000; n++) held.put(`id${n}`, { uid: `u${n}`, userCode: `c${n}`, big }, 600);
  assert.ok(held.size <= 335, String(held.size)); // 32 MiB
  assert.ok(held.octets <= 32 * 1024 * 1024, String(held.octets));
  assert.equal(held.names, 2 * held.size);
  for (let n = 0; n < 2000; n++) held.remove(`id${n}`);
  assert.deepEqual([held.size, held.octets, held.names], [0, 0, 0]);
});

test("one thing that is larger than all that may be held is not held", () => {
  const { held } = start();
  held.put("small", {}, 60);
  held.put("huge", { text: "x".repeat(40 * 1024 * 1024) }, 60);
  assert.equal(held.size, 0);
});

test("written again under another name, the old name leads nowhere", () => {
  const { held } = start();
  held.put("id", { uid: "old" }, 60);
  held.put("id", { uid: "new" }, 60);
  assert.deepEqual([held.getByUid("old"), held.getByUid("new")], [undefined, { uid: "new" }]);
  held.put("other", { uid: "new" }, 60);
  held.remove("id");
  assert.deepEqual(held.getByUid("new"), { uid: "new" });
});

test("RFC 6749 §4.1.2: what came of a grant goes with it", () => {
  const { held } = start();
  held.put("a", { grantId: "g" }, 60);
  held.put("b", { grantId: "h" }, 60);
  held.removeOf("g");
  assert.deepEqual([held.get("a"), held.get("b")], [undefined, { grantId: "h" }]);
});
