/** What sessions are made of: the options of a server, and the core that its parts share. */
import { type Clock, systemClock } from "../clock.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Proposals } from "../contacts/proposals.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Core, Domain, Software } from "./core.ts";
import { contactsChanged, fromClient, messageReturned, messageRouted, sessionChanged } from "./events.ts";
import { ServerOwned } from "./forged.ts";
import { Hooks } from "./hooks.ts";
import { IqTable } from "./iq-table.ts";
import type { LastSeenStore } from "./last-seen.ts";
import { SESSION_LIMITS, type SessionLimits } from "./limits.ts";
import type { Module } from "./module.ts";

export interface DomainParts {
  readonly contacts: Contacts;
  readonly lastSeen?: LastSeenStore;
  readonly proposals?: Proposals;
}

export interface SessionsOptions {
  /** By prepared domain name. */
  readonly domains: ReadonlyMap<string, DomainParts>;
  readonly clock?: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<SessionLimits>;
  readonly modules: readonly Module[];
  /** What the server calls itself. */
  readonly software: Software;
  /** What let somebody in still does: asked when they bind a resource. Absent: it does. */
  readonly isHeld?: (domain: string, username: string, credential: string) => boolean;
  /** A resource that nobody can guess; needs no preparation. */
  readonly random?: () => string;
  /** By which the resources of devices are made (XEP-0386), the same after a restart. */
  readonly resourceKey?: Uint8Array;
  /** Runs something in a later turn of the event loop. */
  readonly later?: (action: () => void) => void;
}

export function makeCore(options: SessionsOptions): Core {
  const { metrics } = options;
  const hooks = new Hooks();
  const domains = new Map<string, Domain>();
  for (const [name, { contacts, lastSeen, proposals }] of options.domains) {
    domains.set(name, { name, contacts, lastSeen, proposals });
  }
  return {
    domains,
    users: new Map(),
    sessions: new Map(),
    clock: options.clock ?? systemClock,
    log: options.log,
    limits: { ...SESSION_LIMITS, ...options.limits },
    counters: {
      delivered: metrics.counter("kith_presence_delivered_total", "Presence stanzas delivered to a resource."),
      undeliverable: metrics.counter("kith_messages_undeliverable_total", "Messages answered with an error."),
      unacknowledged: metrics.counter(
        "kith_messages_unacknowledged_total",
        "Messages that the client they were sent to had not acknowledged (XEP-0198) when its session ended.",
      ),
    },
    received: {
      message: metrics.counter("kith_messages_received_total", "Messages from clients."),
      presence: metrics.counter("kith_presences_received_total", "Presence stanzas from clients."),
      iq: metrics.counter("kith_iqs_received_total", "IQs from clients."),
    },
    software: options.software,
    hooks,
    fromClient: hooks.of(fromClient),
    messageRouted: hooks.of(messageRouted),
    messageReturned: hooks.of(messageReturned),
    sessionChanged: hooks.of(sessionChanged),
    contactsChanged: hooks.of(contactsChanged),
    iqs: new IqTable(),
    owned: new ServerOwned(domains),
    features: new Set(),
    serverFeatures: new Set(),
    discoNodes: new Map(),
    identities: new Set(),
    streamFeatures: new Set(),
    inlineFeatures: new Set(),
    busy: new Map(),
    later: options.later ?? setImmediate,
  };
}
