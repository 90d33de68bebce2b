/**
 * The lexical half of the reader: a machine that may stop after any character and goes on where it stopped, so that no
 * character is looked at twice. XML 1.0 §2 and §3.
 */
import { Carry } from "./carry.ts";
import { CLASS, NAME_START, SPACE } from "./chars.ts";
import { Declaration } from "./declaration.ts";
import * as faults from "./faults.ts";
import type { XmlSink } from "./sink.ts";
import type { XmlFault, XmlLimits } from "./stream-element.ts";
import { Structure } from "./structure.ts";
import { giveBack, type Tag, takeTag } from "./tag.ts";
import { Text } from "./text.ts";
import { NOTHING, type Units } from "./utf8.ts";

/** Where the next character stands. */
const PROLOG = 0;
const CONTENT = 1;
const MARKUP = 2;
const START_TAG = 3;
const END_NAME = 4;
const END_TAG = 5;
const EXCLAMATION = 6;
const DECLARATION = 7;
const AFTER = 8;
type State = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;

export class Scanner {
  /** Set to stop `run` after the element being told of. */
  held = false;
  private readonly sink: XmlSink;
  private readonly structure: Structure;
  private text = "";
  private at = 0;
  /** The same as numbers, which are read several times faster. */
  private units: Units = NOTHING;
  private state: State = PROLOG;
  /** An XML declaration may stand here. */
  private first = true;
  /** White space may precede it: what a client sent before it knew that the stream starts again. */
  private restarted = false;
  /** A byte order mark was seen. */
  private marked = false;
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

  /** What reads the part that `state` names. */
  private readonly content = new Text();
  private tag: Tag | undefined;
  private declaration: Declaration | undefined;
  /** Characters of an end tag's name that were seen. */
  private matched = 0;

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
    this.marked = false;
    this.complete = false;
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
        if (this.structure.level > this.structure.base) this.readContent();
        else this.betweenElements();
        return;
      case MARKUP:
        this.markup();
        return;
      case START_TAG:
        this.startTag();
        return;
      case END_NAME:
        this.endName();
        return;
      case END_TAG:
        this.endTag();
        return;
      case EXCLAMATION:
        this.exclamation();
        return;
      case DECLARATION:
        this.readDeclaration();
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
      // An idle stream keeps nothing alive of what it has read.
      this.structure.release();
    }
    this.drop();
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
    this.content.clear();
    this.declaration = undefined;
    if (this.tag !== undefined) giveBack(this.tag);
    this.tag = undefined;
  }

  /** A `<` at `at`. */
  private openMarkup(at: number): void {
    if (!this.inside) {
      this.inside = true;
      this.start = at;
    }
    this.lastOpen = this.offset(at);
    this.at = at + 1;
    this.state = MARKUP;
    if (this.at < this.units.length) this.markup();
  }

  /** Before the document element: XML 1.0 §2.8. */
  private prolog(): void {
    const code = this.units[this.at] as number;
    if (code === LT) {
      this.openMarkup(this.at);
      return;
    }
    const mayBeMark = this.first && !this.restarted && code === 0xfeff && !this.marked;
    if (mayBeMark) this.marked = true;
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
    if ((units[at] as number) === LT) this.openMarkup(at);
    else this.fail(this.textFault());
  }

  /** Text where there may be none. */
  private textFault(): XmlFault {
    return this.structure.level === 0 ? faults.TEXT_OUTSIDE : faults.TEXT_IN_STREAM;
  }

  /** Inside an element. */
  private readContent(): void {
    const { content } = this;
    this.at = content.read(this.text, this.units, this.at);
    if (content.fault !== undefined) this.fail(content.fault);
    else if (this.at < this.units.length) this.openMarkup(this.at);
  }

  /** After `<`. */
  private markup(): void {
    const code = this.units[this.at] as number;
    const { level, base } = this.structure;
    if (((CLASS[code] as number) & NAME_START) !== 0) {
      if (this.complete) {
        this.fail(faults.SECOND_ELEMENT);
        return;
      }
      this.tag = takeTag(level <= base);
      this.state = START_TAG;
      this.startTag();
      return;
    }
    if (code === SLASH && level > 0) {
      this.matched = 0;
      this.state = END_NAME;
    } else if (code === 0x21) {
      this.state = EXCLAMATION;
    } else if (code === 0x3f) {
      if (level > 0 || !this.first) {
        this.fail(faults.RESTRICTED_PI);
        return;
      }
      this.state = DECLARATION;
    } else {
      this.fail(faults.NOT_MARKUP);
      return;
    }
    this.at++;
  }

  /** After `<!`: RFC 6120 §11.1 leaves only CDATA sections. */
  private exclamation(): void {
    const code = this.units[this.at] as number;
    const { structure } = this;
    if (code !== 0x5b) {
      const known = code === 0x2d || code === 0x44;
      this.fail(known ? faults.RESTRICTED_COMMENT : faults.NOT_MARKUP);
    } else if (structure.level <= structure.base) {
      this.fail(this.textFault());
    } else {
      structure.canonical = false;
      this.content.openSection();
      this.state = CONTENT;
      this.at++;
    }
  }

  /** After `<?` where an XML declaration may stand. */
  private readDeclaration(): void {
    this.declaration ??= new Declaration();
    const result = this.declaration.feed(this.units[this.at] as number);
    if (typeof result === "object") {
      this.fail(result);
      return;
    }
    this.at++;
    if (!result) return;
    if (this.bytesTo(this.at) > this.structure.limits.bytes) {
      this.fail(faults.TOO_LONG);
      return;
    }
    this.forget();
    this.first = false;
    this.restarted = false;
    this.state = PROLOG;
  }

  private startTag(): void {
    const tag = this.tag as Tag;
    this.at = tag.read(this.text, this.units, this.at);
    if (tag.fault !== undefined) this.fail(tag.fault);
    else if (this.at < this.units.length) this.enter(tag);
  }

  /** At the `>` of a start tag. */
  private enter(tag: Tag): void {
    const structure = this.structure;
    const fault = structure.enter(tag.name, tag.attributes);
    if (fault !== undefined) {
      this.fail(fault);
      return;
    }
    const { empty } = tag;
    const inside = structure.level - structure.base;
    // Those of the direct child of the stream are not passed on as they stand.
    if (!tag.canonical && inside > 1) structure.canonical = false;
    this.tag = undefined;
    giveBack(tag);
    this.first = false;
    this.at++;
    this.state = CONTENT;
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
