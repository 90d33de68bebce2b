/** Contract §1 "one flight, newest wins": how one user's copy is renewed, stored, and told to those who listen. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Asker } from "./asker.ts";
import type { RefreshResult } from "./contacts.ts";
import { type Copy, confirmed, copyOf, emptyCopy, factsOf, withoutEnded } from "./copy.ts";
import { type Entry, type Flight, newFlight, type Want } from "./entry.ts";
import type { Keeper } from "./keeper.ts";
import { overlaid, withProposed } from "./overlay.ts";
import { failed, NOT_FOUND, ok, UNADDRESSABLE } from "./result.ts";
import { type Answer, type FailedAnswer, failure } from "./source.ts";
import type { ContactsStore } from "./store.ts";

export interface RenewalOptions {
  readonly domain: string;
  readonly asker: Asker;
  readonly store: ContactsStore;
  readonly keeper: Keeper;
  readonly notFound: "error" | "empty";
  readonly clock: Clock;
  readonly log: Log;
  /** No flight is left for this user. */
  readonly settled: (entry: Entry) => void;
}

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
  want(entry: Entry, kind: Want): Flight {
    if (entry.flight === undefined) {
      entry.flight = newFlight(kind);
      void this.#fly(entry, entry.flight);
      return entry.flight;
    }
    if (kind === "login") return entry.flight;
    if (!entry.flight.begun) {
      return joined(entry.flight, kind);
    }
    entry.following ??= newFlight(kind);
    return joined(entry.following, kind);
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

  /** The next login asks, whatever `max-age` said; in turn with changes of the copy. */
  markOld(entry: Entry): Promise<RefreshResult> {
    return this.#inTurn(entry, async () => {
      if (entry.copy !== undefined) entry.copy = { ...entry.copy, old: true };
      await this.#options.store.markOld([entry.username]);
      return ok("none", [], []);
    });
  }

  /** The next login asks; what was proposed stays undecided. */
  expire(entry: Entry): Promise<RefreshResult> {
    return this.#inTurn(entry, async () => {
      const { copy } = entry;
      if (copy !== undefined) {
        entry.copy = { ...copy, freshUntil: Math.min(copy.freshUntil, this.#options.clock.now()) };
        await this.#options.store.saveFacts(entry.username, factsOf(entry.copy));
      }
      return ok("none", [], []);
    });
  }

  async #fly(entry: Entry, flight: Flight): Promise<void> {
    let began = this.#options.clock.now();
    const answer = await this.#options.asker.ask(entry.username, () => {
      flight.begun = true;
      entry.overlay = undefined;
      began = this.#options.clock.now();
      // A change that was begun earlier may yet make another list of that which the ETag names.
      return { etag: entry.pending > 0 ? undefined : entry.copy?.etag, forced: flight.forced };
    });
    const result = await this.#inTurn(entry, () => this.#apply(entry, answer, began, flight.decides));
    entry.flight = entry.following;
    entry.following = undefined;
    flight.settle(result);
    if (entry.flight === undefined) this.#options.settled(entry);
    else void this.#fly(entry, entry.flight);
  }

  #inTurn(entry: Entry, change: () => Promise<RefreshResult>): Promise<RefreshResult> {
    return this.#options.keeper.inTurn([entry], change, (broken) => broken);
  }

  async #apply(entry: Entry, answer: Answer, began: number, decides: boolean): Promise<RefreshResult> {
    const { clock, notFound } = this.#options;
    const now = clock.now();
    if (answer.kind !== "failed") {
      entry.retryAt = Number.POSITIVE_INFINITY;
      if (entry.overlay === "all") return ok("app", [], []);
    }
    const overlay = entry.overlay === "all" ? undefined : entry.overlay;
    // A mark of a refresh decides at the next login.
    const proposed = decides || entry.copy?.old === true ? undefined : entry.copy?.list;
    switch (answer.kind) {
      case "failed":
        return this.#fail(entry, answer, began);
      case "list":
        return this.#take(entry, overlaid(withProposed(copyOf(answer, now), proposed), overlay));
      case "not-modified":
        if (entry.copy === undefined)
          return this.#fail(entry, failure("status", "the application answered 304"), began);
        return this.#take(entry, confirmed(entry.copy, answer, now));
      case "not-found":
        if (entry.copy === undefined || notFound === "empty") {
          return this.#take(entry, overlaid(withProposed(emptyCopy([], now), proposed), overlay));
        }
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

  /** Stores a copy, then lets everybody go by it, stored or not. */
  async #take(entry: Entry, given: Copy): Promise<RefreshResult> {
    const { keeper } = this.#options;
    const next = await keeper.prepare(entry, given);
    const isStored = await keeper.store([next]);
    await keeper.putInForce([next]);
    if (!isStored) return failed(failure("failed", "the list is in force, but could not be stored"), entry.copy);
    return ok("app", next.changes, next.copy.problems);
  }
}

function joined(flight: Flight, kind: Want): Flight {
  flight.forced = true;
  if (kind === "refresh") flight.decides = true;
  return flight;
}
