/** Contract §4: held lists changed by other means than a fetch, one or several at once. */
import type { Clock } from "../clock.ts";
import type { EditSource, ListEdit, RefreshResult } from "./contacts.ts";
import { type Copy, emptyCopy, isUsable, withoutEnded } from "./copy.ts";
import type { Entry, Flight } from "./entry.ts";
import type { Keeper, Next } from "./keeper.ts";
import { type ContactList, type PackedList, packed } from "./list.ts";
import { withEdit } from "./overlay.ts";
import { failed, ok } from "./result.ts";
import { failure } from "./source.ts";

export interface EditingOptions {
  readonly keeper: Keeper;
  readonly clock: Clock;
}

export interface EntryEdit {
  readonly entry: Entry;
  readonly edit: ListEdit;
}

type Results = ReadonlyMap<string, RefreshResult>;

const UNCHANGED = ok("none", [], []);
const NOT_STORED = failure("failed", "the change could not be stored, and nothing was changed");

export class Editing {
  readonly #options: EditingOptions;

  constructor(options: EditingOptions) {
    this.#options = options;
  }

  /** All or none. Never rejects. */
  run(edits: readonly EntryEdit[], source: EditSource): Promise<Results> {
    const { keeper } = this.#options;
    // A fetch that begins from now on is newer than this; one that has begun is older.
    const older = new Map<Entry, Flight>();
    for (const { entry } of edits) if (entry.flight?.begun === true) older.set(entry, entry.flight);
    return keeper.inTurn(
      edits.map(({ entry }) => entry),
      () => this.#apply(edits, source, older),
      (broken) => new Map(edits.map(({ entry }) => [entry.username, broken])),
    );
  }

  async #apply(edits: readonly EntryEdit[], source: EditSource, older: ReadonlyMap<Entry, Flight>): Promise<Results> {
    const { keeper, clock } = this.#options;
    const now = clock.now();
    const results = new Map<string, RefreshResult>();
    const all: Next[] = [];
    const before = new Map<Entry, PackedList | undefined>();
    for (const { entry, edit } of edits) {
      const held = entry.copy === undefined ? undefined : withoutEnded(entry.copy, now);
      const made = edit(held?.list);
      const after = made instanceof Promise ? await made : made;
      results.set(entry.username, UNCHANGED);
      if (after === undefined || isSame(held, after, source)) continue;
      const copy = withoutEnded(edited(held, packed(after), source, now), now);
      before.set(entry, held?.list);
      const next = await keeper.prepare(entry, copy, isUsable(copy, now));
      all.push(next);
      results.set(entry.username, ok("app", next.changes, []));
    }
    if (!(await keeper.store(all))) {
      const failure = ({ entry }: EntryEdit): [string, RefreshResult] => [
        entry.username,
        failed(NOT_STORED, entry.copy),
      ];
      return new Map(edits.map(failure));
    }
    for (const { entry, copy } of all) {
      const flight = older.get(entry);
      if (flight === undefined || entry.flight !== flight) continue;
      entry.overlay = source === "put" ? "all" : withEdit(entry.overlay, before.get(entry), copy.list, source);
    }
    await keeper.putInForce(all);
    return results;
  }
}

/** The application's word for the whole list is news even when it says what is held; an edit of a part is not. */
function isSame(held: Copy | undefined, after: ContactList, source: EditSource): boolean {
  return source !== "put" && held !== undefined && held.list.stored === packed(after).stored;
}

/** "put" is the whole word of the application; anything else leaves what is known of the rest as it is. */
function edited(held: Copy | undefined, list: PackedList, source: EditSource, now: number): Copy {
  if (source === "put") return { ...emptyCopy([], now), list, source };
  if (held === undefined) return { ...emptyCopy([], now), list, source, old: true };
  return { ...held, list, source, etag: undefined };
}
