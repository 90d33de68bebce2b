/**
 * How V8 uses memory in a process of Kith's own. By itself it takes up to 128 MB for new objects and never gives them back, as
 * much as ten thousand idle clients, and lets the old ones grow fourfold before it looks which of them are garbage.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";

/** Octets of each half of the room for new objects: a login of many has ended before they fill it. What V8 tells is a little less. */
const HALF = 16 * 2 ** 20;
/** Octets by which the old ones may grow until the next collection, but not by more than `MOST` or less than `LEAST` percent. */
const GROWTH = 64 * 2 ** 20;
const MOST = 150;
const LEAST = 50;
/**
 * Percent of that growth after which V8 begins to look, step by step. By itself it begins when less is left than the room for new
 * objects: in a small heap that is at once and again and again, and a login by TLS costs half as much again. Much later than this,
 * large texts use up the rest before the steps are done, and what is left is done in one piece, at 80 ms.
 */
export const BEGIN = 60;
/** Pieces of 256 KB after which it is left as it is: this is another V8. */
const PIECES = 128;

let isBeginGiven = false;

/** `given`: the flags of Node and NODE_OPTIONS; what is set by them stays. */
export function tuneHeap(given: string): void {
  const lookAtOld = /heap[-_]growing/.test(given) ? undefined : limitOldObjects();
  const lookAtNew = /semi[-_]space/.test(given) ? undefined : limitNewObjects();
  isBeginGiven = /soft[-_]trigger/.test(given);
  beginAt(BEGIN);
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isOfAll)) lookAtOld?.();
    lookAtNew?.();
  });
  observer.observe({ entryTypes: ["gc"] });
}

function isOfAll(entry: PerformanceEntry): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

/** Percent of the growth that is allowed; unless that was given to Node. */
export function beginAt(percent: number): void {
  if (!isBeginGiven) setFlagsFromString(`--incremental-marking-soft-trigger=${percent}`);
}

/** A flag of V8 that is told again where it differs from what was told last. */
function flag(name: string): (value: number) => void {
  let told: number | undefined;
  return (value) => {
    if (value === told) return;
    told = value;
    setFlagsFromString(`--${name}=${value}`);
  };
}

/**
 * A small heap may grow by more than itself: what that leaves is collected when nobody waits (calm.ts). To be called after each
 * collection of old objects; V8 has set the next limit by then, so a heap that grows tenfold at once is allowed too much once.
 */
function limitOldObjects(): () => void {
  const growBy = flag("heap-growing-percent");
  const look = (): void => {
    const percent = Math.round((100 * GROWTH) / getHeapStatistics().used_heap_size);
    growBy(Math.min(MOST, Math.max(LEAST, percent)));
  };
  look();
  return look;
}

/**
 * V8 reads the largest size when it starts, when no program can set it for itself; but the factor by which it grows is read
 * whenever it grows. So that is always what is left to grow: it is to be called after each collection, because V8 takes the
 * room back when little is made. A process that had nothing to do for a moment would be left with a sixteenth of it, and collect
 * as many times as often from then on.
 */
function limitNewObjects(): () => void {
  const growBy = flag("semi-space-growth-factor");
  const look = (): void => growBy(Math.max(1, Math.floor(HALF / half())));
  look();
  outlive();
  look();
  return look;
}

/** It grows when as much as it has room for has outlived collections. */
function outlive(): void {
  const kept: number[][] = [];
  for (let piece = 0; piece < PIECES && half() < HALF / 2; piece += 1) {
    for (let part = 0; part < 128; part += 1) kept.push(new Array<number>(256).fill(piece));
  }
}

/** Octets of one half, used and free. */
function half(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  return space === undefined ? HALF : space.space_used_size + space.space_available_size;
}
