/** A start tag, from its name to its `>`, read in pieces of any length: XML 1.0 §3.1. */
import { Attributes, isDeclaration, MAX_ATTRIBUTES } from "./attributes.ts";
import { Carry } from "./carry.ts";
import { CLASS, NAME, NAME_START, SPACE, VALUE_STOP } from "./chars.ts";
import { BAD_TAG, BAD_VALUE, NO_VALUE, TOO_MANY_ATTRIBUTES } from "./faults.ts";
import { nameAt } from "./names.ts";
import { entityLength, Reference } from "./reference.ts";
import type { XmlFault } from "./stream-element.ts";
import { normaliseValue } from "./tree.ts";
import type { Units } from "./utf8.ts";

/** Where the next character stands. */
const ELEMENT_NAME = 0;
const BETWEEN = 1;
const ATTRIBUTE_NAME = 2;
const EQUALS = 3;
const QUOTE = 4;
const VALUE = 5;
const REFERENCE = 6;
const EMPTY = 7;
const DONE = 8;
type State = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const GT = 0x3e;
const AMP = 0x26;
const SLASH = 0x2f;
const QUOT = 0x22;
const APOS = 0x27;

/** One that nobody is reading with. */
let spare: Tag | undefined;

/** `keepsValues`: of all attributes, not only of those that declare a namespace. Give it back. */
export function takeTag(keepsValues: boolean): Tag {
  const tag = spare ?? new Tag();
  spare = undefined;
  tag.begin(keepsValues);
  return tag;
}

/** Shared by all readers: a tag is hardly ever cut, so that idle streams need none. */
export function giveBack(tag: Tag): void {
  tag.clear();
  spare = tag;
}

export class Tag {
  /** As written. */
  name = "";
  /** It was an empty-element tag. */
  empty = false;
  /** Its attributes may be passed on as they stand. */
  canonical = true;
  /** What is wrong at the place where `read` stopped. */
  fault: XmlFault | undefined;
  readonly attributes = new Attributes();
  private state: State = ELEMENT_NAME;
  private keepsValues = false;
  /** The beginning of a name or value that was cut by the end of the text. */
  private readonly cut = new Carry();
  private readonly reference = new Reference();
  private attributeName = "";
  private value = "";
  /** The attribute declares a namespace. */
  private declares = false;
  private keepsValue = false;
  private unnormalised = false;
  private quote = 0;
  private spaced = false;

  begin(keepsValues: boolean): void {
    this.keepsValues = keepsValues;
    this.empty = false;
    this.canonical = true;
    this.spaced = false;
    this.state = ELEMENT_NAME;
  }

  /** Keeps nothing alive of what was read. */
  clear(): void {
    this.name = "";
    this.attributeName = "";
    this.value = "";
    this.fault = undefined;
    this.attributes.clear();
    this.cut.clear();
  }

  /** Takes characters, the first one starting a name: to the `>`, the fault, or the end of the text. Tells where it stopped. */
  read(text: string, units: Units, from: number): number {
    let at = from;
    const end = units.length;
    while (at < end && this.state !== DONE) at = this.step(text, units, at);
    return at;
  }

  private step(text: string, units: Units, at: number): number {
    switch (this.state) {
      case ELEMENT_NAME:
      case ATTRIBUTE_NAME:
        return this.readName(text, units, at);
      case BETWEEN:
        return this.between(units, at);
      case EQUALS:
        return this.equals(text, units, at);
      case QUOTE:
        return this.openQuote(text, units, at);
      case VALUE:
        return this.attributeValue(text, units, at);
      case REFERENCE:
        return this.readReference(units, at);
      case EMPTY:
        if (units[at] !== GT) return this.fail(BAD_TAG, at);
        this.empty = true;
        this.state = DONE;
        return at;
      case DONE:
        return at;
    }
  }

  private fail(fault: XmlFault, at: number): number {
    this.fault = fault;
    this.state = DONE;
    return at;
  }

  private readName(text: string, units: Units, from: number): number {
    const end = units.length;
    let at = from;
    while (at < end && ((CLASS[units[at] as number] as number) & NAME) !== 0) at++;
    if (at === end) {
      this.cut.add(text.slice(from));
      return at;
    }
    const name = this.cut.length === 0 ? nameAt(text, units, from, at) : this.cut.take(text.slice(from, at));
    if (this.state === ELEMENT_NAME) {
      this.name = name;
      this.state = BETWEEN;
      return this.between(units, at);
    }
    this.attributeName = name;
    this.state = EQUALS;
    return this.equals(text, units, at);
  }

  /** After the name, and between attributes. */
  private between(units: Units, from: number): number {
    const end = units.length;
    let at = from;
    while (at < end && ((CLASS[units[at] as number] as number) & SPACE) !== 0) at++;
    if (at > from) this.spaced = true;
    if (at === end) return at;
    const code = units[at] as number;
    if (code === GT) {
      this.state = DONE;
      return at;
    }
    if (code === SLASH) {
      this.state = EMPTY;
      return at + 1;
    }
    if (!this.spaced || ((CLASS[code] as number) & NAME_START) === 0) return this.fail(BAD_TAG, at);
    if (this.attributes.count === MAX_ATTRIBUTES) return this.fail(TOO_MANY_ATTRIBUTES, at);
    this.state = ATTRIBUTE_NAME;
    return at;
  }

  private equals(text: string, units: Units, at: number): number {
    const code = units[at] as number;
    if (code !== 0x3d) return this.skipSpace(code, at);
    this.state = QUOTE;
    return at + 1 < units.length ? this.openQuote(text, units, at + 1) : at + 1;
  }

  private openQuote(text: string, units: Units, at: number): number {
    const code = units[at] as number;
    if (code !== QUOT && code !== APOS) return this.skipSpace(code, at);
    this.quote = code;
    this.value = "";
    this.unnormalised = false;
    this.declares = isDeclaration(this.attributeName);
    this.keepsValue = this.declares || this.keepsValues;
    this.state = VALUE;
    return this.attributeValue(text, units, at + 1);
  }

  private skipSpace(code: number, at: number): number {
    return ((CLASS[code] as number) & SPACE) === 0 ? this.fail(NO_VALUE, at) : at + 1;
  }

  private attributeValue(text: string, units: Units, from: number): number {
    const end = units.length;
    const { quote } = this;
    let at = from;
    for (; ; at++) {
      while (at < end && ((CLASS[units[at] as number] as number) & VALUE_STOP) === 0) at++;
      if (at >= end) break;
      const code = units[at] as number;
      if (code === quote) {
        this.keep(text, from, at);
        this.attributes.add(this.attributeName, this.value, this.declares);
        this.spaced = false;
        this.state = BETWEEN;
        return this.between(units, at + 1);
      }
      if (code === AMP) {
        const whole = this.keepsValue ? 0 : entityLength(units, at);
        if (whole > 0) {
          at += whole - 1;
          continue;
        }
        this.keep(text, from, at);
        this.reference.begin();
        this.state = REFERENCE;
        return at + 1;
      }
      if (((CLASS[code] as number) & SPACE) !== 0) this.unnormalised = true;
      else if (code !== QUOT && code !== APOS) return this.fail(BAD_VALUE, at);
    }
    if (this.unnormalised) this.canonical = false;
    if (this.keepsValue) this.cut.add(text.slice(from));
    return at;
  }

  /** Adds a run of the value that has no references. */
  private keep(text: string, from: number, to: number): void {
    if (this.unnormalised) this.canonical = false;
    if (!this.keepsValue) return;
    const run = this.cut.take(text.slice(from, to));
    this.value += this.unnormalised ? normaliseValue(run) : run;
    this.unnormalised = false;
  }

  private readReference(units: Units, at: number): number {
    const result = this.reference.feed(units[at] as number);
    if (typeof result === "object") return this.fail(result, at);
    if (!result) return at + 1;
    this.state = VALUE;
    if (this.keepsValue) {
      this.value += this.reference.value;
      // A namespace name spelled with references is understood differently by careless readers.
      this.canonical = false;
    }
    return at + 1;
  }
}
