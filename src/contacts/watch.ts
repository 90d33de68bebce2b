/** What an operator sees of one domain's application and lists: gathered as it happens, bounded, in memory. */
import type { Clock } from "../clock.ts";
import { ActivityLog } from "./activity.ts";
import type { Contacts } from "./contacts.ts";
import type { DoneRefresh } from "./done-refresh.ts";
import { Latency } from "./latency.ts";
import type { ContactsObserver } from "./observer.ts";
import type { Answer } from "./source.ts";

/** Fetches that failed in one way. */
export interface FailureCount {
  readonly kind: string;
  readonly count: number;
  /** The last of them, ms since the epoch. */
  readonly at: number;
  readonly user: string;
  readonly message: string;
}

export class ContactsWatch implements ContactsObserver {
  readonly latency = new Latency();
  readonly activity = new ActivityLog();
  readonly #clock: Clock;
  readonly #failures = new Map<string, FailureCount>();
  #fetches = 0;
  #answeredAt: number | undefined;
  #breakerOpenSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Edits are heard of from the contacts themselves. */
  listenTo(contacts: Contacts): void {
    contacts.onChange((change) => {
      const source = contacts.held(change.username)?.source;
      if (source !== undefined && source !== "app") this.activity.edited(change, source, this.#clock.now());
    });
  }

  /** Since the start. */
  get fetches(): number {
    return this.#fetches;
  }

  /** When the application last gave an answer that was of use; undefined: not yet. ms since the epoch. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** Undefined: it is closed. ms since the epoch. */
  get breakerOpenSince(): number | undefined {
    return this.#breakerOpenSince;
  }

  /** Since the start, the latest first. */
  get failures(): readonly FailureCount[] {
    return [...this.#failures.values()].sort((a, b) => b.at - a.at);
  }

  fetched(user: string, answer: Answer, ms: number | undefined): void {
    if (answer.kind === "unaddressable") return;
    const at = this.#clock.now();
    const failed = answer.kind === "failed";
    if (ms !== undefined) {
      this.#fetches++;
      this.latency.add(at, ms, failed);
    }
    if (!failed) {
      this.#answeredAt = at;
      return;
    }
    const { failure: kind, message } = answer;
    this.#failures.set(kind, { kind, count: (this.#failures.get(kind)?.count ?? 0) + 1, at, user, message });
  }

  breaker(open: boolean): void {
    this.#breakerOpenSince = open ? this.#clock.now() : undefined;
  }

  refreshed(refresh: DoneRefresh): void {
    this.activity.refreshed(refresh, this.#clock.now());
  }
}
