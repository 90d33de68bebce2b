/**
 * How V8 uses memory in a process of Kith's own. By itself it takes up to 128 MB for new objects and never gives them back, as
 * much as ten thousand idle clients, and lets the old ones grow fourfold before it looks which of them are garbage.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Octets of each half of the room for new objects: a login of many has ended before they fill it. What V8 tells is a little less. */
const HALF = 16 * 2 ** 20;
/** Percent by which the old ones may grow until the next collection. */
const GROWTH = 50;
/**
 * Percent of that growth after which V8 begins to look. By itself it begins when less is left than the room for new objects:
 * in a small heap that is at once and again and again, and a login by TLS costs half as much again.
 */
export const BEGIN = 90;
/** Pieces of 256 KB after which it is left as it is: this is another V8. */
const PIECES = 128;

/** `given`: the flags of Node and NODE_OPTIONS; what is set by them stays. */
export function tuneHeap(given: string): void {
  if (!/heap[-_]growing/.test(given)) setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  if (!/semi[-_]space/.test(given)) limitNewObjects();
  beginAt(BEGIN);
}

/** Percent of the growth that is allowed. */
export function beginAt(percent: number): void {
  setFlagsFromString(`--incremental-marking-soft-trigger=${percent}`);
}

/**
 * V8 reads the largest size when it starts, when no program can set it for itself; but the factor by which it grows is read
 * whenever it grows. So that is always what is left to grow: looked at again after every collection, because V8 takes the room back
 * when little is made. A process that had nothing to do for a moment would be left with a sixteenth of it, and collect as many
 * times as often from then on.
 */
function limitNewObjects(): void {
  const allow = (): void => growBy(Math.max(1, Math.floor(HALF / half())));
  allow();
  outlive();
  allow();
  new PerformanceObserver(allow).observe({ entryTypes: ["gc"] });
}

let factor: number | undefined;

function growBy(left: number): void {
  if (left === factor) return;
  factor = left;
  setFlagsFromString(`--semi-space-growth-factor=${left}`);
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
