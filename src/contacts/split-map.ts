/** Keys of a part. */
const EACH = 500;

/**
 * A map that may have a million keys: one of JavaScript's own puts all of them in new places whenever it has grown to double its
 * size, which holds everybody up for 65 ms in the end. This one is many small ones, which do not grow all at once. Its order is none.
 */
export class SplitMap<V> implements ReadonlyMap<string, V> {
  /** Made as they are needed. */
  readonly #parts: (Map<string, V> | undefined)[] = [];
  readonly #count: number;
  #size = 0;

  /** `expected`: keys, more or less. */
  constructor(expected: number) {
    this.#count = Math.max(1, Math.ceil(expected / EACH));
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#parts[this.#placeOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.#parts[this.#placeOf(key)]?.has(key) ?? false;
  }

  set(key: string, value: V): this {
    const place = this.#placeOf(key);
    let part = this.#parts[place];
    if (part === undefined) {
      part = new Map<string, V>();
      this.#parts[place] = part;
    }
    const before = part.size;
    part.set(key, value);
    this.#size += part.size - before;
    return this;
  }

  forEach(action: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) action(value, key, this);
  }

  *entries(): MapIterator<[string, V]> {
    for (const part of this.#parts) if (part !== undefined) yield* part;
  }

  *keys(): MapIterator<string> {
    for (const [key] of this) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  /** By its last characters: usernames often begin alike. */
  #placeOf(key: string): number {
    const { length } = key;
    let place = length;
    for (let at = Math.max(0, length - 5); at < length; at++) place = Math.imul(place, 31) + key.charCodeAt(at);
    return (place >>> 0) % this.#count;
  }
}
