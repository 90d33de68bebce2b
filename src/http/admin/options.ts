/** What the page at /admin is given besides what all routes are. */
import type { ContactsWatch } from "../../contacts/watch.ts";
import type { EventQueue } from "../../sessions/event-log.ts";

export interface AdminOptions {
  /** Open the page and nothing else; `http.tokens` open it too. */
  readonly tokens: readonly string[];
  /** Of Kith. */
  readonly version: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** By domain. */
  readonly watches: ReadonlyMap<string, ContactsWatch>;
  /** Usernames of all who have a session, in no order. */
  people(domain: string): Iterable<string>;
  /** Undefined: no events are sent to this domain's application. */
  events?(domain: string): Pick<EventQueue, "waiting" | "dead" | "deadAfter"> | undefined;
}
