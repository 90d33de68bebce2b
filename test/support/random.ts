/** Chance that can be had again: the same seed, the same story. */
export interface Chance {
  /** From 0 to 1, without 1. */
  next(): number;
  /** One of them; `from` is not empty. */
  pick<T>(from: readonly T[]): T;
  /** An integer from 0, below `below`. */
  below(below: number): number;
  /** True with this probability. */
  is(probability: number): boolean;
}

/** mulberry32 */
export function chance(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, pick: (from) => from[below(from.length)] as (typeof from)[number], is: (p) => next() < p };
}
