/** How a copy becomes the one that everybody goes by: compared, stored, in force, told. One user's copy, or several at once. */
import type { Log } from "../log.ts";
import type { ListChange, Problem, RefreshResult } from "./contacts.ts";
import { type Copy, factsOf, storedOf } from "./copy.ts";
import { type Change, diff, diffing, lastVersion, STEP } from "./diff.ts";
import type { Entry } from "./entry.ts";
import type { PackedList } from "./list.ts";
import { failed } from "./result.ts";
import { inSlices } from "./slices.ts";
import { failure } from "./source.ts";
import type { ContactsStore } from "./store.ts";

export interface KeeperOptions {
  readonly domain: string;
  readonly store: ContactsStore;
  readonly log: Log;
  readonly yieldNow: () => Promise<void>;
  /** The list of somebody who is kept has changed. Called after it is durable. */
  readonly changed: (change: ListChange) => void;
  /** What is wrong in a list that is in force is not what was wrong before; empty: all is well again. */
  readonly problemsChanged?: (username: string, problems: readonly Problem[]) => void;
  /** No flight is left for this user, or a change is done. */
  readonly settled: (entry: Entry) => void;
}

/** A copy that may be stored and then put in force. */
export interface Next {
  readonly entry: Entry;
  readonly copy: Copy;
  /** From what sessions go by, or from the copy before. */
  readonly changes: readonly Change[];
  readonly base: PackedList | null;
  /** Storage has the contacts already. */
  readonly factsOnly: boolean;
  /** Sessions go by it from now on. */
  readonly isInForce: boolean;
}

/** Contacts compared or hashed before others get their turn. */
const SLICE = 2000;

export class Keeper {
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Changes of one user's copy never overlap; those of several wait for the changes of all of them. */
  async inTurn<T>(entries: readonly Entry[], work: () => Promise<T>, broken: (result: RefreshResult) => T): Promise<T> {
    for (const entry of entries) entry.pending++;
    const [first] = entries;
    const before = entries.length === 1 && first !== undefined ? first.changes : Promise.all(entries.map(changesOf));
    const result = before.then(work).catch((error: unknown) => {
      const { domain, log } = this.#options;
      log.error("a contact list could not be renewed", { user: first?.username, domain, error });
      return broken(failed(failure("failed", "the list could not be renewed; the log has more"), first?.copy));
    });
    const done = result.then(() => {
      for (const entry of entries) {
        entry.pending--;
        if (entry.flight === undefined) this.#options.settled(entry);
      }
    });
    for (const entry of entries) entry.changes = done;
    return result;
  }

  async prepare(entry: Entry, given: Copy, isInForce = true): Promise<Next> {
    const previous = entry.copy;
    const same = previous !== undefined && previous.list.stored === given.list.stored;
    const copy = same ? { ...given, list: previous.list } : given;
    const base = entry.list ?? previous?.list ?? null;
    const changes = same && base === copy.list ? [] : await this.#compare(base, copy.list);
    const factsOnly = same && previous.problems.length === 0 && copy.problems.length === 0;
    return { entry, copy, changes, base, factsOnly, isInForce };
  }

  /** All of them or none. False: they could not be stored, which is logged. */
  async store(all: readonly Next[]): Promise<boolean> {
    const { domain, log, store } = this.#options;
    try {
      await store.saveAll(
        all.map(({ entry: { username }, copy, factsOnly }) =>
          factsOnly ? { username, facts: factsOf(copy) } : { username, copy: storedOf(copy) },
        ),
      );
      return true;
    } catch (error) {
      log.error("contacts could not be stored", { user: all[0]?.entry.username, count: all.length, domain, error });
      return false;
    }
  }

  /** All at once, then everybody is told. */
  async putInForce(all: readonly Next[]): Promise<void> {
    const prepared: (ListChange | undefined)[] = [];
    for (const next of all) prepared.push(await this.#changeOf(next));
    const changes: ListChange[] = [];
    for (const [index, { entry, copy, isInForce }] of all.entries()) {
      this.#tellProblems(entry, copy.problems);
      entry.copy = copy;
      if (!isInForce) continue;
      const before = entry.list ?? null;
      const after = copy.list;
      entry.list = after;
      if (entry.keeps === 0 || before === after) continue;
      const change = prepared[index];
      // Between comparing and now somebody may have logged in and gone by the copy before.
      const holds = change !== undefined && change.before === before;
      changes.push(holds ? change : { username: entry.username, before, after, changes: diff(before, after) });
    }
    for (const change of changes) {
      this.#options.changed(change);
      if (change.changes.length > SLICE) await this.#options.yieldNow();
    }
  }

  #tellProblems({ username, copy }: Entry, now: readonly Problem[]): void {
    const before = copy?.problems ?? [];
    if (now === before || (now.length === 0 && before.length === 0)) return;
    if (JSON.stringify(now) !== JSON.stringify(before)) this.#options.problemsChanged?.(username, now);
  }

  async #changeOf({ entry, base, copy, changes, isInForce }: Next): Promise<ListChange | undefined> {
    const before = entry.list ?? null;
    const after = copy.list;
    if (!isInForce || entry.keeps === 0 || before === after) return undefined;
    const told = before === base ? changes : await this.#compare(before, after);
    return { username: entry.username, before, after, changes: told };
  }

  /** The differences; the version of `after` follows from them without hashing what stayed. */
  async #compare(before: PackedList | null, after: PackedList): Promise<readonly Change[]> {
    const { yieldNow } = this.#options;
    const changes = await inSlices(diffing(before, after), SLICE / STEP, yieldNow);
    after.adoptVersion(await inSlices(lastVersion(before, changes), SLICE, yieldNow));
    return changes;
  }
}

function changesOf(entry: Entry): Promise<unknown> {
  return entry.changes;
}
