/** The hooks of the sessions. */
import type { Change } from "../contacts/diff.ts";
import type { ContactList } from "../contacts/list.ts";
import type { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { Reached } from "./followers.ts";
import { defineHook, type Hook } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { User } from "./user.ts";

export interface ClientStanza {
  readonly session: Session;
  readonly stanza: Stanza;
}

/** Every stanza of a client whose addresses are sound, before it is routed. */
export const fromClient: Hook<ClientStanza> = defineHook("sessions/from-client");

export interface RoutedMessage {
  readonly sender: Session;
  readonly stanza: Stanza;
  /** Its content as it was delivered. */
  readonly inner: string;
  readonly reached: Reached;
}

/** A message went where it goes, and one of the `followers` (`followers.ts`) of the two accounts has not got it. */
export const messageRouted: Hook<RoutedMessage> = defineHook("sessions/message-routed");

export interface ReturnedMessage {
  /** Is told that it did not arrive. */
  readonly sender: Session;
  readonly stanza: Stanza;
  readonly error: StanzaError;
}

/** A message that had gone where it goes never arrived, and somebody follows the account of its sender. */
export const messageReturned: Hook<ReturnedMessage> = defineHook("sessions/message-returned");

export interface SessionChange {
  readonly session: Session;
  /** `presence`: it became available or not, or shows something else. With `ended` it is no longer one of its user's. */
  readonly what: "bound" | "ended" | "presence";
}

/** A resource came, went, or said how it is. */
export const sessionChanged: Hook<SessionChange> = defineHook("sessions/session-changed");

export interface ContactsChange {
  readonly user: User;
  /** Null: none was known. */
  readonly before: ContactList | null;
  readonly after: ContactList;
  /** What a client sees of it; never empty. */
  readonly changes: readonly Change[];
}

/** The list of somebody who is online changed; presence follows after it. */
export const contactsChanged: Hook<ContactsChange> = defineHook("sessions/contacts-changed");
