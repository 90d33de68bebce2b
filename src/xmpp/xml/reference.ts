/** Character references and the five entities (XML 1.0 §4.1, §4.6), one code unit at a time. */
import { classOf, isChar, NAME, NAME_START } from "./chars.ts";
import { BAD_REFERENCE, RESTRICTED_ENTITY } from "./faults.ts";
import type { XmlFault } from "./stream-element.ts";
import type { Units } from "./utf8.ts";

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The length of `&lt;`, `&gt;` or `&amp;` at `at`, where it stands whole in `units`; or else 0. */
export function entityLength(units: Units, at: number): number {
  if (at + 6 > units.length) return 0;
  const first = units[at + 1];
  if (first === 0x6c || first === 0x67) return units[at + 2] === 0x74 && units[at + 3] === 0x3b ? 4 : 0;
  if (first !== 0x61) return 0;
  return units[at + 2] === 0x6d && units[at + 3] === 0x70 && units[at + 4] === 0x3b ? 5 : 0;
}

/** Longer than every entity that is allowed; more is not kept. */
const LONGEST_NAME = 5;

type Kind = "start" | "entity" | "number" | "decimal" | "hex-start" | "hex";

export class Reference {
  /** What the reference stands for, once `feed` said true. */
  value = "";
  private kind: Kind = "start";
  private name = "";
  private code = 0;

  /** After `&`. */
  begin(): void {
    this.kind = "start";
    this.name = "";
    this.code = 0;
  }

  /** Takes the next code unit: true at the end, false when more is needed, or what is wrong with it. */
  feed(unit: number): boolean | XmlFault {
    switch (this.kind) {
      case "start":
        return this.first(unit);
      case "entity":
        return this.entity(unit);
      case "number":
        if (unit !== 0x78) return this.digit(unit, 10);
        this.kind = "hex-start";
        return false;
      case "hex-start":
        return this.digit(unit, 16);
      case "decimal":
        return unit === 0x3b ? this.number() : this.digit(unit, 10);
      case "hex":
        return unit === 0x3b ? this.number() : this.digit(unit, 16);
    }
  }

  private first(unit: number): boolean | XmlFault {
    if (unit === 0x23) {
      this.kind = "number";
      return false;
    }
    if ((classOf(unit) & NAME_START) === 0) return BAD_REFERENCE;
    this.kind = "entity";
    this.name = String.fromCharCode(unit);
    return false;
  }

  private entity(unit: number): boolean | XmlFault {
    if (unit === 0x3b) {
      const value = ENTITIES.get(this.name);
      if (value === undefined) return RESTRICTED_ENTITY;
      this.value = value;
      return true;
    }
    if ((classOf(unit) & NAME) === 0) return BAD_REFERENCE;
    if (this.name.length < LONGEST_NAME) this.name += String.fromCharCode(unit);
    return false;
  }

  private digit(unit: number, base: 10 | 16): boolean | XmlFault {
    const digit = digitOf(unit);
    if (digit >= base) return BAD_REFERENCE;
    this.kind = base === 10 ? "decimal" : "hex";
    this.code = this.code * base + digit;
    return this.code > 0x10ffff ? BAD_REFERENCE : false;
  }

  private number(): boolean | XmlFault {
    if (!isChar(this.code)) return BAD_REFERENCE;
    this.value = String.fromCodePoint(this.code);
    return true;
  }
}

function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 99;
}

const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));/g;

/** Replaces the references of text that was already found well-formed. */
export function resolveReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return ENTITIES.get(name ?? "") ?? whole;
  });
}
