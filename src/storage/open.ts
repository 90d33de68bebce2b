/** What is kept between starts, behind the ports that its users declare; in SQLite or, for tests, in memory. */
import { type Clock, systemClock } from "../clock.ts";
import type { ContactsStore } from "../contacts/store.ts";
import { type Log, silentLog } from "../log.ts";
import type { AccountStore } from "../login/accounts.ts";
import { memoryStorage } from "./memory.ts";
import { sqliteStorage } from "./sqlite.ts";

export interface Storage {
  /** The last good copies of one domain. */
  contacts(domain: string): ContactsStore;
  readonly accounts: AccountStore;
  /** 32 random octets that are made once and then stay, the same each time this name is asked for. */
  secret(name: string): Uint8Array;
  /** Ids that count only once, such as those of signed calls. */
  readonly seenIds: SeenIds;
  /** False: it cannot be read, or what was written last could not be. */
  isWell(): boolean;
  /** Waits for what is being written. Idempotent. */
  close(): Promise<void>;
}

export interface SeenIds {
  /** False: the id was there already. It may be forgotten after `until`, ms since the epoch. */
  add(id: string, until: number): boolean;
}

export type StorageChoice =
  | { readonly kind: "memory" }
  /** `path`: the database file; its folder is made if there is none. */
  | { readonly kind: "sqlite"; readonly path: string };

export interface StorageOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

/** @throws KithError `storage-failed` */
export function openStorage(choice: StorageChoice, options: StorageOptions = {}): Storage {
  const { clock = systemClock, log = silentLog } = options;
  return choice.kind === "memory" ? memoryStorage(clock) : sqliteStorage(choice.path, clock, log);
}
