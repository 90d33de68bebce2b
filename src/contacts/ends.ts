/** When contacts end by themselves: one timer for all of them, earliest first. */
import type { Clock, Timer } from "../clock.ts";

interface End {
  readonly at: number;
  readonly username: string;
}

/** A timer is set for at most this long, so that a clock that was put forward is noticed. */
const LONGEST = 60_000;

/**
 * A heap with one entry for each person: whoever is told looks when the next contact ends, and comes again. An entry that
 * no longer holds is harmless.
 */
export class Ends {
  readonly #clock: Clock;
  readonly #due: (usernames: readonly string[]) => void;
  readonly #heap: End[] = [];
  /** The earliest entry of each person. */
  readonly #known = new Map<string, number>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, due: (usernames: readonly string[]) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(at: number, username: string): void {
    const known = this.#known.get(username);
    if (known !== undefined && known <= at) return;
    this.#known.set(username, at);
    const heap = this.#heap;
    let index = heap.push({ at, username }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= this.#at(index)) break;
      this.#swap(parent, index);
      index = parent;
    }
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heap.length = 0;
    this.#known.clear();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined) return;
    const now = this.#clock.now();
    const at = Math.min(first.at, now + LONGEST);
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.after(at - now, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const due = new Set<string>();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      if (this.#known.get(first.username) === first.at) {
        this.#known.delete(first.username);
        due.add(first.username);
      }
      this.#removeFirst();
    }
    this.#arm();
    if (due.size > 0) this.#due([...due]);
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(least) >= this.#at(index)) break;
      this.#swap(least, index);
      index = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
