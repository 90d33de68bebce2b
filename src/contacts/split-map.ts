/**
 * A map that may have a million keys: one of JavaScript's own puts all of them in new places whenever it has grown to double its
 * size, which holds everybody up for 65 ms in the end. This one is many small ones. Its order is none.
 */
export class SplitMap<V> implements ReadonlyMap<string, V> {
  /** Made as they are needed: most have one key, or few. */
  readonly #parts: (Map<string, V> | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#parts[placeOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.#parts[placeOf(key)]?.has(key) ?? false;
  }

  set(key: string, value: V): this {
    const place = placeOf(key);
    const part = this.#parts[place] ?? new Map<string, V>();
    this.#parts[place] = part;
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
}

const PARTS = 64;

/** By its last characters: usernames often begin alike. */
function placeOf(key: string): number {
  const { length } = key;
  let place = length;
  for (let at = Math.max(0, length - 4); at < length; at++) place = place * 31 + key.charCodeAt(at);
  return place % PARTS;
}
