/** Time as it is handed to every part that waits: the real one here, a fake one in `test/support/clock.ts`. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Runs `action` once after `ms` milliseconds. The timer never keeps the process alive. */
  after(ms: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout overflows above this and would fire at once. */
const LONGEST = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(Math.max(ms, 0), LONGEST));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
