/** Collects what was left out, cut or mended while a list was read: contract §1 "reported". */
import type { Problem } from "./contacts.ts";

export type ProblemCode =
  | "not-a-jid"
  | "self"
  | "duplicate"
  | "not-an-object"
  | "bad-subscription"
  | "wrong-type"
  | "bad-value"
  | "bad-until"
  | "name-too-long"
  | "group-too-long"
  | "too-many-groups"
  | "forbidden-characters"
  | "unaddressable"
  | "more";

/** A list may be wrong a hundred thousand times; more than this many are counted, not named. */
const MOST_NAMED = 1000;
const LONGEST_CONTACT = 256;

export class Problems {
  readonly #named: Problem[] = [];
  #more = 0;

  add(code: ProblemCode, contact: string, text: string, member?: string): void {
    if (this.#named.length >= MOST_NAMED) {
      this.#more++;
      return;
    }
    const shown = contact.length > LONGEST_CONTACT ? `${contact.slice(0, LONGEST_CONTACT).toWellFormed()}…` : contact;
    this.#named.push({ code, contact: shown, ...(member === undefined ? {} : { member }), text });
  }

  list(): readonly Problem[] {
    if (this.#more === 0) return this.#named;
    return [...this.#named, { code: "more", text: `${this.#more} further problems are not named` }];
  }
}
