/** XEP-0198: a connection that keeps what it has sent until it is acknowledged, and outlives the line that it runs over. */
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import { type Acknowledged, Acks, type Copies, HALF, type Sent } from "../xmpp/stream/acks.ts";
import type { StreamCondition } from "../xmpp/stream/error.ts";
import { REQUEST_TEXT } from "../xmpp/stream/management-text.ts";
import { Run } from "../xmpp/stream/run.ts";
import type { Connection, Line } from "./connection.ts";
import { tailsOf } from "./delayed.ts";

export interface ManagedOptions {
  /** Undefined: it ends with its line. */
  readonly id: string | undefined;
  /** How long it waits for another, ms. */
  readonly max: number;
  readonly mostStanzas: number;
  readonly mostLength: number;
  readonly now: () => number;
  /** More waits than may. Called in the middle of routing. */
  readonly onOverflow: () => void;
}

/** Long lists and long changes of them that may wait for a client that is cut off: they hold what they are made of. */
const MOST_RUNS = 100;

/** What stays known of a line that is gone. */
type Facts = Pick<Line, "transport" | "secure" | "address" | "credential" | "origin" | "endsAt">;

export class ManagedConnection implements Connection {
  readonly id: string | undefined;
  readonly max: number;
  readonly #options: ManagedOptions;
  readonly #acks: Acks;
  #line: Line | undefined;
  #facts: Facts;
  /** A request for an acknowledgement: none is needed, it is sent when this turn ends, or it waits for its answer. */
  #request: "none" | "due" | "sent" = "none";
  /** When it was sent, and how many stanzas had been. */
  #requestedAt = 0;
  #requestedFor = 0;
  #isOver = false;
  /** An answer said less than what was sent before its request: how much that was. */
  #shortOf: number | undefined;
  /** It acknowledges unasked as well: which of its answers is to which request cannot be told. */
  #isUnasked = false;
  /** So many, modulo 2^32, have arrived, be they acknowledged or not. */
  #arrived: number | undefined;

  constructor(line: Line, options: ManagedOptions) {
    this.id = options.id;
    this.max = options.max;
    this.#options = options;
    this.#acks = new Acks(options.mostLength);
    this.#line = line;
    this.#facts = line;
  }

  get transport(): Connection["transport"] {
    return this.#facts.transport;
  }

  get secure(): boolean {
    return this.#facts.secure;
  }

  get address(): string {
    return this.#facts.address;
  }

  get credential(): string | undefined {
    return this.#facts.credential;
  }

  get origin(): string | undefined {
    return this.#facts.origin;
  }

  send(name: StanzaName, tail: string, copies?: Copies): void {
    this.#acks.push({ name, tail, at: this.#options.now(), copies });
    this.#watch();
    if (this.#line === undefined) this.#acks.keep();
    else this.#line.send(name, tail);
  }

  sendSlices(name: StanzaName, tails: Iterator<string>): void {
    const run = this.#acks.pushRun(name, tails);
    this.#watch();
    this.#line?.sendSlices(name, run.pieces());
  }

  /** Much at once that was sent to another before: as the line takes it, and counted like all that is sent. */
  sendLate(name: StanzaName, late: readonly Sent[], domain: string): void {
    for (const sent of late) this.#acks.push(sent);
    this.#watch();
    if (this.#line === undefined) this.#acks.keep();
    else this.#line.sendSlices(name, tailsOf(late, domain));
  }

  close(condition?: StreamCondition, text?: string): void {
    this.#line?.close(condition, text);
  }

  // For the line.

  /** Stanzas of the client that were handled, modulo 2^32. */
  get handled(): number {
    return this.#acks.handled;
  }

  /** Stanzas that were sent, modulo 2^32. */
  get sent(): number {
    return this.#acks.sent;
  }

  handle(): void {
    this.#acks.handle();
  }

  /** The client has handled so many of what it was sent. */
  acknowledge(h: number): Acknowledged {
    const isNews = isBefore(this.#acks.acknowledged, h);
    const found = this.#acks.acknowledge(h);
    if (this.#request === "none" && isNews) this.#noteUnasked();
    if (this.#request !== "sent") return found;
    this.#request = "none";
    this.#noteAnswer(h);
    // What was sent behind the last request: who acknowledges nothing new is not asked for ever.
    if (this.#acks.waiting > 0 && this.#acks.sent !== this.#requestedFor) this.#watch();
    return found;
  }

  /**
   * Called now and then: what has waited until now may wait for long, and who still works on what it was sent is asked once more.
   * COMPAT(xmpp.js 0.14, 2026): it does not count the results of its own IQs, so that it never acknowledges the last of what
   * it got. Its messages have arrived nevertheless, and nobody is to be told otherwise.
   */
  remind(): void {
    this.#acks.keep();
    if (this.#shortOf !== undefined && this.#shortOf !== this.#arrived && this.#isBehind(this.#shortOf)) this.#watch();
  }

  /** XEP-0198 §4: one request for all that was sent in a turn. */
  flush(): void {
    if (this.#request !== "due" || this.#line === undefined) return;
    this.#request = "sent";
    this.#requestedAt = this.#options.now();
    this.#requestedFor = this.#acks.sent;
    this.#line.raw(REQUEST_TEXT);
  }

  /**
   * It could go on over another line, and a request was not answered within so many ms, nor anything else heard. `took`:
   * when the line took something last of what waited for it, behind which the request may still be.
   */
  isOverdue(now: number, heard: number, took: number, ms: number): boolean {
    if (this.id === undefined || this.#request !== "sent" || heard > this.#requestedAt) return false;
    return now - Math.max(this.#requestedAt, took) > ms;
  }

  // For the sessions.

  /** When the login ends that began it, or took it over, ms since the epoch. */
  get endsAt(): number {
    return this.#facts.endsAt;
  }

  /** It has no line, and waits for one. */
  get isDetached(): boolean {
    return this.#line === undefined;
  }

  /** Nothing that waits was given up, so that it could go on over another line. */
  get isWhole(): boolean {
    return this.#acks.isWhole;
  }

  /** What `acknowledge` would find. */
  check(h: number): Acknowledged {
    return this.#acks.check(h);
  }

  /** The line is gone. The line itself is not kept in memory. */
  detach(): void {
    const { transport, secure, address, credential, origin, endsAt } = this.#facts;
    this.#facts = { transport, secure, address, credential, origin, endsAt };
    this.#line = undefined;
    this.#request = "none";
    this.#shortOf = undefined;
    this.#acks.keep();
  }

  /** Goes on over another line, whose client has handled `h`; the one before, if there still is one, ends. */
  attach(line: Line, h: number): void {
    const before = this.#line;
    this.#acks.acknowledge(h);
    this.#line = line;
    this.#facts = line;
    this.#request = "none";
    before?.replaced();
  }

  /** XEP-0198 §5: sends again what was not acknowledged, in order, as the line takes it. `domain`: who says when it was sent. */
  resend(domain: string): void {
    const line = this.#line;
    if (line === undefined) return;
    if (this.#acks.waiting > 0 || this.#acks.runs > 0) this.#watch();
    let group: Sent[] = [];
    const flushGroup = (): void => {
      const [first] = group;
      if (first !== undefined) line.sendSlices(first.name, tailsOf(group, domain));
      group = [];
    };
    for (const item of this.#acks) {
      if (item instanceof Run || item.name !== group[0]?.name) flushGroup();
      if (item instanceof Run) line.sendSlices(item.name, item.pieces());
      else group.push(item);
    }
    flushGroup();
  }

  /** Shared by all who are sent what was sent here last. */
  shareLast(): Copies | undefined {
    const { last } = this.#acks;
    if (last !== undefined) last.copies ??= { left: 1 };
    return last?.copies;
  }

  /** What was never acknowledged, and is not known to have arrived; called at the end. */
  take(): readonly Sent[] {
    this.#forgetArrived();
    return this.#acks.take();
  }

  #watch(): void {
    if (this.#request === "none" && this.#line !== undefined) {
      this.#request = "due";
      this.#line.atTurnEnd(this);
    }
    if (this.#isOver || !this.#isTooMuch() || this.#forgetArrived()) return;
    this.#isOver = true;
    this.#options.onOverflow();
  }

  #isTooMuch(): boolean {
    const { single, length, runs } = this.#acks;
    const { mostStanzas, mostLength } = this.#options;
    const mostRuns = this.#line === undefined ? MOST_RUNS : mostStanzas;
    return single > mostStanzas || length > mostLength || runs > mostRuns;
  }

  /** Two answers in a row that leave out what was sent before the first of them: it has arrived, and is not counted. */
  #noteAnswer(h: number): void {
    const isShort = !this.#isUnasked && isBefore(h, this.#requestedFor);
    if (isShort && this.#shortOf !== undefined && isBefore(h, this.#shortOf)) this.#arrived = this.#shortOf;
    this.#shortOf = isShort ? this.#requestedFor : undefined;
  }

  /** XEP-0198 §4: it may acknowledge at any time, so that what is on the way to it is no less likely to arrive. */
  #noteUnasked(): void {
    this.#isUnasked = true;
    this.#shortOf = undefined;
    this.#arrived = undefined;
  }

  /** False: there was nothing of that kind. */
  #forgetArrived(): boolean {
    const arrived = this.#arrived;
    return arrived !== undefined && this.#isBehind(arrived) && this.#acks.acknowledge(arrived) === "right";
  }

  /** Some of what was sent before `count` is not acknowledged. */
  #isBehind(count: number): boolean {
    return isBefore(this.#acks.acknowledged, count);
  }
}

/** Modulo 2^32. */
function isBefore(count: number, other: number): boolean {
  const difference = (other - count) >>> 0;
  return difference > 0 && difference <= HALF;
}
