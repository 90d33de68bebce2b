/** How long the application took lately: slots of time, each with counts by duration. Bounded, a few additions a fetch. */

/** One slot that is not empty. Milliseconds; percentiles are estimated within a third. */
export interface LatencySlot {
  /** When it began, ms since the epoch. */
  readonly at: number;
  /** Fetches that ended in it. */
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Milliseconds of one slot. */
export const SLOT = 10_000;
/** Half an hour of them. */
export const SLOTS = 180;

/** Each bin ends at a third more than the one before: 1 ms to about 12 s. */
const RATIO = 4 / 3;
const BINS = 34;
const LOG_RATIO = Math.log(RATIO);

interface Slot {
  at: number;
  count: number;
  failed: number;
  max: number;
  readonly bins: Uint32Array;
}

export class Latency {
  /** The oldest is written over. */
  readonly #slots: Slot[] = [];

  add(now: number, ms: number, failed: boolean): void {
    const at = now - (now % SLOT);
    const index = (at / SLOT) % SLOTS;
    let slot = this.#slots[index];
    if (slot === undefined) {
      slot = { at, count: 0, failed: 0, max: 0, bins: new Uint32Array(BINS) };
      this.#slots[index] = slot;
    } else if (slot.at !== at) {
      Object.assign(slot, { at, count: 0, failed: 0, max: 0 });
      slot.bins.fill(0);
    }
    slot.count++;
    if (failed) slot.failed++;
    if (ms > slot.max) slot.max = ms;
    const bin = binOf(ms);
    slot.bins[bin] = (slot.bins[bin] ?? 0) + 1;
  }

  /** The oldest first. */
  slots(now: number): readonly LatencySlot[] {
    const oldest = now - SLOT * SLOTS;
    const current: Slot[] = [];
    for (const slot of this.#slots) if (slot !== undefined && slot.at > oldest) current.push(slot);
    return current
      .sort((a, b) => a.at - b.at)
      .map((slot) => {
        const { at, count, failed, max } = slot;
        return { at, count, failed, p50: percentile(slot, 0.5), p95: percentile(slot, 0.95), max };
      });
  }
}

function binOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(BINS - 1, Math.ceil(Math.log(ms) / LOG_RATIO));
}

/** As if those of one bin lay evenly in it, and never more than the longest. */
function percentile({ bins, count, max }: Slot, part: number): number {
  let left = Math.max(1, count * part);
  for (const [bin, inside] of bins.entries()) {
    if (left <= inside) return Math.min(max, bin === 0 ? left / inside : RATIO ** (bin - 1 + left / inside));
    left -= inside;
  }
  return max;
}
