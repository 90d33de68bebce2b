/** Values of the part of Lua that is read. A string is octets, one character each (latin1), as Lua has it. */

import { isUtf8 as isUtf8Buffer } from "node:buffer";

export type LuaValue = string | number | boolean | undefined | LuaTable;
type LuaKey = string | number | boolean;

export class LuaTable {
  readonly #entries = new Map<LuaKey, LuaValue>();

  /** A member `nil` is absent. */
  set(key: LuaKey, value: LuaValue): void {
    if (value === undefined) this.#entries.delete(key);
    else this.#entries.set(key, value);
  }

  get(key: LuaKey): LuaValue {
    return this.#entries.get(key);
  }

  keys(): Iterable<LuaKey> {
    return this.#entries.keys();
  }

  /** The values at 1, 2, 3 … up to the first gap. */
  items(): readonly LuaValue[] {
    const items: LuaValue[] = [];
    for (let at = 1, item = this.get(at); item !== undefined; item = this.get(++at)) items.push(item);
    return items;
  }
}

/** Octets as UTF-8. */
export function textOf(octets: string): string {
  return Buffer.from(octets, "latin1").toString("utf8");
}

/** The octets are UTF-8. */
export function isUtf8(octets: string): boolean {
  return isUtf8Buffer(Buffer.from(octets, "latin1"));
}

/** A string as UTF-8; undefined for all other values. */
export function asText(value: LuaValue): string | undefined {
  return typeof value === "string" ? textOf(value) : undefined;
}

/** What Prosody reads where one value or a table of them may stand; nothing for `nil`. */
export function asList(value: LuaValue): readonly LuaValue[] {
  if (value instanceof LuaTable) return value.items();
  return value === undefined ? [] : [value];
}

/** The strings of a list, as UTF-8. */
export function asTexts(value: LuaValue): readonly string[] {
  return asList(value)
    .map(asText)
    .filter((text) => text !== undefined);
}
