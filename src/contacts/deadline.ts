/** How a call of the application ends before its answer is there: by its deadline, or because the server closes. */
import type { Clock } from "../clock.ts";

/** What an AbortSignal is to those who only listen. The platform's own costs more than all the rest of a call. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Ends once, for all who listen. */
export class Ending implements Signal {
  readonly #listeners = new Set<() => void>();
  #aborted = false;

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (!this.#aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    this.#aborted = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** Of those who may not be ended. */
export const NEVER: Signal = new Ending();

export interface Deadline {
  readonly signal: Signal;
  /** Rejects when the signal fires. */
  readonly aborted: Promise<never>;
  end(): void;
}

/** A signal that fires after `ms`, or when `outer` does. `end` gives the timer back. */
export function withDeadline(clock: Clock, ms: number, outer: Signal): Deadline {
  const signal = new Ending();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // whoever races with it hears of it; nobody need
  const abort = (): void => {
    signal.abort();
    reject(new Error("ended before the answer was there"));
  };
  const timer = clock.after(ms, abort);
  outer.addEventListener("abort", abort);
  if (outer.aborted) abort();
  return {
    signal,
    aborted: promise,
    end() {
      timer.cancel();
      outer.removeEventListener("abort", abort);
    },
  };
}
