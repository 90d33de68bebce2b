/** Contract §1 and §2: the contact lists of one domain, held as the application last gave them. */
import type { Clock, Timer } from "../clock.ts";
import type { Log } from "../log.ts";
import { type Asker, SingleAsker } from "./asker.ts";
import { BatchAsker } from "./batch-asker.ts";
import type { Contacts, EditSource, Held, ListChange, ListEdit, Problem, RefreshResult } from "./contacts.ts";
import type { ContactsMetrics } from "./contacts-metrics.ts";
import { type Copy, copyFrom, isFresh, isUsable, withoutEnded } from "./copy.ts";
import { countRefresh } from "./done-refresh.ts";
import { Editing } from "./editing.ts";
import { Ends } from "./ends.ts";
import { type Entry, newEntry } from "./entry.ts";
import { Keeper } from "./keeper.ts";
import type { ContactList } from "./list.ts";
import type { ContactsObserver } from "./observer.ts";
import { Renewal } from "./renewal.ts";
import { dryResult, failed, ok } from "./result.ts";
import { type BatchSource, failure, type Source } from "./source.ts";
import { SplitMap } from "./split-map.ts";
import type { ContactsStore } from "./store.ts";

export interface ContactsOptions {
  /** Prepared. */
  readonly domain: string;
  /** `httpSource`, `batchSource` or `inProcessSource`. */
  readonly source: Source | BatchSource;
  readonly store: ContactsStore;
  /** Calls to the application at once. */
  readonly concurrency: number;
  /** What a 404 is for a user of whom a copy is held: contract §1. */
  readonly notFound: "error" | "empty";
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ContactsMetrics;
  readonly observer?: ContactsObserver;
  /** What is wrong in a list is not what was wrong before; empty: all is well again. */
  readonly problemsChanged?: (username: string, problems: readonly Problem[]) => void;
  readonly yieldNow?: () => Promise<void>;
}

/** A little below the 12 s of the contract: the answer still has to get out. */
const PATIENCE = 11_500;
const TICK = 1000;
/** So long after a login somebody who has not bound a resource yet counts as online. */
const LOGIN_LASTS = 60_000;
/** Names marked old, or asked for, before others get their turn. */
const SLICE = 2500;
/** Fetches of one dry run at once. */
const DRY_AT_ONCE = 256;

type Results = Map<string, RefreshResult> | SplitMap<RefreshResult>;

const OFFLINE = ok("none", [], []);
const LATE = failure("timeout", "the list was not renewed within 12 s; it will be as soon as the application answers");
const CLOSED = failure("failed", "the server is closing");

export function createContacts(options: ContactsOptions): Contacts {
  return new ContactsCache(options);
}

class ContactsCache implements Contacts {
  readonly #options: ContactsOptions;
  readonly #yieldNow: () => Promise<void>;
  readonly #entries = new Map<string, Entry>();
  readonly #asker: Asker;
  readonly #renewal: Renewal;
  readonly #editing: Editing;
  readonly #ends: Ends;
  readonly #listeners: ((change: ListChange) => void)[] = [];
  readonly #unwatch: () => void;
  /** Those whom the tick looks after: to be asked for again, or logged in without a session yet. */
  readonly #tended = new Set<Entry>();
  #tick: Timer | undefined;
  #closed = false;

  constructor(options: ContactsOptions) {
    this.#options = options;
    this.#yieldNow = options.yieldNow ?? (() => new Promise((resolve) => void setImmediate(resolve)));
    const { source } = options;
    const around = { ...options, recovered: () => this.#hurry() };
    this.#asker = "askMany" in source ? new BatchAsker(source, around) : new SingleAsker(source, around);
    const settled = (entry: Entry): void => this.#settled(entry);
    const changed = (change: ListChange): void => this.#changed(change);
    const keeper = new Keeper({ ...options, yieldNow: this.#yieldNow, changed, settled });
    this.#renewal = new Renewal({ ...options, asker: this.#asker, keeper, settled });
    this.#editing = new Editing({ keeper, clock: options.clock });
    this.#ends = new Ends(options.clock, (usernames) => void this.#ended(usernames));
    this.#unwatch = options.metrics.watch(() => ({
      held: this.#entries.size,
      stale: this.#entries.values().reduce((count, entry) => count + (entry.copy?.stale === true ? 1 : 0), 0),
      breakerOpen: this.#asker.breakerOpen,
    }));
  }

  async login(username: string): Promise<void> {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    const entry = this.#entry(username);
    entry.logins++;
    entry.loggedInAt = now;
    this.#tend(entry);
    if (entry.flight !== undefined || entry.copy === undefined || !isFresh(entry.copy, now)) {
      const answered = await this.#within(this.#renewal.want(entry, "login").done);
      if (answered === undefined && entry.copy !== undefined) entry.copy = { ...entry.copy, stale: true };
    }
    this.#adopt(entry);
  }

  current(username: string): ContactList | null {
    return this.#entries.get(username)?.list ?? null;
  }

  held(username: string): Held | undefined {
    return (this.#entries.get(username) ?? { copy: this.#load(username) }).copy;
  }

  usernames(after: string, limit: number): readonly string[] {
    return this.#options.store.usernames(after, limit);
  }

  keep(username: string): void {
    const entry = this.#entry(username);
    entry.keeps++;
    if (entry.logins > 0) entry.logins--;
    if (entry.flight === undefined) this.#adopt(entry);
    this.#watchEnd(username, entry.list);
    this.#tend(entry);
  }

  release(username: string): void {
    const entry = this.#entries.get(username);
    if (entry === undefined || entry.keeps === 0) return;
    entry.keeps--;
    this.#dropIfUnused(entry);
  }

  async refresh(username: string, options?: { readonly dryRun?: boolean }): Promise<RefreshResult> {
    const results = await this.refreshMany([username], options);
    return results.get(username) ?? failed(LATE, undefined);
  }

  async refreshMany(
    usernames: readonly string[],
    options?: { readonly dryRun?: boolean },
  ): Promise<ReadonlyMap<string, RefreshResult>> {
    const began = this.#options.clock.now();
    const results = await this.#refreshAll(usernames, options);
    const done = await countRefresh(results, { dryRun: options?.dryRun === true, began }, this.#yieldNow);
    this.#options.observer?.refreshed(done);
    this.#options.metrics.refreshed(done, this.#options.clock.now());
    return results;
  }

  async followUp(username: string): Promise<RefreshResult> {
    if (this.#closed) return failed(CLOSED, undefined);
    const entry = this.#entry(username);
    const done = isOnline(entry) ? this.#renewal.want(entry, "follow-up").done : this.#renewal.expire(entry);
    return (await this.#within(done)) ?? failed(LATE, entry.copy);
  }

  async #refreshAll(
    usernames: readonly string[],
    options?: { readonly dryRun?: boolean },
  ): Promise<ReadonlyMap<string, RefreshResult>> {
    const results: Results = usernames.length > SLICE ? new SplitMap(usernames.length) : new Map();
    const parts: Promise<unknown>[] = [];
    const work =
      options?.dryRun === true ? this.#dryRuns(usernames, results) : this.#renewals(usernames, results, parts);
    await this.#within(work.then(() => Promise.all(parts)));
    if (results.size >= usernames.length) return results;
    const late = failed(this.#closed ? CLOSED : LATE, undefined);
    return new Map(usernames.map((username) => [username, results.get(username) ?? late]));
  }

  async update(username: string, edit: ListEdit, source: EditSource): Promise<RefreshResult> {
    const results = await this.updateAll(new Map([[username, edit]]), source);
    return results.get(username) ?? failed(CLOSED, undefined);
  }

  async updateAll(
    edits: ReadonlyMap<string, ListEdit>,
    source: EditSource,
  ): Promise<ReadonlyMap<string, RefreshResult>> {
    if (this.#closed) return new Map([...edits.keys()].map((username) => [username, failed(CLOSED, undefined)]));
    const all = [...edits].map(([username, edit]) => ({ entry: this.#entry(username), edit }));
    return this.#editing.run(all, source);
  }

  onChange(listener: (change: ListChange) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#asker.close();
    this.#ends.close();
    this.#tick?.cancel();
    this.#unwatch();
    const entries = [...this.#entries.values()];
    await Promise.all(entries.flatMap((entry) => [entry.flight?.done, entry.following?.done]));
    await Promise.all(entries.map((entry) => entry.changes));
    this.#entries.clear();
  }

  /** Who is online is asked for; the others are marked old: in the same step, so that no login slips between. */
  async #renewals(usernames: readonly string[], results: Results, parts: Promise<unknown>[]): Promise<void> {
    for (let from = 0; from < usernames.length && !this.#closed; from += SLICE) {
      if (from > 0) await this.#yieldNow();
      const offline: string[] = [];
      for (const username of from === 0 && usernames.length <= SLICE
        ? usernames
        : usernames.slice(from, from + SLICE)) {
        const entry = this.#entries.get(username);
        if (entry === undefined) {
          offline.push(username);
          results.set(username, OFFLINE);
          continue;
        }
        const renewed = isOnline(entry) ? this.#renewal.want(entry, "refresh").done : this.#renewal.markOld(entry);
        parts.push(renewed.then((result) => results.set(username, result)));
      }
      if (offline.length > 0) parts.push(this.#markOld(offline, results));
    }
  }

  async #markOld(usernames: readonly string[], results: Results): Promise<void> {
    const { domain, log, store } = this.#options;
    try {
      await store.markOld(usernames);
    } catch (error) {
      log.error("contacts could not be marked old", { count: usernames.length, domain, error });
      const result = failed(failure("failed", "the copy could not be marked old; the log has more"), undefined);
      for (const username of usernames) results.set(username, result);
    }
  }

  /** Fetches whoever it is, online or not, by a fetch of its own. */
  async #dryRuns(usernames: readonly string[], results: Results): Promise<void> {
    const { clock, notFound } = this.#options;
    const end = clock.now() + PATIENCE;
    const names = usernames[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (const username of names) {
        if (clock.now() >= end || this.#closed) return;
        const copy = this.#entries.get(username)?.copy ?? this.#load(username);
        const answer = await this.#asker.ask(username, () =>
          clock.now() >= end ? undefined : { etag: copy?.etag, forced: true },
        );
        results.set(username, dryResult(copy, answer, notFound));
      }
    };
    await Promise.all(Array.from({ length: Math.min(DRY_AT_ONCE, usernames.length) }, worker));
  }

  #entry(username: string): Entry {
    const known = this.#entries.get(username);
    if (known !== undefined) return known;
    const entry = newEntry(username, this.#load(username));
    this.#entries.set(username, entry);
    return entry;
  }

  #load(username: string): Copy | undefined {
    const { clock, domain, log, store } = this.#options;
    try {
      const stored = store.load(username);
      if (stored === undefined) return undefined;
      const copy = copyFrom(stored);
      if (copy !== undefined) return withoutEnded(copy, clock.now());
      log.error("a stored contact list is damaged and not used", { user: username, domain });
    } catch (error) {
      log.error("contacts could not be read from storage", { user: username, domain, error });
    }
    return undefined;
  }

  /** From now on sessions go by the copy, if there is one that may be gone by. */
  #adopt(entry: Entry): void {
    if (entry.list !== undefined) return;
    const now = this.#options.clock.now();
    if (entry.copy !== undefined) entry.copy = withoutEnded(entry.copy, now);
    if (entry.copy !== undefined && isUsable(entry.copy, now)) {
      entry.list = entry.copy.list;
      this.#watchEnd(entry.username, entry.list);
    } else entry.retryAt = Math.min(entry.retryAt, now + TICK);
  }

  #changed(change: ListChange): void {
    this.#watchEnd(change.username, change.after);
    this.#options.metrics.changed(change);
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        const { domain, log } = this.#options;
        log.error("a change of contacts could not be passed on", { user: change.username, domain, error });
      }
    }
  }

  #settled(entry: Entry): void {
    if (entry.retryAt !== Number.POSITIVE_INFINITY) this.#tend(entry);
    // It hung: whoever waits has waited long enough.
    if (entry.retryAt <= this.#options.clock.now()) this.#retry(entry);
    this.#dropIfUnused(entry);
  }

  #dropIfUnused(entry: Entry): void {
    if (entry.keeps > 0 || entry.logins > 0 || entry.pending > 0 || entry.flight !== undefined) return;
    if (this.#entries.get(entry.username) === entry) this.#entries.delete(entry.username);
  }

  #watchEnd(username: string, list: ContactList | undefined): void {
    if (list?.nextEnd !== undefined && !this.#closed) this.#ends.add(list.nextEnd, username);
  }

  async #ended(usernames: readonly string[]): Promise<void> {
    let count = 0;
    for (const username of usernames) {
      const entry = this.#entries.get(username);
      if (entry !== undefined) void this.#endContacts(entry);
      if (++count % 100 === 0) await this.#yieldNow();
    }
  }

  async #endContacts(entry: Entry): Promise<void> {
    await this.#renewal.endContacts(entry);
    const next = entry.list?.nextEnd ?? 0;
    if (next > this.#options.clock.now()) this.#watchEnd(entry.username, entry.list);
  }

  #tend(entry: Entry): void {
    this.#tended.add(entry);
    if (this.#tick === undefined && !this.#closed) this.#tick = this.#options.clock.after(TICK, () => this.#onTick());
  }

  /** Once a second while there is something to look after. */
  #onTick(): void {
    this.#tick = undefined;
    const now = this.#options.clock.now();
    for (const entry of this.#tended) {
      if (entry.logins > 0 && now - entry.loggedInAt >= LOGIN_LASTS) entry.logins = 0;
      if (entry.retryAt <= now) this.#retry(entry);
      const isTended = entry.logins > 0 || (entry.keeps > 0 && entry.retryAt !== Number.POSITIVE_INFINITY);
      if (!isTended) {
        this.#tended.delete(entry);
        this.#dropIfUnused(entry);
      }
    }
    if (this.#tended.size > 0 && !this.#closed) this.#tick = this.#options.clock.after(TICK, () => this.#onTick());
  }

  /** The application is there again: whoever waits without a list need not wait for the next second. */
  #hurry(): void {
    for (const entry of this.#tended) {
      if (entry.list === undefined) this.#retry(entry);
    }
  }

  #retry(entry: Entry): void {
    if (entry.keeps > 0 && entry.flight === undefined && !this.#closed) this.#renewal.want(entry, "login");
  }

  /** What is not there in time comes later, or not; undefined then. */
  async #within<T>(promise: Promise<T>): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = this.#options.clock.after(PATIENCE, () => resolve(undefined));
    try {
      return await Promise.race([promise, late]);
    } finally {
      timer.cancel();
    }
  }
}

/** Somebody who is not may be in memory while their list is being edited. */
function isOnline(entry: Entry): boolean {
  return entry.keeps > 0 || entry.logins > 0 || entry.flight !== undefined;
}
