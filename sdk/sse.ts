/** Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html), read from pieces of text. */

export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Characters of one line or one event's data: more is no event of Kith. */
const LONGEST = 4 * 1024 * 1024;

export class SseReader {
  /** What to continue after. An event without data moves it too. */
  lastId: string;
  /** Milliseconds that the server wants between two connections; undefined: it did not say. */
  retry: number | undefined;
  #rest = "";
  #endedWithReturn = false;
  #id: string;
  #event = "";
  #data: string[] = [];
  #size = 0;

  constructor(lastId: string) {
    this.lastId = lastId;
    this.#id = lastId;
  }

  /** The events that are complete with this piece. @throws RangeError: a line or an event is too long */
  push(piece: string): readonly SseMessage[] {
    if (piece === "") return [];
    // A line feed that belongs to the carriage return of the piece before ends no line of its own.
    const text = this.#rest + (this.#endedWithReturn && piece.startsWith("\n") ? piece.slice(1) : piece);
    this.#endedWithReturn = piece.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST) throw new RangeError("a line of the event stream is too long");
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): readonly SseMessage[] {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return []; // a comment, by which the server shows that it lives
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    switch (field) {
      case "data":
        this.#size += value.length;
        if (this.#size > LONGEST) throw new RangeError("an event is too long");
        this.#data.push(value);
        break;
      case "event":
        this.#event = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^\d{1,9}$/.test(value)) this.retry = Number(value);
        break;
      default: // unknown fields are ignored
    }
    return [];
  }

  #dispatch(): readonly SseMessage[] {
    this.lastId = this.#id;
    const message = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    this.#size = 0;
    return isEmpty ? [] : [message];
  }
}
