/** A bound resource (RFC 6120 §7) and what is known of it. */
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { EnableWish } from "../xmpp/stream/management-wish.ts";
import type { Element } from "../xmpp/xml/element.ts";
import type { Connection, Line } from "./connection.ts";
import type { BoundSession, Enabled } from "./host.ts";
import type { ManagedConnection } from "./managed-connection.ts";
import type { Presence } from "./presence-value.ts";
import type { User } from "./user.ts";

/** What a session hands its events to: `sessions.ts`. */
export interface SessionOwner {
  receive(session: Session, stanza: Stanza): void;
  end(session: Session): void;
  manage(session: Session, line: Line, wish: EnableWish): Enabled;
  lost(session: Session): void;
}

/** An IQ of the server that waits for the client's answer. */
export interface Asked {
  settle(answer: Element | undefined): void;
}

/** A presence that waits for its turn to be broadcast: a newer one takes its place. */
export interface Outgoing {
  open: string;
}

export class Session implements BoundSession {
  readonly jid: string;
  /** The full JID, escaped for an attribute. */
  readonly address: string;
  readonly resource: string;
  readonly user: User;
  /** Over which it is reached; by XEP-0198 another takes its place. */
  connection: Connection;
  /** When it was bound, ms since the epoch. */
  readonly since: number;
  /** The installation of the client, where it was bound by XEP-0386 and tells: shown to nobody. */
  readonly device: string | undefined;
  /** The presence last broadcast; undefined: the resource is not available. RFC 6121 §4.1 */
  presence: Presence | undefined;
  /** Its presence flows to others: available, and the contact list has been asked for. */
  announced = false;
  /** Its presence waits for the contact list. */
  announcing = false;
  outgoing: Outgoing | undefined;
  /** It asked for the roster and gets the pushes. RFC 6121 §2.1.6 */
  interested = false;
  /** The contact list has been asked for on behalf of this login. */
  ready = false;
  ended = false;
  /** What waits for `ready`, in order. */
  waiting: (() => void)[] | undefined;
  /** IQs being worked on. */
  pending = 0;
  /** Resources that hold directed presence of this one. RFC 6121 §4.6.2 */
  directed: Set<Session> | undefined;
  asked: Map<string, Asked> | undefined;
  /** Its connection, where that is managed by XEP-0198. */
  managed: ManagedConnection | undefined;
  /** Slots of `sessionState`. */
  values: unknown[] | undefined;
  readonly #owner: SessionOwner;

  constructor(
    owner: SessionOwner,
    user: User,
    resource: string,
    jid: string,
    address: string,
    connection: Connection,
    since: number,
    device: string | undefined,
  ) {
    this.#owner = owner;
    this.user = user;
    this.resource = resource;
    this.jid = jid;
    this.address = address;
    this.connection = connection;
    this.since = since;
    this.device = device;
  }

  receive(stanza: Stanza): void {
    this.#owner.receive(this, stanza);
  }

  end(): void {
    this.#owner.end(this);
  }

  manage(line: Line, wish: EnableWish): Enabled {
    return this.#owner.manage(this, line, wish);
  }

  lost(): void {
    this.#owner.lost(this);
  }
}

/** RFC 6121 §8.5.2.1.1: whether it gets what is for the bare JID. */
export function hearsAccount({ presence }: Session): boolean {
  return presence !== undefined && presence.priority >= 0;
}

/** Runs `action` when the contact list has been asked for: at once if that is so already. False: too much waits. */
export function whenReady(session: Session, most: number, action: () => void): boolean {
  if (session.ready) {
    action();
    return true;
  }
  session.waiting ??= [];
  if (session.waiting.length >= most) return false;
  session.waiting.push(action);
  return true;
}
