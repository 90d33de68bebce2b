import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const MODULE = new URL("./heap.ts", import.meta.url).href;
/** Prints the MB of new space after much was made and some of it kept. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from "node:v8";
  const { tuneHeap } = await import("${MODULE}");
  tuneHeap(process.execArgv.join(" "));
  const kept = [];
  for (let round = 0; round < 3000000; round += 1) kept[round % 100000] = { round, text: "x" + round };
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  console.log(space.space_size / 2 ** 20);
`;

function newSpace(...flags: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, "--input-type=module", "--eval", PROGRAM], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "", "V8 knows the flags");
  return Number(stdout);
}

test("the room for new objects stays at 32 MB however much is made", () => {
  const size = newSpace();
  assert.ok(size > 8 && size <= 32, `${size} MB`);
});

test("a size that was given to Node stays", () => {
  assert.ok(newSpace("--max-semi-space-size=2") <= 4);
});
