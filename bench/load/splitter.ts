/**
 * Cuts a server's byte stream into top-level stanzas, as cheaply as a generator must: it counts tags and checks nothing.
 * It relies on what every server measured here does: `>` inside attributes and text is sent as `&gt;`, no comments, no CDATA.
 */
export class Splitter {
  #text = "";
  #position = 0;
  #start = 0;
  #depth = 0;
  readonly #onStanza: (stanza: string) => void;

  /** @param onStanza called with each complete child of the stream element, as text */
  constructor(onStanza: (stanza: string) => void) {
    this.#onStanza = onStanza;
  }

  /** Begins a new stream on the same connection (after SASL success). */
  restart(): void {
    this.#text = "";
    this.#position = 0;
    this.#start = 0;
    this.#depth = 0;
  }

  /** Takes the next piece of the stream, cut anywhere. */
  feed(chunk: string): void {
    const text = this.#text === "" ? chunk : this.#text + chunk;
    this.#text = text;
    let position = this.#position;
    for (;;) {
      const open = text.indexOf("<", position);
      if (open < 0) break;
      const close = text.indexOf(">", open);
      if (close < 0) {
        position = open;
        break;
      }
      position = close + 1;
      const kind = text.charCodeAt(open + 1);
      if (kind === 0x3f) continue;
      if (kind === 0x2f) {
        this.#depth -= 1;
        if (this.#depth === 1) this.#emit(text, position);
      } else {
        if (this.#depth === 1) this.#start = open;
        if (text.charCodeAt(close - 1) !== 0x2f) this.#depth += 1;
        else if (this.#depth === 1) this.#emit(text, position);
      }
      if (this.#text !== text) return;
    }
    const keep = this.#depth > 1 ? this.#start : Math.min(position, text.length);
    this.#text = keep >= text.length ? "" : text.slice(keep);
    this.#position = position - keep;
    if (this.#text === "") this.#position = 0;
    this.#start = 0;
  }

  #emit(text: string, end: number): void {
    this.#onStanza(text.slice(this.#start, end));
  }
}
