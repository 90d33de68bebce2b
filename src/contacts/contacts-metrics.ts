/** The metrics of all domains' contacts: declared once a server, fed by each domain's cache. */
import type { Histogram, LabelledCounter, Metrics } from "../metrics.ts";
import type { ListChange } from "./contacts.ts";
import type { DoneRefresh } from "./done-refresh.ts";

export interface ContactsState {
  readonly held: number;
  readonly stale: number;
  readonly breakerOpen: boolean;
}

export class ContactsMetrics {
  readonly fetches: LabelledCounter;
  readonly seconds: Histogram;
  /** Users of each batch call. */
  readonly batch: Histogram;
  readonly problems: LabelledCounter;
  readonly #refreshes: LabelledCounter;
  readonly #refreshSeconds: Histogram;
  readonly #changes: LabelledCounter;
  readonly #states = new Set<() => ContactsState>();

  constructor(metrics: Metrics) {
    this.fetches = metrics.labelled("kith_contacts_fetches_total", "Contact lists asked for, by result.", ["result"]);
    this.seconds = metrics.histogram(
      "kith_contacts_fetch_seconds",
      "Time from leaving the queue to the end of the answer.",
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    );
    this.batch = metrics.histogram(
      "kith_contacts_batch_users",
      "People whose lists one call of contacts.batchUrl asked for.",
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    );
    this.problems = metrics.labelled("kith_contacts_problems_total", "What was wrong in contact lists, by code.", [
      "code",
    ]);
    this.#refreshes = metrics.labelled(
      "kith_contacts_refreshes_total",
      "People whose contacts a refresh was asked for, by result.",
      ["result"],
    );
    this.#refreshSeconds = metrics.histogram(
      "kith_contacts_refresh_seconds",
      "Time of a whole refresh, until the lists are stored and the pushes are in the queues.",
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12],
    );
    this.#changes = metrics.labelled(
      "kith_contacts_changes_total",
      "Contacts that changed in the lists of people who are online, by kind.",
      ["kind"],
    );
    const sum = (read: (state: ContactsState) => number): number =>
      [...this.#states].reduce((total, state) => total + read(state()), 0);
    metrics.gauge("kith_contacts_breaker_open", "Domains whose application is not asked because it fails.", () =>
      sum((state) => (state.breakerOpen ? 1 : 0)),
    );
    metrics.gauge("kith_contacts_held", "Contact lists held in memory.", () => sum((state) => state.held));
    metrics.gauge("kith_contacts_stale", "Lists in memory whose last renewal failed.", () =>
      sum((state) => state.stale),
    );
  }

  /** `now`: ms since the epoch. Dry runs do not count. */
  refreshed({ users, failures, dryRun, began }: DoneRefresh, now: number): void {
    if (dryRun) return;
    let ok = users;
    for (const [result, count] of failures) {
      this.#refreshes.add({ result }, count);
      ok -= count;
    }
    if (ok > 0) this.#refreshes.add({ result: "ok" }, ok);
    this.#refreshSeconds.observe((now - began) / 1000);
  }

  /** A list that was not known before does not count. */
  changed({ before, changes }: ListChange): void {
    if (before === null) return;
    const counts: Record<string, number> = {};
    for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1;
    for (const [kind, count] of Object.entries(counts)) this.#changes.add({ kind }, count);
  }

  /** Until the function that is returned is called. */
  watch(state: () => ContactsState): () => void {
    this.#states.add(state);
    return () => void this.#states.delete(state);
  }
}
