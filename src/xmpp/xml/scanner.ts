/**
 * The lexical half of the reader: a machine that may stop after any character and goes on where it stopped, so that no
 * character is looked at twice. XML 1.0 §2 and §3.
 */
import { Attributes, isDeclaration, MAX_ATTRIBUTES } from "./attributes.ts";
import { Carry } from "./carry.ts";
import { CLASS, NAME, NAME_START, SPACE, TEXT_STOP, VALUE_STOP } from "./chars.ts";
import { checkDeclaration, LONGEST_DECLARATION } from "./declaration.ts";
import * as faults from "./faults.ts";
import { nameAt } from "./names.ts";
import { entityLength, Reference } from "./reference.ts";
import type { XmlSink } from "./sink.ts";
import type { XmlFault, XmlLimits } from "./stream-element.ts";
import { Structure } from "./structure.ts";
import { normaliseValue } from "./tree.ts";
import { NOTHING, type Units } from "./utf8.ts";

/** Where the next character stands. */
const PROLOG = 0;
const CONTENT = 1;
const MARKUP = 2;
const ELEMENT_NAME = 3;
const TAG = 4;
const ATTRIBUTE_NAME = 5;
const EQUALS = 6;
const QUOTE = 7;
const VALUE = 8;
const EMPTY_TAG = 9;
const END_NAME = 10;
const END_TAG = 11;
const REFERENCE = 12;
const SECTION_START = 13;
const SECTION = 14;
const DECLARATION = 15;
const AFTER = 16;
type State = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16;

const LT = 0x3c;
const GT = 0x3e;
const AMP = 0x26;
const SLASH = 0x2f;
const QUOT = 0x22;
const APOS = 0x27;

export class Scanner {
  /** Set to stop `run` after the element being told of. */
  held = false;
  private readonly sink: XmlSink;
  private readonly structure: Structure;
  private readonly attributes = new Attributes();
  private readonly reference = new Reference();
  private text = "";
  private at = 0;
  /** The same as numbers, which are read several times faster. */
  private units: Units = NOTHING;
  private state: State = PROLOG;
  /** An XML declaration may stand here. */
  private first = true;
  /** White space may precede it: what a client sent before it knew that the stream starts again. */
  private restarted = false;
  /** The element of a document is complete. */
  private complete = false;

  /** The construct at the level of the stream that is being read: where it began in `text`, and what came before. */
  private inside = false;
  private start = 0;
  private readonly earlier = new Carry();
  private earlierBytes = 0;
  /** Offsets in it: of the last `<`, and of the end of the first tag. */
  private lastOpen = 0;
  private innerFrom = 0;

  /** The beginning of a name or value that was cut by the end of the text. */
  private readonly cut = new Carry();
  private elementName = "";
  private attributeName = "";
  private value = "";
  /** The attribute declares a namespace. */
  private declares = false;
  private keepValue = false;
  private unnormalised = false;
  private quote = 0;
  private spaced = false;
  /** Characters of an end tag's name, of `<![CDATA[`, or `<?xml` that were seen. */
  private matched = 0;
  /** The last two characters of text that was cut. */
  private before = "";
  private referenceIn: State = CONTENT;

  constructor(base: 0 | 1, limits: XmlLimits, sink: XmlSink) {
    this.sink = sink;
    this.structure = new Structure(base, limits);
  }

  setLimits(limits: XmlLimits): void {
    this.structure.limits = limits;
  }

  /** Expects a new document; the text that was not read stays. `after`: another one went before it. */
  restart(after: boolean): void {
    this.structure.clear();
    this.forget();
    this.restarted = after;
    this.first = true;
    this.complete = false;
    this.matched = 0;
    this.state = PROLOG;
  }

  /** The text to be read next, when all earlier text was read. */
  feed(text: string, units: Units): void {
    this.text = text;
    this.units = units;
    this.at = 0;
  }

  /** Octets that were not read. */
  get unread(): number {
    return this.octets(this.at, this.text.length);
  }

  /** Drops the text that was not read. */
  drop(): void {
    this.text = "";
    this.units = NOTHING;
    this.at = 0;
  }

  /** Nothing was read but white space, or the last element is complete. */
  get between(): boolean {
    return !this.inside;
  }

  /** Reads to the end of the text, or until `held`. */
  run(): void {
    while (this.at < this.text.length && !this.held) this.step();
    if (!this.held && this.text !== "") this.suspend();
  }

  /** Ends the reading here: a limit that was passed goes before. */
  fail(fault: XmlFault): void {
    const tooLong = this.inside && this.bytesTo(this.at) > this.structure.limits.bytes;
    this.forget();
    this.drop();
    this.state = AFTER;
    this.sink.fault(tooLong ? faults.TOO_LONG : fault);
  }

  private step(): void {
    switch (this.state) {
      case PROLOG:
        this.prolog();
        return;
      case CONTENT:
        if (this.structure.level > this.structure.base) this.characters(false);
        else this.betweenElements();
        return;
      case MARKUP:
        this.markup();
        return;
      case ELEMENT_NAME:
        this.namedElement();
        return;
      case TAG:
        this.tag();
        return;
      case ATTRIBUTE_NAME:
        this.namedAttribute();
        return;
      case EQUALS:
        this.equals();
        return;
      case QUOTE:
        this.openQuote();
        return;
      case VALUE:
        this.attributeValue();
        return;
      case EMPTY_TAG:
        this.emptyTag();
        return;
      case END_NAME:
        this.endName();
        return;
      case END_TAG:
        this.endTag();
        return;
      case REFERENCE:
        this.readReference();
        return;
      case SECTION_START:
        this.sectionStart();
        return;
      case SECTION:
        this.characters(true);
        return;
      case DECLARATION:
        this.declaration();
        return;
      case AFTER:
        this.at = this.text.length;
        return;
    }
  }

  /** The text is used up in the middle of something or between elements. */
  private suspend(): void {
    const end = this.text.length;
    if (this.inside) {
      this.earlierBytes = this.bytesTo(end);
      if (this.earlierBytes > this.structure.limits.bytes) {
        this.fail(faults.TOO_LONG);
        return;
      }
      this.earlier.add(this.text.slice(this.start));
      this.start = 0;
    } else {
      this.release();
    }
    this.drop();
  }

  /** An idle stream keeps nothing alive of what it has read. */
  private release(): void {
    this.structure.release();
    this.elementName = "";
    this.attributeName = "";
    this.value = "";
  }

  private octets(from: number, to: number): number {
    return this.units.BYTES_PER_ELEMENT === 1 ? to - from : Buffer.byteLength(this.text.slice(from, to));
  }

  private bytesTo(at: number): number {
    return this.earlierBytes + this.octets(this.start, at);
  }

  private offset(at: number): number {
    return this.earlier.length + at - this.start;
  }

  private forget(): void {
    this.inside = false;
    this.start = 0;
    this.earlier.clear();
    this.earlierBytes = 0;
    this.cut.clear();
    this.attributes.clear();
    this.before = "";
  }

  /** A `<` at `at`. */
  private openMarkup(at: number): void {
    if (!this.inside) {
      this.inside = true;
      this.start = at;
    }
    this.lastOpen = this.offset(at);
    this.before = "";
    this.at = at + 1;
    this.state = MARKUP;
  }

  /** Before the document element: XML 1.0 §2.8. */
  private prolog(): void {
    const code = this.units[this.at] as number;
    if (code === LT) {
      this.openMarkup(this.at);
      return;
    }
    const mayBeMark = this.first && !this.restarted && code === 0xfeff && this.matched === 0;
    if (mayBeMark) this.matched = 1;
    else if (((CLASS[code] as number) & SPACE) === 0) {
      this.fail(faults.TEXT_OUTSIDE);
      return;
    } else if (!this.restarted) this.first = false;
    this.at++;
  }

  /** Directly inside the stream only white space is allowed, for keeping alive: RFC 6120 §4.6.1. */
  private betweenElements(): void {
    const units = this.units;
    const end = units.length;
    let at = this.at;
    while (at < end && ((CLASS[units[at] as number] as number) & SPACE) !== 0) at++;
    this.at = at;
    if (at === end) return;
    if ((units[at] as number) === LT) {
      this.openMarkup(at);
      return;
    }
    this.fail(this.structure.level === 0 ? faults.TEXT_OUTSIDE : faults.TEXT_IN_STREAM);
  }

  /** After `<`. */
  private markup(): void {
    const code = this.units[this.at] as number;
    const level = this.structure.level;
    if (code === SLASH) {
      if (level === 0) {
        this.fail(faults.NOT_MARKUP);
        return;
      }
      this.matched = 0;
      this.state = END_NAME;
    } else if (((CLASS[code] as number) & NAME_START) !== 0) {
      if (this.complete) {
        this.fail(faults.SECOND_ELEMENT);
        return;
      }
      this.state = ELEMENT_NAME;
      this.namedElement();
      return;
    } else if (code === 0x21) {
      this.matched = 0;
      this.state = SECTION_START;
    } else if (code === 0x3f) {
      if (level > 0 || !this.first) {
        this.fail(faults.RESTRICTED_PI);
        return;
      }
      this.matched = 0;
      this.state = DECLARATION;
    } else {
      this.fail(faults.NOT_MARKUP);
      return;
    }
    this.at++;
  }

  private namedElement(): void {
    if (!this.name()) return;
    this.state = TAG;
    this.tag();
  }

  private namedAttribute(): void {
    if (!this.name()) return;
    this.state = EQUALS;
    this.equals();
  }

  /** The rest of a name; true when it ends before the text does. */
  private name(): boolean {
    const text = this.text;
    const units = this.units;
    const end = units.length;
    const from = this.at;
    let at = from;
    while (at < end && ((CLASS[units[at] as number] as number) & NAME) !== 0) at++;
    this.at = at;
    if (at === end) {
      this.cut.add(text.slice(from));
      return false;
    }
    const name = this.cut.length === 0 ? nameAt(text, units, from, at) : this.cut.take(text.slice(from, at));
    if (this.state === ELEMENT_NAME) {
      this.elementName = name;
      this.spaced = false;
    } else {
      this.attributeName = name;
    }
    return true;
  }

  /** Inside a start tag, between attributes. */
  private tag(): void {
    const units = this.units;
    const end = units.length;
    let at = this.at;
    while (at < end && ((CLASS[units[at] as number] as number) & SPACE) !== 0) at++;
    if (at > this.at) this.spaced = true;
    this.at = at;
    if (at === end) return;
    const code = units[at] as number;
    if (code === GT) {
      this.startTag(false);
      return;
    }
    if (code === SLASH) {
      this.at++;
      this.state = EMPTY_TAG;
    } else if (!this.spaced || ((CLASS[code] as number) & NAME_START) === 0) {
      this.fail(faults.BAD_TAG);
    } else if (this.attributes.count === MAX_ATTRIBUTES) {
      this.fail(faults.TOO_MANY_ATTRIBUTES);
    } else {
      this.state = ATTRIBUTE_NAME;
    }
  }

  private emptyTag(): void {
    if ((this.units[this.at] as number) !== GT) {
      this.fail(faults.BAD_TAG);
      return;
    }
    this.startTag(true);
  }

  private equals(): void {
    const code = this.units[this.at] as number;
    if (code !== 0x3d) {
      this.skipSpace(code);
      return;
    }
    this.at++;
    this.state = QUOTE;
    if (this.at < this.text.length) this.openQuote();
  }

  private openQuote(): void {
    const code = this.units[this.at] as number;
    if (code !== QUOT && code !== APOS) {
      this.skipSpace(code);
      return;
    }
    this.at++;
    this.quote = code;
    this.value = "";
    this.unnormalised = false;
    this.declares = isDeclaration(this.attributeName);
    this.keepValue = this.declares || this.structure.level <= this.structure.base;
    this.state = VALUE;
    if (this.at < this.text.length) this.attributeValue();
  }

  private skipSpace(code: number): void {
    if (((CLASS[code] as number) & SPACE) === 0) this.fail(faults.NO_VALUE);
    else this.at++;
  }

  private attributeValue(): void {
    const text = this.text;
    const units = this.units;
    const end = units.length;
    const from = this.at;
    let at = from;
    for (; at < end; at++) {
      const code = units[at] as number;
      const bits = CLASS[code] as number;
      if ((bits & VALUE_STOP) === 0) continue;
      if (code === this.quote) {
        this.keep(from, at);
        this.attributes.add(this.attributeName, this.value, this.declares);
        this.spaced = false;
        this.at = at + 1;
        this.state = TAG;
        if (this.at < end) this.tag();
        return;
      }
      if (code === AMP) {
        const whole = this.keepValue ? 0 : entityLength(units, at);
        if (whole > 0) {
          at += whole - 1;
          continue;
        }
        this.keep(from, at);
        this.enterReference(at, VALUE);
        return;
      }
      if ((bits & SPACE) !== 0) this.unnormalised = true;
      else if (code !== QUOT && code !== APOS) {
        this.at = at;
        this.fail(faults.BAD_VALUE);
        return;
      }
    }
    this.at = at;
    if (this.unnormalised) this.structure.canonical = false;
    if (this.keepValue) this.cut.add(text.slice(from));
  }

  /** Adds a run of the value that has no references. */
  private keep(from: number, to: number): void {
    if (this.unnormalised) this.structure.canonical = false;
    if (!this.keepValue) return;
    const run = this.cut.take(this.text.slice(from, to));
    this.value += this.unnormalised ? normaliseValue(run) : run;
    this.unnormalised = false;
  }

  private enterReference(at: number, from: State): void {
    this.referenceIn = from;
    this.reference.begin();
    this.at = at + 1;
    this.state = REFERENCE;
  }

  private readReference(): void {
    const result = this.reference.feed(this.units[this.at] as number);
    if (typeof result === "object") {
      this.fail(result);
      return;
    }
    this.at++;
    if (!result) return;
    this.state = this.referenceIn;
    if (this.state !== VALUE || !this.keepValue) return;
    this.value += this.reference.value;
    // A namespace name spelled with references is understood differently by careless readers.
    this.structure.canonical = false;
  }

  /** Text inside an element, or inside a CDATA section. */
  private characters(section: boolean): void {
    const text = this.text;
    const units = this.units;
    const end = units.length;
    const from = this.at;
    let at = from;
    for (; at < end; at++) {
      const code = units[at] as number;
      if (((CLASS[code] as number) & TEXT_STOP) === 0) continue;
      if (code === GT) {
        if (!this.followsBrackets(from, at)) continue;
        this.at = at;
        if (!section) {
          this.fail(faults.SECTION_END);
          return;
        }
        this.at++;
        this.before = "";
        this.state = CONTENT;
        return;
      }
      if (code !== LT && code !== AMP) {
        this.at = at;
        this.fail(faults.BAD_CHARACTER);
        return;
      } else if (!section) {
        if (code === LT) {
          this.openMarkup(at);
          if (this.at < end) this.markup();
          return;
        }
        const whole = entityLength(units, at);
        if (whole === 0) {
          this.before = "";
          this.enterReference(at, CONTENT);
          return;
        }
        at += whole - 1;
      }
    }
    this.at = at;
    this.before = (this.before + text.slice(Math.max(from, at - 2))).slice(-2);
  }

  private followsBrackets(from: number, at: number): boolean {
    return (this.before + this.text.slice(Math.max(from, at - 2), at)).endsWith("]]");
  }

  /** After `<!`: RFC 6120 §11.1 leaves only CDATA sections. */
  private sectionStart(): void {
    const code = this.units[this.at] as number;
    if (this.matched === 0 && code !== 0x5b) {
      const known = code === 0x2d || code === 0x44;
      this.fail(known ? faults.RESTRICTED_COMMENT : faults.NOT_MARKUP);
      return;
    }
    if (code !== "[CDATA[".charCodeAt(this.matched)) {
      this.fail(faults.NOT_MARKUP);
      return;
    }
    const { level, base } = this.structure;
    if (level <= base) {
      this.fail(level === 0 ? faults.TEXT_OUTSIDE : faults.TEXT_IN_STREAM);
      return;
    }
    this.at++;
    if (++this.matched < 7) return;
    this.structure.canonical = false;
    this.state = SECTION;
  }

  /** After `<?` where an XML declaration may stand. */
  private declaration(): void {
    const code = this.units[this.at] as number;
    if (this.matched < 3) {
      if (code !== "xml".charCodeAt(this.matched)) {
        this.fail(faults.RESTRICTED_PI);
        return;
      }
      this.matched++;
    } else if (this.cut.length === 0 && ((CLASS[code] as number) & SPACE) === 0) {
      this.fail(faults.RESTRICTED_PI);
      return;
    } else if (code === GT) {
      this.endDeclaration();
      return;
    } else if (this.cut.length === LONGEST_DECLARATION) {
      this.fail(faults.BAD_XML_DECLARATION);
      return;
    } else {
      this.cut.add(this.text.charAt(this.at));
    }
    this.at++;
  }

  private endDeclaration(): void {
    const inside = this.cut.take("");
    const fault = inside.endsWith("?") ? checkDeclaration(inside.slice(0, -1)) : faults.BAD_XML_DECLARATION;
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    this.at++;
    if (this.bytesTo(this.at) > this.structure.limits.bytes) {
      this.fail(faults.TOO_LONG);
      return;
    }
    this.forget();
    this.first = false;
    this.restarted = false;
    this.state = PROLOG;
  }

  /** At the `>` of a start tag. */
  private startTag(empty: boolean): void {
    const structure = this.structure;
    const fault = structure.enter(this.elementName, this.attributes);
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    this.attributes.clear();
    this.first = false;
    this.at++;
    this.state = CONTENT;
    const inside = structure.level - structure.base;
    if (inside === 0) {
      this.tellHeader(empty);
      return;
    }
    if (inside === 1) this.innerFrom = this.offset(this.at);
    if (!empty) return;
    if (inside === 1) this.lastOpen = this.innerFrom;
    this.closed();
  }

  /** After `</`: the name must be that of the innermost element. */
  private endName(): void {
    const expected = this.structure.innermost;
    const units = this.units;
    const end = units.length;
    let matched = this.matched;
    let at = this.at;
    while (matched < expected.length && at < end && (units[at] as number) === expected.charCodeAt(matched)) {
      at++;
      matched++;
    }
    this.at = at;
    this.matched = matched;
    if (matched === expected.length) {
      this.state = END_TAG;
      if (at < end) this.endTag();
    } else if (at < end) {
      this.fail(faults.WRONG_END_TAG);
    }
  }

  private endTag(): void {
    const code = this.units[this.at] as number;
    if (code !== GT) {
      if (((CLASS[code] as number) & SPACE) === 0) {
        this.fail(faults.WRONG_END_TAG);
        return;
      }
      this.at++;
      return;
    }
    this.at++;
    this.state = CONTENT;
    this.closed();
  }

  private closed(): void {
    const structure = this.structure;
    structure.leave();
    if (structure.level > structure.base) return;
    if (structure.level < structure.base) {
      this.tellEnd();
      return;
    }
    const bytes = this.bytesTo(this.at);
    if (bytes > structure.limits.bytes) {
      this.fail(faults.TOO_LONG);
      return;
    }
    const source = this.earlier.take(this.text.slice(this.start, this.at));
    const node = structure.finish(source, this.innerFrom, this.lastOpen, bytes);
    this.forget();
    this.complete = structure.base === 0;
    this.sink.element(node);
  }

  private tellHeader(empty: boolean): void {
    if (this.bytesTo(this.at) > this.structure.limits.bytes) {
      this.fail(faults.TOO_LONG);
      return;
    }
    const header = this.structure.header();
    this.forget();
    this.sink.header(header);
    if (empty && this.state === CONTENT && this.structure.level === this.structure.base) this.closed();
  }

  private tellEnd(): void {
    this.forget();
    this.state = AFTER;
    this.sink.end();
  }
}
