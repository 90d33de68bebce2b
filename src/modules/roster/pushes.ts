/** RFC 6121 §2.1.6: roster pushes, one item each, built once for all resources of a person. */
import { type Change, stepVersions } from "../../contacts/diff.ts";
import type { ContactList } from "../../contacts/list.ts";
import { nextId } from "../../sessions/ask.ts";
import { itemXml, openQuery, removedXml } from "./wire.ts";

/** Tails behind the `to`, made when the first resource asks for them. `ver` is that of the list after this push. */
export class Pushes {
  readonly size: number;
  readonly #built: string[] = [];
  readonly #steps: Iterator<string>;
  readonly #changes: readonly Change[];

  constructor(before: ContactList | null, changes: readonly Change[]) {
    this.size = changes.length;
    this.#changes = changes;
    this.#steps = stepVersions(before, changes);
  }

  /** In order: `at` is at most one more than was asked for before. */
  tail(at: number): string {
    return this.#built[at] ?? this.#build(at);
  }

  #build(at: number): string {
    const change = this.#changes[at];
    const version = this.#steps.next().value;
    if (change === undefined || version === undefined) return "";
    const item = change.kind === "removed" ? removedXml(change.contact.jid) : itemXml(change.contact);
    const tail = ` id='${nextId()}' type='set'>${openQuery(version)}${item}</query></iq>`;
    this.#built[at] = tail;
    return tail;
  }

  /** All of them for one resource, as `Connection.sendSlices` takes them. */
  *for(address: string): Generator<string> {
    for (let at = 0; at < this.size; at++) yield ` to='${address}'${this.tail(at)}`;
  }
}
