import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const MODULE = new URL("./heap.ts", import.meta.url).href;
/** What the programs have in common: `make` makes much and keeps some of it, `size` is the MB of new space. */
const TUNED = `
  import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
  import { runInNewContext } from "node:vm";
  import { setTimeout as pause } from "node:timers/promises";
  const { tuneHeap } = await import("${MODULE}");
  tuneHeap(process.execArgv.join(" "));
  const kept = [];
  const make = () => {
    for (let round = 0; round < 300000; round += 1) kept[round % 100000] = { round, text: "x" + round };
  };
  const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size / 2 ** 20;
`;
const MAKING_MUCH = `${TUNED}
  for (let round = 0; round < 10; round += 1) make();
  console.log(size());
`;
/** Two collections while next to nothing is made, as V8 does by itself: then it takes the room back. */
const RESTING = `${TUNED}
  make();
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  for (let round = 0; round < 50 && size() > 4; round += 1) {
    await pause(100);
    gc();
  }
  if (size() > 4) throw new Error("V8 kept " + size());
  for (let round = 0; round < 10; round += 1) {
    await pause(1);
    make();
  }
  console.log(size());
`;

function newSpace(program: string, ...flags: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, "--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "", "V8 knows the flags");
  return Number(stdout);
}

test("the room for new objects stays at 32 MB however much is made", () => {
  const size = newSpace(MAKING_MUCH);
  assert.ok(size > 8 && size <= 32, `${size} MB`);
});

test("a size that was given to Node stays", () => {
  assert.ok(newSpace(MAKING_MUCH, "--max-semi-space-size=2") <= 4);
});

test("room that V8 took back while there was nothing to do is there again when there is", () => {
  const size = newSpace(RESTING);
  assert.ok(size > 16 && size <= 32, `${size} MB`);
});
