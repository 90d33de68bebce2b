import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Leaves 30 MB of old objects behind and does nothing more; ends with 0 as soon as they are gone. */
const PROGRAM = `
  const { tuneHeap } = await import("${new URL("./heap.ts", import.meta.url).href}");
  const { collectWhenCalm } = await import("${new URL("./calm.ts", import.meta.url).href}");
  tuneHeap("");
  collectWhenCalm(Number(process.env.EVERY));
  let kept = [];
  for (let round = 0; round < 300000; round += 1) kept.push({ round, text: "x" + round });
  kept = undefined;
  const most = process.memoryUsage().heapUsed;
  const begun = performance.now();
  const look = setInterval(() => {
    const isGone = process.memoryUsage().heapUsed < most - 15e6;
    if (!isGone && performance.now() - begun < Number(process.env.PATIENCE)) return;
    clearInterval(look);
    process.exitCode = isGone ? 0 : 3;
  }, 50);
`;

function run(environment: Readonly<Record<string, string>>): number | null {
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  assert.equal(stderr, "", "V8 knows the flags");
  return status;
}

test("what a rush left behind is collected when all is calm, and not without that", () => {
  assert.equal(run({ EVERY: "50", PATIENCE: "20000" }), 0);
  assert.equal(run({ EVERY: "100000", PATIENCE: "1000" }), 3);
});
