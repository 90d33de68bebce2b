/** The last refreshes and edits of one domain's lists, with what they changed: the latest hundred, each cut to a size. */
import type { Held, ListChange, RefreshResult } from "./contacts.ts";
import type { DoneRefresh } from "./done-refresh.ts";

/** What became of one list. */
export type UserChange =
  | {
      readonly user: string;
      readonly status: "ok";
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
      /** So many more contacts are not named. */
      readonly more: number;
      /** Nobody of this name is online: the list is asked for at the next login. */
      readonly offline: boolean;
    }
  | { readonly user: string; readonly status: "error"; readonly failure: string; readonly message: string };

export interface Activity {
  /** Counts up. */
  readonly id: number;
  /** ms since the epoch. */
  readonly at: number;
  /** A call of refresh; or another way by which a list changed: its source. */
  readonly kind: "refresh" | Exclude<Held["source"], "app">;
  readonly dryRun: boolean;
  readonly ms: number;
  /** Lists. */
  readonly updated: number;
  readonly errors: number;
  /** Those that changed or failed; in a refresh of few lists all of them. */
  readonly users: readonly UserChange[];
  /** So many more of these are not named. */
  readonly more: number;
}

const KEPT = 100;
/** Lists named of one refresh, and contacts named of one list and kind. */
const USERS = 50;
const CONTACTS = 20;
/** ms. */
const MOMENT = 5;

export class ActivityLog {
  readonly #kept: Activity[] = [];
  #last = 0;

  /** Of the latest. */
  get last(): number {
    return this.#last;
  }

  refreshed({ users, failures, told, more, dryRun, began }: DoneRefresh, now: number): void {
    const errors = failures.values().reduce((sum, count) => sum + count, 0);
    this.#keep({
      at: began,
      kind: "refresh",
      dryRun,
      ms: now - began,
      updated: users - errors,
      errors,
      users: told.map(([user, result]) => changeOf(user, result)),
      more,
    });
  }

  /** A list was changed by anything but a fetch. */
  edited({ username, changes }: ListChange, kind: Exclude<Held["source"], "app">, now: number): void {
    if (changes.length === 0) return;
    const of = (wanted: string): string[] =>
      changes.filter((change) => change.kind === wanted).map((change) => change.contact.jid);
    const user = named(username, of("added"), of("changed"), of("removed"));
    const same = this.#sameEdit(kind, now);
    if (same === undefined) {
      this.#keep({ at: now, kind, dryRun: false, ms: 0, updated: 1, errors: 0, users: [user], more: 0 });
      return;
    }
    this.#kept.pop();
    const fits = same.users.length < USERS;
    const users = fits ? [...same.users, user] : same.users;
    this.#keep({ ...same, updated: same.updated + 1, users, more: same.more + (fits ? 0 : 1) });
  }

  /** One call changes several lists at a moment: they are told as one. */
  #sameEdit(kind: Activity["kind"], now: number): Omit<Activity, "id"> | undefined {
    const last = this.#kept.at(-1);
    return last?.kind === kind && now - last.at <= MOMENT ? last : undefined;
  }

  /** Those that came after the one with this id, the latest first. */
  since(id: number): readonly Activity[] {
    return this.#kept.filter((activity) => activity.id > id).reverse();
  }

  #keep(activity: Omit<Activity, "id">): void {
    if (this.#kept.length === KEPT) this.#kept.shift();
    this.#kept.push({ ...activity, id: ++this.#last });
  }
}

function changeOf(user: string, result: RefreshResult): UserChange {
  if (result.status === "ok") {
    return named(user, result.added, result.changed, result.removed, result.source === "none");
  }
  return { user, status: "error", failure: result.failure, message: result.message };
}

function named(
  user: string,
  added: readonly string[],
  changed: readonly string[],
  removed: readonly string[],
  offline = false,
): UserChange {
  const all = [added, changed, removed];
  const more = all.reduce((sum, jids) => sum + Math.max(0, jids.length - CONTACTS), 0);
  const [first = [], second = [], third = []] = all.map((jids) => jids.slice(0, CONTACTS));
  return { user, status: "ok", added: first, changed: second, removed: third, more, offline };
}
