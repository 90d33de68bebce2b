/** The last good copies, as `contacts/cache.ts` needs them from storage: one store per domain. */
import type { Held } from "./contacts.ts";
import type { Contact } from "./list.ts";

export interface StoredCopy extends Omit<Held, "list"> {
  readonly contacts: readonly Contact[];
}

export interface ContactsStore {
  load(username: string): StoredCopy | undefined;
  /** Settles when a `kill -9` can no longer lose it. Saves of one moment share a transaction. */
  save(username: string, copy: StoredCopy): Promise<void>;
  /** Marks held copies old: the next login asks. One statement for all. */
  markOld(usernames: readonly string[]): Promise<void>;
  /** Usernames of all copies in order, after `after`, at most `limit`: for audit and explain. */
  usernames(after: string, limit: number): readonly string[];
}
