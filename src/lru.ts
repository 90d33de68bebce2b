/** A map that holds so many; the longest unused goes first. */
export class Lru<Value extends object> {
  readonly #most: number;
  readonly #held = new Map<string, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: string): Value | undefined {
    const value = this.#held.get(key);
    if (value === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#held.delete(key);
    if (this.#held.size >= this.#most) this.#held.delete(this.#held.keys().next().value ?? "");
    this.#held.set(key, value);
  }
}
