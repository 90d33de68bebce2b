/** A clock that stands still until the test moves it. */
import type { Clock, Timer } from "../../src/clock.ts";

interface Waiting {
  readonly at: number;
  readonly action: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  readonly #waiting = new Set<Waiting>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Timer {
    const waiting: Waiting = { at: this.#now + Math.max(0, ms), action };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  /** Timers that are still to fire: a test of leaks looks at it. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Moves time on, firing what becomes due in order, and lets promises settle between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#waiting].filter((w) => w.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets what is already due in this process run: promises and immediates, no time passes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
