/** XEP-0198 §4: what one side of a stream counts, and what it has sent and the other has not acknowledged. */
import type { StanzaName } from "../stanza/stanza.ts";
import { detach } from "../xml/carry.ts";
import { Run } from "./run.ts";

/** One stanza, as it was sent. */
export interface Sent {
  readonly name: StanzaName;
  /** As for `Connection.send`. */
  tail: string;
  /** When it was sent, ms since the epoch. */
  readonly at: number;
  /** Who else was sent the same; undefined: nobody. */
  copies: Copies | undefined;
}

/** Shared by all who were sent one message: who of them have it, or may still get it. */
export interface Copies {
  left: number;
}

/** `too-low`: less than was acknowledged before. */
export type Acknowledged = "right" | "too-high" | "too-low";

/** A difference modulo 2^32 above this is one below zero. */
export const HALF = 0x7fff_ffff;
/** Acknowledged entries that may stay at the front until they are cut off. */
const SLACK = 64;

export class Acks {
  /** Stanzas of the peer that were handled, modulo 2^32. */
  handled: number;
  /** Stanzas that were sent and not acknowledged. */
  waiting = 0;
  /** Those of them that were sent one by one, not in runs. */
  single = 0;
  /** The length of these in UTF-16 units. */
  length = 0;
  /** Runs that are not over. */
  runs = 0;
  /** Stanzas that the peer has acknowledged, modulo 2^32. */
  acknowledged: number;
  #items: (Sent | Run)[] = [];
  /** `#items` begin here. */
  #first = 0;
  /** Before this index of `#items` every text has memory of its own. */
  #keptTo = 0;
  /** UTF-16 units of runs that are kept. */
  #ofRuns = 0;
  readonly #mostOfRuns: number;

  /** `mostOfRuns`: UTF-16 units of runs that are kept to be said again. `start`: both counters, where they do not start at 0. */
  constructor(mostOfRuns: number, start = 0) {
    this.#mostOfRuns = mostOfRuns;
    this.handled = start;
    this.acknowledged = start;
  }

  /** All that was ever sent, modulo 2^32. */
  get sent(): number {
    return (this.acknowledged + this.waiting) >>> 0;
  }

  /** All that waits can be said again. */
  get isWhole(): boolean {
    for (const item of this) if (item instanceof Run && item.isForgotten) return false;
    return true;
  }

  handle(): void {
    this.handled = (this.handled + 1) >>> 0;
  }

  push(sent: Sent): void {
    this.#items.push(sent);
    this.waiting += 1;
    this.single += 1;
    this.length += sent.tail.length;
  }

  /** Stanzas that are produced as they are sent: `tails` as for `Connection.sendSlices`. */
  pushRun(name: StanzaName, tails: Iterator<string>): Run {
    const run = new Run(name, tails, (units, isNew) => this.#produced(run, units, isNew));
    this.#items.push(run);
    this.runs += 1;
    return run;
  }

  /**
   * What waits will wait for long: its texts are cut from what others sent, and would keep all of that in memory. Each
   * pays for that once, and only who is not acknowledged soon.
   */
  keep(): void {
    for (let at = Math.max(this.#first, this.#keptTo); at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item !== undefined && !(item instanceof Run)) item.tail = detach(item.tail);
    }
    this.#keptTo = this.#items.length;
  }

  /** What `acknowledge` would find. */
  check(h: number): Acknowledged {
    const count = (h - this.acknowledged) >>> 0;
    if (count <= this.waiting) return "right";
    return count > HALF ? "too-low" : "too-high";
  }

  /** The peer has handled so many, modulo 2^32: they need not be kept. */
  acknowledge(h: number): Acknowledged {
    const found = this.check(h);
    if (found !== "right") return found;
    let count = (h - this.acknowledged) >>> 0;
    this.acknowledged = h;
    this.waiting -= count;
    for (let item = this.#items[this.#first]; item !== undefined; item = this.#items[this.#first]) {
      if (item instanceof Run) {
        const before = item.length;
        count -= item.drop(count);
        this.#ofRuns -= before - item.length;
        if (!item.isOver) break;
        this.runs -= 1;
      } else if (count === 0) break;
      else {
        count -= 1;
        this.single -= 1;
        this.length -= item.tail.length;
      }
      this.#first += 1;
    }
    this.#cut();
    // What stands behind a run that is not at its end has not left.
    return count === 0 ? "right" : "too-high";
  }

  /** What was sent last, where that was no run and is not acknowledged. */
  get last(): Sent | undefined {
    const last = this.#items.at(-1);
    return last instanceof Run ? undefined : last;
  }

  /** What waits, in order. */
  *[Symbol.iterator](): Generator<Sent | Run> {
    for (let at = this.#first; at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item !== undefined) yield item;
    }
  }

  /** Nothing waits any more: the stanzas that did. Runs are the server's own. */
  take(): readonly Sent[] {
    const left: Sent[] = [];
    for (const item of this) if (!(item instanceof Run)) left.push(item);
    this.#items = [];
    this.#first = 0;
    this.#keptTo = 0;
    this.waiting = 0;
    this.single = 0;
    this.length = 0;
    this.runs = 0;
    this.#ofRuns = 0;
    return left;
  }

  #produced(run: Run, units: number, isNew: boolean): void {
    if (isNew) this.waiting += 1;
    if (run.isForgotten) return;
    this.#ofRuns += units;
    if (this.#ofRuns <= this.#mostOfRuns) return;
    this.#ofRuns -= run.length;
    run.forget();
  }

  #cut(): void {
    if (this.#first === this.#items.length) this.#items = [];
    else if (this.#first > SLACK && this.#first * 2 > this.#items.length) this.#items.splice(0, this.#first);
    else return;
    this.#keptTo = Math.max(0, this.#keptTo - this.#first);
    this.#first = 0;
  }
}
