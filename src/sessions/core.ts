/** What the parts of the sessions share, for one server. */
import type { Clock } from "../clock.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Proposals } from "../contacts/proposals.ts";
import type { Log } from "../log.ts";
import type { Counter } from "../metrics.ts";
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import type { Element } from "../xmpp/xml/element.ts";
import type { ClientStanza, ContactsChange, ReturnedMessage, RoutedMessage, SessionChange } from "./events.ts";
import type { ServerOwned } from "./forged.ts";
import type { HookList, Hooks } from "./hooks.ts";
import type { InlineFeature } from "./inline.ts";
import type { Iq } from "./iq.ts";
import type { IqTable } from "./iq-table.ts";
import type { LastSeenStore } from "./last-seen.ts";
import type { SessionLimits } from "./limits.ts";
import type { Session } from "./session.ts";
import { Lane, runSlice } from "./slices.ts";
import type { User } from "./user.ts";

export interface Domain {
  readonly name: string;
  readonly contacts: Contacts;
  /** Undefined: it is not kept. */
  readonly lastSeen: LastSeenStore | undefined;
  /** Undefined: clients cannot change contacts. */
  readonly proposals: Proposals | undefined;
}

/** XEP-0030 §3.1: what the server says it is. */
export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name: string;
}

/** XEP-0030 §3.2: a part of the server that is told of by itself. */
export interface DiscoNode {
  /** Content of the answer. Throws StanzaError to refuse. */
  info(iq: Iq): string;
  items(iq: Iq): string;
}

export interface Software {
  readonly name: string;
  readonly version: string;
}

interface Counters {
  readonly delivered: Counter;
  readonly undeliverable: Counter;
  readonly unacknowledged: Counter;
}

export interface Core {
  readonly domains: ReadonlyMap<string, Domain>;
  /** People who are online, by bare JID. */
  readonly users: Map<string, User>;
  /** Sessions by full JID. */
  readonly sessions: Map<string, Session>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: SessionLimits;
  readonly counters: Counters;
  /** Stanzas from clients. */
  readonly received: Readonly<Record<StanzaName, Counter>>;
  readonly software: Software;
  readonly hooks: Hooks;
  readonly fromClient: HookList<ClientStanza>;
  readonly messageRouted: HookList<RoutedMessage>;
  readonly messageReturned: HookList<ReturnedMessage>;
  readonly sessionChanged: HookList<SessionChange>;
  readonly contactsChanged: HookList<ContactsChange>;
  readonly iqs: IqTable;
  readonly owned: ServerOwned;
  readonly features: Set<string>;
  /** Those of `features` that accounts do not have. */
  readonly serverFeatures: Set<string>;
  readonly discoNodes: Map<string, DiscoNode>;
  readonly identities: Set<Identity>;
  readonly streamFeatures: Set<(domain: string) => Element | undefined>;
  readonly inlineFeatures: Set<InlineFeature>;
  /** Presence work that goes on in later turns, by bare JID. */
  readonly busy: Map<string, Lane>;
  /** Runs something in a later turn of the event loop. */
  readonly later: (action: () => void) => void;
}

/** Steps that one piece of work may take in the turn of another. */
const LITTLE = 100;

/** Presence work of one person: at once if it is little, else in slices and in order; once a turn if it is not little. */
export function runFor(core: Core, user: User, job: Iterator<unknown>): void {
  const busy = core.busy.get(user.jid);
  if (busy !== undefined) {
    busy.add(job);
    return;
  }
  const { slice } = core.limits;
  const left = runSlice(job, slice);
  if (left >= 0 && slice - left <= LITTLE) return;
  const rest = left < 0 ? [job] : [];
  core.busy.set(user.jid, new Lane(rest, slice, core.later, () => core.busy.delete(user.jid)));
}
