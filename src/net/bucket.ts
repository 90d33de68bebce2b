/** A token bucket: how much may come now, so that no more than the rate comes in the long run. */
export interface Rate {
  /** Units a second. */
  readonly rate: number;
  /** Units that may come at once. */
  readonly burst: number;
}

export class Bucket {
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes what has come already; false: reading has to wait until `isOpen`. */
  take(units: number, rate: Rate, now: number): boolean {
    this.#refill(rate, now);
    this.#tokens -= units;
    return this.#tokens >= 0;
  }

  /** Milliseconds until so many units may come at once; 0: now. Takes nothing. */
  wait(units: number, rate: Rate, now: number): number {
    this.#refill(rate, now);
    return Math.max(0, ((units - this.#tokens) * 1000) / rate.rate);
  }

  /** What was taken and not used. */
  give(units: number, rate: Rate): void {
    this.#tokens = Math.min(rate.burst, this.#tokens + units);
  }

  isOpen(rate: Rate, now: number): boolean {
    this.#refill(rate, now);
    return this.#tokens >= 0;
  }

  fill(rate: Rate, now: number): void {
    this.#tokens = rate.burst;
    this.#at = now;
  }

  #refill(rate: Rate, now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(rate.burst, this.#tokens + (passed * rate.rate) / 1000);
  }
}
