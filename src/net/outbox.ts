/** The output queue of one connection: corked, counted, and pulled by the socket where it is large. */
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import type { Cork, Flushable } from "./cork.ts";
import type { Transport } from "./transport.ts";

/** What the outbox tells its connection. */
export interface OutboxOwner {
  /** More waits than the limit allows; what waited is dropped. Called at the flush, when nobody is in the middle of routing. */
  onOverflow(): void;
  /** Slices broke: what they owe can no longer be said. */
  onBroken(error: unknown): void;
  /** The peer does not take what we write, or takes it again. */
  onBlocked(blocked: boolean): void;
}

interface Slices {
  readonly name: StanzaName;
  readonly tails: Iterator<string>;
  /** Pulled and not yet written. */
  held: string;
}

/** A stanza, a frame, or stanzas that are produced as the socket drains. */
type Item = string | Slices;

/** UTF-16 units of one write, near the socket's own high-water mark. A drain in between is progress. */
const PIECE = 65_536;
/** What slices may produce in one turn, so that others have theirs. */
const TURN = 4 * PIECE;
const CLIENT_NS = ' xmlns="jabber:client"';
const LESS_THAN = 0x3c;

export class Outbox implements Flushable {
  readonly #transport: Transport;
  readonly #cork: Cork;
  readonly #owner: OutboxOwner;
  readonly #limit: number;
  readonly #isFramed: boolean;
  /** With a stream: all that waits in front of `#items`, as one text. */
  #text = "";
  /** With frames, or from the first slices on: what waits, in order. */
  #items: Item[] | undefined;
  /** UTF-16 units that wait, slices apart. */
  #waiting = 0;
  /** A part of a stanza was written whose rest still waits. */
  #isMidway = false;
  #isQueued = false;
  #isBlocked = false;
  #isEnded = false;
  #isDead = false;
  /** Too much waited; nothing more is taken until the owner has been told. */
  #isOver = false;

  /** `limit`: UTF-16 units that may wait for the peer, which for ASCII is octets. */
  constructor(transport: Transport, cork: Cork, owner: OutboxOwner, limit: number) {
    this.#transport = transport;
    this.#cork = cork;
    this.#owner = owner;
    this.#limit = limit;
    this.#isFramed = transport.framing === "frames";
  }

  /** Text of the stream itself; with frames one frame. */
  raw(text: string): void {
    if (!this.#isEnded) this.#push(text);
  }

  /** See `Connection.send`. */
  send(name: StanzaName, tail: string): void {
    if (!this.#isEnded) this.#push(this.#open(name) + tail);
  }

  /** See `Connection.sendSlices`. */
  sendSlices(name: StanzaName, tails: Iterator<string>): void {
    if (this.#isEnded) return;
    this.#items ??= [];
    this.#items.push({ name, tails, held: "" });
    this.#ask();
  }

  /** Sends what waits, slices up to the end of the stanza under way, and then ends our side of the transport. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#isDead) this.#transport.destroy();
    else this.#ask();
  }

  /** Drops what waits. What is said next follows on whole stanzas, or can no longer be said. */
  drop(): void {
    for (const item of this.#items ?? []) if (typeof item !== "string") item.tails.return?.();
    this.#text = "";
    this.#items = undefined;
    this.#waiting = 0;
    if (this.#isMidway) this.#isDead = true;
  }

  /** The transport is gone: nothing is kept or written any more. */
  kill(): void {
    this.#isEnded = true;
    this.#isDead = true;
    this.drop();
  }

  /** The transport takes more. */
  drained(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#owner.onBlocked(false);
    this.#write();
  }

  flush(): void {
    this.#isQueued = false;
    if (this.#isOver) {
      this.#isOver = false;
      this.#owner.onOverflow();
    }
    if (!this.#isBlocked) this.#write();
  }

  /** RFC 7395 §3.3.3: a frame is a document of its own and declares the namespace of the stanza. */
  #open(name: StanzaName): string {
    return this.#isFramed ? `<${name}${CLIENT_NS}` : `<${name}`;
  }

  #push(text: string): void {
    if (this.#isDead || this.#isOver) return;
    if (this.#items !== undefined) this.#append(this.#items, text);
    else if (this.#isFramed) this.#items = [text];
    else this.#text += text;
    this.#waiting += text.length;
    if (this.#waiting > this.#limit) this.#relieve();
    this.#ask();
  }

  #append(items: Item[], text: string): void {
    const last = items.length - 1;
    const before = items[last];
    if (this.#isFramed || typeof before !== "string") items.push(text);
    else items[last] = before + text;
  }

  #ask(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#cork.add(this);
  }

  /** Much at once does not wait for the end of the turn; what the peer does not take is too much. */
  #relieve(): void {
    if (!this.#isBlocked) this.#write();
    if (this.#waiting <= this.#limit) return;
    this.drop();
    this.#isOver = true;
  }

  #write(): void {
    if (this.#isDead) return;
    if (!this.#isFramed) {
      this.#pump();
      return;
    }
    this.#transport.cork();
    this.#pump();
    this.#transport.uncork();
  }

  #pump(): void {
    if (!this.#writeText()) return;
    const items = this.#items;
    if (items !== undefined) {
      let done = 0;
      while (done < items.length && this.#writeItem(items[done] ?? "")) done += 1;
      // An item of text that was begun has become `#text`, or has left as a frame.
      if (done < items.length && typeof items[done] === "string") done += 1;
      if (this.#items !== items) return;
      if (done < items.length) {
        items.splice(0, done);
        return;
      }
      this.#items = undefined;
      if (this.#text !== "") return;
    }
    if (this.#isEnded && !this.#isBlocked) this.#transport.end();
  }

  /** True: it has left and more may follow. */
  #writeItem(item: Item): boolean {
    if (typeof item !== "string") return this.#pull(item);
    if (!this.#isFramed) {
      this.#text = item;
      return this.#writeText();
    }
    this.#waiting -= item.length;
    return this.#put(item, false);
  }

  /** Writes `#text` piece by piece. True: all has left and more may follow. */
  #writeText(): boolean {
    while (this.#text.length > PIECE) {
      // A pair of surrogates is not torn.
      const unit = this.#text.charCodeAt(PIECE - 1);
      const end = unit >= 0xd800 && unit <= 0xdbff ? PIECE + 1 : PIECE;
      const piece = this.#text.slice(0, end);
      this.#text = this.#text.slice(end);
      this.#waiting -= piece.length;
      this.#isMidway = true;
      if (!this.#put(piece, false)) return false;
    }
    if (this.#text === "") return true;
    const text = this.#text;
    this.#text = "";
    this.#waiting -= text.length;
    this.#isMidway = false;
    return this.#put(text, false);
  }

  #put(text: string, more: boolean): boolean {
    if (this.#transport.write(text, more)) return true;
    this.#isBlocked = true;
    this.#owner.onBlocked(true);
    return false;
  }

  /** Pulls while the peer takes it. True: the slices are at their end and more may follow. */
  #pull(slices: Slices): boolean {
    for (let produced = 0; produced < TURN; ) {
      const next = this.#next(slices.tails);
      const opens = next.done !== true && next.value.charCodeAt(0) !== LESS_THAN;
      if (next.done === true || (opens && this.#isEnded)) return this.#finish(slices);
      if (opens && this.#isFramed && !this.#finish(slices)) {
        slices.held = this.#open(slices.name) + next.value;
        return false;
      }
      slices.held += opens ? this.#open(slices.name) + next.value : next.value;
      produced += next.value.length;
      if (slices.held.length < PIECE) continue;
      const piece = slices.held;
      slices.held = "";
      this.#isMidway = true;
      if (!this.#put(piece, true)) return false;
    }
    this.#ask();
    return false;
  }

  #next(tails: Iterator<string>): IteratorResult<string> {
    try {
      return tails.next();
    } catch (error) {
      this.kill();
      this.#owner.onBroken(error);
      return { done: true, value: undefined };
    }
  }

  /** The stanza before is complete: what is held of it leaves, with frames as the last part of its frame. */
  #finish(slices: Slices): boolean {
    const last = slices.held;
    const isPending = last !== "" || (this.#isFramed && this.#isMidway);
    slices.held = "";
    this.#isMidway = false;
    return !isPending || this.#put(last, false);
  }
}
