/** What the cache holds in memory about one user who is online or about to be. */
import type { RefreshResult } from "./contacts.ts";
import type { Copy } from "./copy.ts";
import type { PackedList } from "./list.ts";
import type { Overlay } from "./overlay.ts";

/** One fetch that several wants share. */
export interface Flight {
  readonly done: Promise<RefreshResult>;
  readonly settle: (result: RefreshResult) => void;
  /** It has left the queue: a refresh that comes later needs the following one. */
  begun: boolean;
  /** A refresh waits for it. */
  forced: boolean;
  /** A refresh of the application waits for it: what was proposed and does not come is decided. */
  decides: boolean;
}

export interface Entry {
  readonly username: string;
  /** Sessions. */
  keeps: number;
  /** Logins that no session has followed yet. */
  logins: number;
  loggedInAt: number;
  /** The last good copy. */
  copy: Copy | undefined;
  /** What sessions go by: undefined until a login was answered, or while the copy may not stand in. */
  list: PackedList | undefined;
  /** Edits since the flight began: what it brings is older than they are. */
  overlay: Overlay | undefined;
  flight: Flight | undefined;
  following: Flight | undefined;
  /** Changes of the copy happen one after the other. */
  changes: Promise<unknown>;
  /** Changes that are not done. */
  pending: number;
  /** When to ask again of itself; infinite when there is no reason. */
  retryAt: number;
}

const DONE = Promise.resolve();

export function newEntry(username: string, copy: Copy | undefined): Entry {
  return {
    username,
    keeps: 0,
    logins: 0,
    loggedInAt: 0,
    copy,
    list: undefined,
    overlay: undefined,
    flight: undefined,
    following: undefined,
    changes: DONE,
    pending: 0,
    retryAt: Number.POSITIVE_INFINITY,
  };
}

/** Why a list is wanted. `follow-up`: a refresh because a proposal was accepted, which decides no other. */
export type Want = "login" | "refresh" | "follow-up";

export function newFlight(want: Want): Flight {
  const { promise, resolve } = Promise.withResolvers<RefreshResult>();
  return { done: promise, settle: resolve, begun: false, forced: want !== "login", decides: want === "refresh" };
}
