/** What is kept between starts, behind the ports that its users declare; in SQLite or, for tests, in memory. */
import type { Clock } from "../clock.ts";
import type { ContactsStore } from "../contacts/store.ts";
import type { Log } from "../log.ts";
import type { AccountStore } from "../login/accounts.ts";
import type { AppPasswordStore } from "../login/app-password.ts";
import type { DeviceStore } from "../login/devices.ts";
import type { OAuthStore } from "../login/oauth/store.ts";
import type { EventLimits, EventLog } from "../sessions/event-log.ts";
import type { LastSeenStore } from "../sessions/last-seen.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import { memoryStorage } from "./memory.ts";
import { sqliteStorage } from "./sqlite.ts";

export interface Storage {
  /** The last good copies of one domain. */
  contacts(domain: string): ContactsStore;
  /** Who is changed or removed here has no app passwords any more. */
  readonly accounts: AccountStore;
  /** Devices that may come back without a password. */
  readonly devices: DeviceStore;
  readonly appPasswords: AppPasswordStore;
  readonly secrets: Secrets;
  /** Ids that count only once, of one kind, for example `webhook:example.com`. */
  seenIds(kind: string): SeenIds;
  /** Grants and tokens of the authorization server. */
  readonly oauth: OAuthStore;
  /** When the people of one domain were last seen. */
  lastSeen(domain: string): LastSeenStore;
  /** Answers of the HTTP side that are given again. */
  readonly keptAnswers: KeptAnswers;
  /** What the application of one domain is told; asked for once a domain. */
  events(domain: string, limits: EventLimits): EventLog;
  /** Waits for what is being written. Idempotent. */
  close(): Promise<void>;
}

/** Random secrets that are made once and then stay, for example the salt of unknown users. */
export interface Secrets {
  /** 32 octets, the same each time this name is asked for. */
  get(name: string): Uint8Array;
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
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws KithError `storage-failed` */
export function openStorage(choice: StorageChoice, options: StorageOptions): Storage {
  return choice.kind === "memory" ? memoryStorage(options) : sqliteStorage(choice.path, options);
}
