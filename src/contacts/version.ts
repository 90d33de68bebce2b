/** The version of a list (RFC 6121 §2.6): a sum of hashes, so that it follows each change without reading the list again. */
import { hash } from "node:crypto";

/** To write one version after the other: a third of the time of writing numbers by radix. */
const OCTETS = Buffer.alloc(16);

/**
 * 128 bits: the sum, modulo 2³² in each of four words, of a SHA-256 of every contact. The order of contacts does not
 * matter, and adding and removing one costs one hash. Written as 32 hexadecimal digits; of no contacts it is all zeros.
 */
export class VersionSum {
  readonly #words = new Uint32Array(4);

  /** Begins at `version`, a text that `text` gave; without it at the version of the empty list. */
  constructor(version?: string) {
    if (version === undefined) return;
    for (let word = 0; word < 4; word++) this.#words[word] = Number.parseInt(version.slice(word * 8, word * 8 + 8), 16);
  }

  add(text: string): void {
    this.#step(text, 1);
  }

  remove(text: string): void {
    this.#step(text, -1);
  }

  get text(): string {
    for (const [word, value] of this.#words.entries()) OCTETS.writeUInt32BE(value, word * 4);
    return OCTETS.toString("hex");
  }

  #step(text: string, sign: 1 | -1): void {
    const digest = hash("sha256", text, "binary");
    for (let word = 0; word < 4; word++) {
      const at = word * 4;
      const value =
        (digest.charCodeAt(at) << 24) |
        (digest.charCodeAt(at + 1) << 16) |
        (digest.charCodeAt(at + 2) << 8) |
        digest.charCodeAt(at + 3);
      this.#words[word] = (this.#words[word] ?? 0) + sign * value;
    }
  }
}
