/** Stanzas of one kind that are produced piece by piece as they are sent, kept until they are acknowledged (XEP-0198 §4). */
import type { StanzaName } from "../stanza/stanza.ts";

/** `units`: how much longer the run became. `isNew`: by a stanza. */
type Produced = (units: number, isNew: boolean) => void;

const LESS_THAN = 0x3c;

export class Run {
  readonly name: StanzaName;
  /** UTF-16 units that are kept. */
  length = 0;
  /** It was too much to be kept: what of it waits cannot be said again. */
  isForgotten = false;
  readonly #onProduced: Produced;
  /** What was produced and not acknowledged; the last may go on. */
  #tails: string[] = [];
  /** Instead of them, when it is forgotten: how many there are. */
  #count = 0;
  /** Undefined: at its end. */
  #source: Iterator<string> | undefined;
  /** How many lines it was begun on: only the last of them goes on with it. */
  #lines = 0;

  constructor(name: StanzaName, source: Iterator<string>, onProduced: Produced) {
    this.name = name;
    this.#source = source;
    this.#onProduced = onProduced;
  }

  /** Nothing of it waits, and nothing follows. */
  get isOver(): boolean {
    return this.#source === undefined && this.#tails.length + this.#count === 0;
  }

  /** All of it for one line: first what an earlier one was given already, which gets no more of it. */
  pieces(): Generator<string> {
    this.#lines += 1;
    return this.#piecesFor(this.#lines);
  }

  /** So many of the first were acknowledged. How many there were. */
  drop(most: number): number {
    if (this.isForgotten) {
      const count = Math.min(this.#count, most);
      this.#count -= count;
      return count;
    }
    const gone = this.#tails.splice(0, most);
    for (const tail of gone) this.length -= tail.length;
    return gone.length;
  }

  /** The text is given up, not the count. */
  forget(): void {
    this.isForgotten = true;
    this.#count = this.#tails.length;
    this.#tails = [];
    this.length = 0;
  }

  *#piecesFor(line: number): Generator<string> {
    for (const piece of [...this.#tails]) {
      if (line !== this.#lines) return;
      yield piece;
    }
    while (line === this.#lines) {
      const piece = this.#next();
      if (piece === undefined) return;
      yield piece;
    }
  }

  #next(): string | undefined {
    const next = this.#source?.next();
    if (next === undefined || next.done === true) {
      this.#source = undefined;
      return undefined;
    }
    const { value } = next;
    const isNew = value.charCodeAt(0) !== LESS_THAN;
    if (this.isForgotten) {
      if (isNew) this.#count += 1;
      this.#onProduced(0, isNew);
      return value;
    }
    const last = this.#tails.length - 1;
    if (isNew) this.#tails.push(value);
    else if (last >= 0) this.#tails[last] += value;
    // The peer acknowledged what it had only the beginning of: there is nothing to go on with.
    else return value;
    this.length += value.length;
    this.#onProduced(value.length, isNew);
    return value;
  }
}
