/** What Kith tells the application: the events of docs/events.md, and where whoever has one to tell hands it in. */
import type { Problem } from "../contacts/contacts.ts";

/** A person, not a resource: the best of what all their resources say. */
export type PersonState = "online" | "away" | "offline";

/** Somebody came, went, or went away from the keyboard; told when it has settled. */
export interface PresenceEvent {
  readonly type: "presence";
  /** Localpart, as in all events. */
  readonly user: string;
  readonly data: {
    readonly state: PersonState;
    /** When one of their clients last sent presence or a message, RFC 3339. */
    readonly lastActivity: string;
  };
}

/** A resource was bound, or is gone. */
export interface SessionEvent {
  readonly type: "session";
  readonly user: string;
  readonly data: {
    readonly state: "started" | "ended";
    readonly resource: string;
    readonly transport: "tcp" | "tls" | "websocket" | "memory";
    /** Of the client; only with `events.addresses`. */
    readonly address?: string;
  };
}

/** Somebody proposed, in their client, to change their contacts: what became of it. */
export interface ProposalEvent {
  readonly type: "proposal";
  readonly user: string;
  readonly data: {
    /** The `id` of the proposal as it was posted to `proposals.url`. */
    readonly proposal: string;
    readonly action: "add" | "remove" | "rename" | "regroup" | "accept" | "decline";
    /** Bare JID. */
    readonly contact: string;
    /** `failed`: the application did not answer in time, or not with a decision. */
    readonly outcome: "accept" | "deny" | "later" | "failed";
    /** As it was shown to the user. */
    readonly reason?: string;
  };
}

/** What is wrong in a contact list became something else than it was. */
export interface ProblemsEvent {
  readonly type: "contacts.problems";
  readonly user: string;
  readonly data: {
    /** The first of them; empty: all is well again. Names member and contact, never the list. */
    readonly problems: readonly Problem[];
    /** So many more are not named. */
    readonly more: number;
  };
}

export type AppEvent = PresenceEvent | SessionEvent | ProposalEvent | ProblemsEvent;
export type AppEventType = AppEvent["type"];

export interface EventSink {
  /** Never throws and never waits; costs next to nothing while nobody wants events. `domain`: prepared. */
  emit(domain: string, event: AppEvent): void;
}
