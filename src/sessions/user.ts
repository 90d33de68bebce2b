/** A person who has at least one session here. */
import type { ContactList } from "../contacts/list.ts";
import type { Domain } from "./core.ts";
import type { Session } from "./session.ts";

const NOBODY: readonly Session[] = Object.freeze([]);

export class User {
  /** Bare JID. */
  readonly jid: string;
  readonly username: string;
  readonly domain: Domain;
  /** Bound resources, the oldest first. */
  readonly sessions: Session[] = [];
  /** Those of them that follow all messages of the account: `followers.ts`. */
  followers: readonly Session[] = NOBODY;
  /** The list that pushes and presence have followed so far; null while none is known. */
  list: ContactList | null = null;
  /** When one of the sessions was bound, last sent presence or a message, or ended, ms since the epoch. */
  activeAt = 0;

  constructor(jid: string, username: string, domain: Domain) {
    this.jid = jid;
    this.username = username;
    this.domain = domain;
  }
}
