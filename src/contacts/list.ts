/** A person's contacts as held: immutable, in the application's order. A change makes a new list. */

export type Subscription = "both" | "to" | "from" | "none";

/** One contact, validated and normalised: contract §1. */
export interface Contact {
  /** Bare JID by RFC 7622. */
  readonly jid: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly subscription: Subscription;
  /** A request is pending: pushed as `ask='subscribe'`. */
  readonly ask: boolean;
  /** Milliseconds since the epoch at which the contact ends by itself. */
  readonly until: number | undefined;
}

/** The interface behind which the representation may become more compact. */
export interface ContactList extends Iterable<Contact> {
  readonly size: number;
  /** Hash of the content, the same on every node and after a restart; what `ver` carries (RFC 6121 §2.6). */
  readonly version: string;
  /** The earliest `until` of all contacts, undefined when none ends. */
  readonly nextEnd: number | undefined;
  get(jid: string): Contact | undefined;
}
