import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isWorth } from "./calm.ts";

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

/** Keeps 130 MB and works a little; ends with the number of times that all of it was looked at. */
const LITTLE_WORK = `
  const { PerformanceObserver, constants } = await import("node:perf_hooks");
  const { tuneHeap } = await import("${new URL("./heap.ts", import.meta.url).href}");
  const { collectWhenCalm } = await import("${new URL("./calm.ts", import.meta.url).href}");
  tuneHeap("");
  const made = (count) => Array.from({ length: count }, (_, round) => ({ round, text: "x" + round, parts: [round] }));
  const kept = made(1_000_000);
  const waiting = [];
  setInterval(() => {
    waiting.push(made(1500));
    if (waiting.length > 50) waiting.shift();
  }, 50);
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count += 1;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  observer.observe({ entryTypes: ["gc"] });
  collectWhenCalm(250);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  process.exit(kept.length === 1_000_000 ? count : 99);
`;

function run(environment: Readonly<Record<string, string>>, program = PROGRAM): number | null {
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
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

test("who works a little is not made to look at a large heap again and again", () => {
  const times = run({}, LITTLE_WORK);
  assert.ok(times !== null && times <= 1, `${times} times`);
});

test("a collection is worth what grew, be it by octets or by share", () => {
  const mb = 2 ** 20;
  assert.deepEqual(
    [
      [9, 5],
      [10, 5],
      [110, 100],
      [111, 100],
      [5, 100],
    ].map(([used = 0, least = 0]) => isWorth(used * mb, least * mb)),
    [false, true, false, true, false],
  );
});
