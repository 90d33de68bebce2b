/** Contract §1 "one flight, newest wins": how one user's copy is renewed, stored, and told to those who listen. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Asker } from "./asker.ts";
import type { ListChange, RefreshResult } from "./contacts.ts";
import { type Copy, confirmed, copyOf, emptyCopy, factsOf, storedOf, withoutEnded } from "./copy.ts";
import { type Change, diffing, stepVersions } from "./diff.ts";
import { type Entry, type Flight, newFlight } from "./entry.ts";
import type { PackedList } from "./list.ts";
import { failed, NOT_FOUND, ok, UNADDRESSABLE } from "./result.ts";
import { inSlices } from "./slices.ts";
import { type Answer, type FailedAnswer, failure } from "./source.ts";
import type { ContactsStore } from "./store.ts";

export interface RenewalOptions {
  readonly domain: string;
  readonly asker: Asker;
  readonly store: ContactsStore;
  readonly notFound: "error" | "empty";
  readonly clock: Clock;
  readonly log: Log;
  readonly yieldNow: () => Promise<void>;
  /** The list of somebody who is kept has changed. Called after it is durable. */
  readonly changed: (change: ListChange) => void;
  /** No flight is left for this user, or a change is done. */
  readonly settled: (entry: Entry) => void;
}

/** Contacts compared or hashed before others get their turn. */
const SLICE = 2000;
/** From one fetch to the next where somebody waits for a list: contract §2 "at least every 5 s". */
const RETRY_WITHOUT = 3000;
/** After a failed fetch while a stale copy stands in. */
const RETRY_STALE = 30_000;
export class Renewal {
  readonly #options: RenewalOptions;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** A login joins any flight. A refresh is never answered by a fetch that began before it. */
  want(entry: Entry, kind: "login" | "refresh"): Flight {
    if (entry.flight === undefined) {
      entry.flight = newFlight(kind === "refresh");
      void this.#fly(entry, entry.flight);
      return entry.flight;
    }
    if (kind === "login") return entry.flight;
    if (!entry.flight.begun) {
      entry.flight.forced = true;
      return entry.flight;
    }
    entry.following ??= newFlight(true);
    return entry.following;
  }

  /** What was set by other means than a fetch; a flight that has begun is not applied any more. */
  replace(entry: Entry, list: PackedList, source: "put" | "patch" | "edges"): Promise<RefreshResult> {
    entry.generation++;
    return this.#inTurn(entry, async () => {
      const now = this.#options.clock.now();
      const copy = withoutEnded({ ...emptyCopy([], now), list }, now);
      return this.#take(entry, { ...copy, source });
    });
  }

  /** Contract §1, `until`: the contacts that have ended go. */
  endContacts(entry: Entry): Promise<RefreshResult> {
    return this.#inTurn(entry, async () => {
      const { copy } = entry;
      const left = copy === undefined ? undefined : withoutEnded(copy, this.#options.clock.now());
      if (left === undefined || left === copy) return ok("none", [], []);
      if (entry.list !== undefined) return this.#take(entry, left);
      entry.copy = left;
      return ok("none", [], []);
    });
  }

  async #fly(entry: Entry, flight: Flight): Promise<void> {
    let generation = entry.generation;
    let began = this.#options.clock.now();
    const answer = await this.#options.asker.ask(entry.username, () => {
      flight.begun = true;
      generation = entry.generation;
      began = this.#options.clock.now();
      return { etag: entry.copy?.etag, forced: flight.forced };
    });
    const result = await this.#inTurn(entry, () => this.#apply(entry, answer, generation, began));
    entry.flight = entry.following;
    entry.following = undefined;
    flight.settle(result);
    if (entry.flight === undefined) this.#options.settled(entry);
    else void this.#fly(entry, entry.flight);
  }

  /** Changes of one user's copy never overlap. */
  #inTurn(entry: Entry, change: () => Promise<RefreshResult>): Promise<RefreshResult> {
    entry.pending++;
    const result = entry.changes.then(change).catch((error: unknown) => {
      const { domain, log } = this.#options;
      log.error("a contact list could not be renewed", { user: entry.username, domain, error });
      return failed(failure("failed", "the list could not be renewed; the log has more"), entry.copy);
    });
    entry.changes = result.then(() => {
      entry.pending--;
      if (entry.flight === undefined) this.#options.settled(entry);
    });
    return result;
  }

  async #apply(entry: Entry, answer: Answer, generation: number, began: number): Promise<RefreshResult> {
    const { clock, notFound } = this.#options;
    const now = clock.now();
    if (answer.kind !== "failed") {
      entry.retryAt = Number.POSITIVE_INFINITY;
      if (entry.generation !== generation) return ok("app", [], []);
    }
    switch (answer.kind) {
      case "failed":
        return this.#fail(entry, answer, began);
      case "list":
        return this.#take(entry, copyOf(answer, now));
      case "not-modified":
        if (entry.copy === undefined)
          return this.#fail(entry, failure("status", "the application answered 304"), began);
        return this.#take(entry, confirmed(entry.copy, answer, now));
      case "not-found":
        if (entry.copy === undefined || notFound === "empty") return this.#take(entry, emptyCopy([], now));
        return this.#fail(entry, NOT_FOUND, began);
      case "unaddressable":
        if (entry.copy === undefined) return this.#take(entry, emptyCopy([UNADDRESSABLE], now));
        return ok("none", [], [UNADDRESSABLE]);
    }
  }

  /** The last good copy stays and is marked stale. */
  #fail(entry: Entry, answer: FailedAnswer, began: number): RefreshResult {
    const { asker, clock, domain, log, store } = this.#options;
    if (asker.isClosed) return failed(answer, entry.copy);
    entry.retryAt = entry.list === undefined ? began + RETRY_WITHOUT : clock.now() + RETRY_STALE;
    if (entry.copy !== undefined && !entry.copy.stale) {
      entry.copy = { ...entry.copy, stale: true };
      store.saveFacts(entry.username, factsOf(entry.copy)).catch((error: unknown) => {
        log.error("contacts could not be stored", { user: entry.username, domain, error });
      });
    }
    return failed(answer, entry.copy);
  }

  /** Stores a copy, then lets everybody go by it. */
  async #take(entry: Entry, given: Copy): Promise<RefreshResult> {
    const previous = entry.copy;
    const same = previous !== undefined && previous.list.stored === given.list.stored;
    const copy = same ? { ...given, list: previous.list } : given;
    const base = entry.list ?? previous?.list ?? null;
    const changes = same && base === copy.list ? [] : await this.#compare(base, copy.list);
    const stored = await this.#store(entry.username, copy, same && samePart(previous, copy));
    const before = entry.list ?? null;
    entry.copy = copy;
    entry.list = copy.list;
    if (entry.keeps > 0 && (before === null || before !== copy.list)) {
      const told = before === base ? changes : await this.#compare(before, copy.list);
      this.#options.changed({ username: entry.username, before, after: copy.list, changes: told });
    }
    if (!stored) return failed(failure("failed", "the list is in force, but could not be stored"), entry.copy);
    return ok("app", changes, copy.problems);
  }

  /** The differences; the version of `after` follows from them without hashing what stayed. */
  async #compare(before: PackedList | null, after: PackedList): Promise<readonly Change[]> {
    const { yieldNow } = this.#options;
    const changes = await inSlices(diffing(before, after), SLICE, yieldNow);
    after.adoptVersion(await inSlices(stepVersions(before, changes), SLICE, yieldNow));
    return changes;
  }

  async #store(username: string, copy: Copy, factsOnly: boolean): Promise<boolean> {
    const { domain, log, store } = this.#options;
    try {
      await (factsOnly ? store.saveFacts(username, factsOf(copy)) : store.save(username, storedOf(copy)));
      return true;
    } catch (error) {
      log.error("contacts could not be stored", { user: username, domain, error });
      return false;
    }
  }
}

/** Whether storage has all but the facts already. */
function samePart(previous: Copy, copy: Copy): boolean {
  return previous.problems.length === 0 && copy.problems.length === 0;
}
