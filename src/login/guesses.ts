/**
 * Limits on guessing, counted for each pair of account and address, so that nobody can lock out somebody else. A whole
 * /64 is one address: who has one has 2^64 of them.
 */
import { sourceOf } from "../addresses.ts";
import type { Clock } from "../clock.ts";

export interface GuessLimits {
  /** Wrong tries in `window` whose answer is not held back. */
  readonly free: number;
  /** ms over which wrong tries are counted. */
  readonly window: number;
  /** ms that the first wrong try above `free` waits for its answer; each further one doubles it. */
  readonly firstDelay: number;
  /** ms that no answer is held back longer than. */
  readonly longestDelay: number;
  /** ms after the last wrong answer until all is forgotten. */
  readonly forgetAfter: number;
  /** Tries of one pair that may wait while another is under way. */
  readonly waiting: number;
  /** Pairs that are remembered; the longest unused goes first. */
  readonly pairs: number;
}

export const GUESS_LIMITS: GuessLimits = {
  free: 3,
  window: 60_000,
  firstDelay: 500,
  longestDelay: 5_000,
  forgetAfter: 10_000,
  waiting: 10,
  pairs: 10_000,
};

/** Pairs that are looked at to find one that is idle when memory is full. */
const SEARCH = 100;

interface Pair {
  underWay: boolean;
  readonly waiting: (() => void)[];
  /** When each wrong try of the window was judged. */
  wrong: number[];
  lastAnswer: number;
}

/** `busy`: too many tries of this pair wait, or the check itself gave up. */
export type Judged = "right" | "wrong" | "busy";

export class Guesses {
  readonly #clock: Clock;
  readonly #limits: GuessLimits;
  readonly #isSpraying: (address: string) => boolean;
  /** The longest unused first. */
  readonly #pairs = new Map<string, Pair>();

  /** `isSpraying` counts a wrong try, and says whether there are too many from this address, whoever they name. */
  constructor(clock: Clock, limits: GuessLimits = GUESS_LIMITS, isSpraying = (_address: string): boolean => false) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isSpraying = isSpraying;
  }

  /** Pairs remembered at this moment. */
  get size(): number {
    return this.#pairs.size;
  }

  /**
   * Runs `check` when no other try of the pair is under way. A wrong one is answered late when there were too many; a
   * right one never is. `check` gives undefined when it could not be done.
   */
  async attempt(
    account: string,
    address: string,
    check: () => boolean | undefined | Promise<boolean | undefined>,
  ): Promise<Judged> {
    const key = `${account} ${sourceOf(address)}`; // no account holds a space
    const pair = this.#use(key);
    if (pair.underWay) {
      if (pair.waiting.length >= this.#limits.waiting) return "busy";
      await new Promise<void>((resolve) => void pair.waiting.push(resolve));
    }
    pair.underWay = true;
    try {
      const isRight = await check();
      if (isRight === undefined) return "busy";
      if (isRight) return "right";
      await this.#holdBack(pair, address);
      return "wrong";
    } finally {
      this.#leave(key, pair);
    }
  }

  /**
   * A wrong try that named nobody before it was judged, as a token does: its answer waits as above, and no other try
   * waits for it.
   */
  async wrong(address: string): Promise<void> {
    await this.#holdBack(this.#use(` ${sourceOf(address)}`), address);
  }

  #use(key: string): Pair {
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { underWay: false, waiting: [], wrong: [], lastAnswer: 0 };
      if (this.#pairs.size >= this.#limits.pairs) this.#evict();
    } else {
      this.#pairs.delete(key);
    }
    this.#pairs.set(key, pair);
    return pair;
  }

  /** A pair with a try under way stays: there are no more of them than connections. */
  #evict(): void {
    let looked = 0;
    for (const [key, pair] of this.#pairs) {
      if (!pair.underWay) {
        this.#pairs.delete(key);
        return;
      }
      looked += 1;
      if (looked >= SEARCH) return;
    }
  }

  async #holdBack(pair: Pair, address: string): Promise<void> {
    const now = this.#clock.now();
    const { free, window, firstDelay, longestDelay, forgetAfter } = this.#limits;
    if (now - pair.lastAnswer >= forgetAfter) pair.wrong = [];
    pair.wrong = pair.wrong.filter((at) => now - at < window);
    if (pair.wrong.length > this.#limits.pairs) pair.wrong.shift(); // the longest delay was reached long ago
    pair.wrong.push(now);
    const above = pair.wrong.length - free;
    const isSpraying = this.#isSpraying(address);
    if (above > 0 || isSpraying) {
      const delay = isSpraying ? longestDelay : Math.min(firstDelay * 2 ** (above - 1), longestDelay);
      await new Promise<void>((resolve) => void this.#clock.after(delay, resolve));
    }
    pair.lastAnswer = this.#clock.now();
  }

  #leave(key: string, pair: Pair): void {
    const next = pair.waiting.shift();
    if (next !== undefined) {
      next(); // stays under way
      return;
    }
    pair.underWay = false;
    if (pair.wrong.length === 0) this.#pairs.delete(key);
  }
}
