/** Many waits of the same length: what was put in first is due first, so one timer does for all. */
export class Delays<T> {
  readonly #ms: number;
  readonly #dueOf = new Map<T, number>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** When the next one is due; undefined: none waits. */
  get next(): number | undefined {
    for (const due of this.#dueOf.values()) return due;
    return undefined;
  }

  has(item: T): boolean {
    return this.#dueOf.has(item);
  }

  add(item: T, now: number): void {
    this.#dueOf.delete(item);
    this.#dueOf.set(item, now + this.#ms);
  }

  delete(item: T): void {
    this.#dueOf.delete(item);
  }

  /** Takes out what is due, at most so many. */
  take(now: number, most: number): readonly T[] {
    const taken: T[] = [];
    for (const [item, due] of this.#dueOf) {
      if (due > now || taken.length >= most) break;
      taken.push(item);
    }
    for (const item of taken) this.#dueOf.delete(item);
    return taken;
  }
}
