/** What the rest of the server asks of contacts, one per domain. Built in `cache.ts`, by HTTP or in process. */
import type { Change } from "./diff.ts";
import type { ContactList } from "./list.ts";

/** Something the application sent that was left out, cut or mended. Names the member and contact, never the list. */
export interface Problem {
  /** For example `not-a-jid`, `self`, `duplicate`, `name-too-long`, `unaddressable`. */
  readonly code: string;
  readonly contact?: string;
  readonly member?: string;
  readonly text: string;
}

/** Who changed a list by other means than a fetch: the calls of contract §4, or a proposal that the app answered. */
export type EditSource = "put" | "patch" | "edges" | "proposal";

/**
 * What a list becomes. `held`: undefined when no copy is held, and then the others of this user are not known. Undefined:
 * it stays as it is. A promise may give others their turn. Runs once, when it is this user's turn, and sees what all earlier changes made; it may throw.
 */
export type ListEdit = (held: ContactList | undefined) => ContactList | undefined | Promise<ContactList | undefined>;

/** A list as it is held, with what is known about it. */
export interface Held {
  readonly list: ContactList;
  readonly etag: string | undefined;
  /** When the application last confirmed it, ms since the epoch. */
  readonly fetchedAt: number;
  /** Until when no login needs to ask again (`max-age`), ms since the epoch. */
  readonly freshUntil: number;
  /** From when it may no longer stand in for an application that fails (`stale-if-error`); undefined: always may. */
  readonly unusableFrom: number | undefined;
  /** Marked old by a refresh while offline: the next login asks whatever `max-age` said. */
  readonly old: boolean;
  /** The last attempt to renew it failed. */
  readonly stale: boolean;
  readonly source: "app" | EditSource | "until";
  readonly problems: readonly Problem[];
}

export type FetchFailure =
  | "refused"
  | "timeout"
  | "too-large"
  | "status"
  | "encoding"
  | "redirect"
  | "not-json"
  | "not-an-object"
  /** `contacts.batchUrl` answered, and left this user out. */
  | "missing"
  | "circuit-open"
  | "queue"
  | "unaddressable"
  | "failed";

/** One user's part of a refresh: contract §4, `results`. */
export type RefreshResult =
  | {
      readonly status: "ok";
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
      readonly source: "app" | "none";
      readonly stale: boolean;
      readonly problems: readonly Problem[];
    }
  | { readonly status: "error"; readonly failure: FetchFailure; readonly message: string; readonly stale: boolean };

export interface ListChange {
  readonly username: string;
  /** Null: no list was known before. */
  readonly before: ContactList | null;
  readonly after: ContactList;
  /** `diff(before, after)`, computed once. */
  readonly changes: readonly Change[];
}

export interface Contacts {
  /**
   * Called at authentication: asks the application unless the copy is fresh. Settles within 12 s, never rejects.
   * When it settles, `current(username)` is what the login goes by; null when there is no copy.
   */
  login(username: string): Promise<void>;
  /** The list of somebody who is kept (online), from memory; null when none is known yet. */
  current(username: string): ContactList | null;
  /** The copy held in memory or storage; undefined when the user was never fetched. */
  held(username: string): Held | undefined;
  /** Of all copies that are held, in order, those after `after`, at most `limit`. */
  usernames(after: string, limit: number): readonly string[];
  /**
   * Somebody has a session: the list stays in memory, `until` is watched, and while no copy exists the application is
   * asked again at least every 5 s. Counted: every `keep` has its `release`.
   */
  keep(username: string): void;
  release(username: string): void;
  /** Contract §1 "newest wins": settles within 12 s, when the copy is durable and every listener has run. Never rejects. */
  refresh(username: string, options?: { readonly dryRun?: boolean }): Promise<RefreshResult>;
  /** Many at once, each name once: what is marked old is marked in slices, and all are answered within the same 12 s. */
  refreshMany(
    usernames: readonly string[],
    options?: { readonly dryRun?: boolean },
  ): Promise<ReadonlyMap<string, RefreshResult>>;
  /** A refresh because a proposal was accepted: other contacts that were proposed stay until the application decides. */
  followUp(username: string): Promise<RefreshResult>;
  /**
   * Changes a held list, in turn with everything else that changes it: durable and told like a refresh, without asking
   * the application. Drops the ETag; a fetch that is under way keeps what is edited here. "put" sets the whole list, so
   * that such a fetch brings nothing any more. Of somebody without a copy it is marked old: the next login asks. Nothing
   * changes when it cannot be stored. Never rejects.
   */
  update(username: string, edit: ListEdit, source: EditSource): Promise<RefreshResult>;
  /** The same for several people: all are durable in one step, or none, and only then is anybody told. */
  updateAll(edits: ReadonlyMap<string, ListEdit>, source: EditSource): Promise<ReadonlyMap<string, RefreshResult>>;
  /** Runs synchronously, after the copy is durable, whenever the list of somebody who is kept changes, if only in its order. */
  onChange(listener: (change: ListChange) => void): void;
  /** Ends timers and flights; what is under way settles as failed. */
  close(): Promise<void>;
}
