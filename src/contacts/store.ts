/** The last good copies, as `contacts/cache.ts` needs them from storage: one store per domain. */
import type { Held } from "./contacts.ts";

export interface StoredCopy extends Omit<Held, "list"> {
  /** `PackedList.stored`; `parseStored` reads it. */
  readonly contacts: string;
  /** `ContactList.version` of it. */
  readonly version: string;
}

/** What is known about a copy, without the copy. */
export type CopyFacts = Omit<StoredCopy, "contacts" | "version" | "problems">;

export interface ContactsStore {
  load(username: string): StoredCopy | undefined;
  /** The contacts stay as they are (304, or a failed attempt). Nothing happens where there is no copy. */
  saveFacts(username: string, facts: CopyFacts): Promise<void>;
  /**
   * All of them or none; a copy whose contacts stay as they are is given as its `facts`. Settles when a `kill -9` can no longer
   * lose it. Saves of one moment share a transaction. Seen by `load` at once.
   */
  saveAll(saves: readonly Save[]): Promise<void>;
  /** Marks held copies old: the next login asks. One statement for all. */
  markOld(usernames: readonly string[]): Promise<void>;
  /** Usernames of all copies in order, after `after`, at most `limit`: for audit and explain. */
  usernames(after: string, limit: number): readonly string[];
}

export type Save =
  | { readonly username: string; readonly copy: StoredCopy }
  | { readonly username: string; readonly facts: CopyFacts };
