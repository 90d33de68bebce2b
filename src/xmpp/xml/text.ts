/** The text inside an element, CDATA sections included, read in pieces of any length: XML 1.0 §2.4 and §2.7. */
import { CLASS, TEXT_STOP } from "./chars.ts";
import { BAD_CHARACTER, NOT_MARKUP, SECTION_END } from "./faults.ts";
import { entityLength, Reference } from "./reference.ts";
import type { XmlFault } from "./stream-element.ts";
import type { Units } from "./utf8.ts";

/** Where the next character stands. */
const PLAIN = 0;
const REFERENCE = 1;
const SECTION_START = 2;
const SECTION = 3;
type State = 0 | 1 | 2 | 3;

const LT = 0x3c;
const GT = 0x3e;
const AMP = 0x26;

const START = "CDATA[";

export class Text {
  /** What is wrong at the place where `read` stopped. */
  fault: XmlFault | undefined;
  private state: State = PLAIN;
  /** The last two characters of text that was cut. */
  private before = "";
  /** Characters of `START` that were seen. */
  private matched = 0;
  private reference: Reference | undefined;

  clear(): void {
    this.fault = undefined;
    this.state = PLAIN;
    this.before = "";
  }

  /** After `<![`. */
  openSection(): void {
    this.matched = 0;
    this.state = SECTION_START;
  }

  /** Takes characters: to the next markup that is no section, the fault, or the end. Tells where it stopped. */
  read(text: string, units: Units, from: number): number {
    const end = units.length;
    let at = from;
    while (at < end) {
      if (this.state === REFERENCE) at = this.readReference(units, at);
      else if (this.state === SECTION_START) at = this.sectionStart(units, at);
      else {
        at = this.characters(text, units, at);
        if (this.state === PLAIN && at < end && units[at] === LT) return at;
      }
      if (this.fault !== undefined) return at;
    }
    return at;
  }

  private fail(fault: XmlFault, at: number): number {
    this.fault = fault;
    return at;
  }

  private characters(text: string, units: Units, from: number): number {
    const section = this.state === SECTION;
    const end = units.length;
    let at = from;
    for (; ; at++) {
      while (at < end && ((CLASS[units[at] as number] as number) & TEXT_STOP) === 0) at++;
      if (at >= end) break;
      const code = units[at] as number;
      if (code === GT) {
        if (!this.followsBrackets(text, from, at)) continue;
        if (!section) return this.fail(SECTION_END, at);
        this.before = "";
        this.state = PLAIN;
        return at + 1;
      }
      if (code !== LT && code !== AMP) return this.fail(BAD_CHARACTER, at);
      if (section) continue;
      const whole = code === LT ? 0 : entityLength(units, at);
      if (whole === 0) {
        this.before = "";
        return code === LT ? at : this.openReference(at);
      }
      at += whole - 1;
    }
    this.before = (this.before + text.slice(Math.max(from, at - 2))).slice(-2);
    return at;
  }

  private followsBrackets(text: string, from: number, at: number): boolean {
    return (this.before + text.slice(Math.max(from, at - 2), at)).endsWith("]]");
  }

  private openReference(at: number): number {
    this.reference ??= new Reference();
    this.reference.begin();
    this.state = REFERENCE;
    return at + 1;
  }

  private readReference(units: Units, at: number): number {
    const result = this.reference?.feed(units[at] as number) ?? true;
    if (typeof result === "object") return this.fail(result, at);
    if (result) this.state = PLAIN;
    return at + 1;
  }

  private sectionStart(units: Units, at: number): number {
    if (units[at] !== START.charCodeAt(this.matched)) return this.fail(NOT_MARKUP, at);
    if (++this.matched === START.length) this.state = SECTION;
    return at + 1;
  }
}
