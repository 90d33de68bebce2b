/**
 * Collects garbage while nobody waits for anything. V8 looks for it when much was made; what a rush of logins leaves behind
 * would otherwise stay until the next rush.
 */
import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BEGIN, beginAt } from "./heap.ts";

/** ms between two looks. */
const EVERY = 1000;
/** Looks in a row that find it calm: between two rushes it is not worth it. */
const LOOKS = 5;
/** Share of the time between two looks that may be spent on work. */
const CALM = 0.1;
/** Octets more than after the last collection that are worth one, and their share of a large heap: all of it is looked at. */
const WORTH = 4 * 2 ** 20;
const SHARE = 0.1;

/** From now on, as long as the process lives; it does not keep it alive. `every`: ms between two looks. */
export function collectWhenCalm(every = EVERY): void {
  const collectNew = collectorOfNewObjects();
  let seen = performance.eventLoopUtilization();
  let least = getHeapStatistics().used_heap_size;
  let hasCollected = false;
  let calm = 0;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, seen);
    seen = now;
    const { used_heap_size: used } = getHeapStatistics();
    if (hasCollected) {
      hasCollected = false;
      least = used;
      return;
    }
    calm = utilization < CALM ? calm + 1 : 0;
    if (used < least) least = used;
    else if (calm >= LOOKS && isWorth(used, least)) {
      // After a collection of new objects V8 looks whether to begin with the old ones: beside us, a few ms of it in our time.
      beginAt(1);
      collectNew();
      hasCollected = true;
      // By then it has begun. Until our next look it would have time to begin once more.
      setTimeout(() => beginAt(BEGIN), every / 10).unref();
    }
  }, every).unref();
}

/** `least`: octets after the last collection. */
export function isWorth(used: number, least: number): boolean {
  return used - least > Math.max(WORTH, least * SHARE);
}

function collectorOfNewObjects(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" }) => void;
  return () => gc({ type: "minor" });
}
