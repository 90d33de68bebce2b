/** Text that arrives in pieces: linear in its length however small the pieces are. */

/** Pieces are joined into flat text of this length, so that tiny ones do not each keep an object alive. */
const BLOCK = 1_024;

export class Carry {
  private head = "";
  private tail = "";

  get length(): number {
    return this.head.length + this.tail.length;
  }

  add(piece: string): void {
    this.tail += piece;
    if (this.tail.length < BLOCK) return;
    this.head += detach(this.tail);
    this.tail = "";
  }

  /** Everything added, followed by `last`; empties the carry. */
  take(last: string): string {
    if (this.tail === "" && this.head === "") return last;
    const all = this.head + this.tail + last;
    this.clear();
    return all;
  }

  clear(): void {
    this.head = "";
    this.tail = "";
  }
}

/**
 * The same text in memory of its own. What the reader yields is cut from what was received and keeps that alive: whoever
 * stores a piece of it for long calls this.
 */
export function detach(text: string): string {
  if (text.length < 13) return text;
  const encoding = Buffer.byteLength(text) === text.length ? "latin1" : "utf16le";
  return Buffer.from(text, encoding).toString(encoding);
}
