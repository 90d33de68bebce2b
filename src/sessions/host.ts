/** What connections (`net/`), HTTP routes and the embedding program ask of the sessions. Built in `sessions.ts`. */
import type { StanzaCondition } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { EnableWish, ResumeWish } from "../xmpp/stream/management-wish.ts";
import type { EnableAnswer, ResumeAnswer } from "../xmpp/stream/state.ts";
import type { Element } from "../xmpp/xml/element.ts";
import type { Connection, Line } from "./connection.ts";
import type { ManagedConnection } from "./managed-connection.ts";

/** A bound resource, as its connection sees it. */
export interface BoundSession {
  /** Full JID. */
  readonly jid: string;
  /** One stanza of the client, in order; never throws. The connection has checked only that it is a stanza. */
  receive(stanza: Stanza): void;
  /** The connection is gone, whatever the reason: unavailable goes out, the resource is free. Idempotent. */
  end(): void;
  /** XEP-0198 §3: from now on `line` is managed. Once. */
  manage(line: Line, wish: EnableWish): Enabled;
  /** The connection is gone without the client's word: where it may be resumed the session waits (XEP-0198 §5), else it ends. */
  lost(): void;
}

/** A session that is managed by XEP-0198, and what its client is told. */
export interface Enabled {
  readonly managed: ManagedConnection;
  readonly answer: EnableAnswer;
}

export interface ResumeRequest extends ResumeWish {
  readonly domain: string;
  /** Localpart, prepared. */
  readonly username: string;
  readonly line: Line;
}

/** `managed`: has the line now; what was not acknowledged is sent when it is told to. */
export type ResumeResult =
  | { readonly ok: true; readonly session: BoundSession; readonly managed: ManagedConnection }
  | { readonly ok: false; readonly answer: Extract<ResumeAnswer, { readonly ok: false }> };

export interface BindRequest {
  readonly domain: string;
  /** Localpart, prepared. */
  readonly username: string;
  /** As the client asked, not prepared; undefined: the server makes one. */
  readonly resource: string | undefined;
  /** Bound by XEP-0386: of what the resource is made. `id`: the installation, whose earlier sessions end. */
  readonly device?: { readonly tag: string | undefined; readonly id: string | undefined };
  /** XEP-0386 §3.2: what else the client wants on from the first moment. */
  readonly inline?: readonly Element[];
  readonly connection: Connection;
}

export type BindResult =
  /** `inline`: the answers to what was asked for inline, as XML. */
  | { readonly ok: true; readonly session: BoundSession; readonly inline: string }
  | { readonly ok: false; readonly condition: StanzaCondition; readonly text: string };

/** One online resource, for answers about people. */
export interface OnlineResource {
  readonly resource: string;
  /** Available: initial presence was sent. */
  readonly available: boolean;
  readonly show: string | undefined;
  readonly status: string | undefined;
  readonly priority: number;
  readonly interested: boolean;
  /** ms since the epoch. */
  readonly since: number;
  readonly transport: Connection["transport"];
  /** What let it in, where that can be taken back by itself. */
  readonly credential: string | undefined;
  /** Its connection is lost, and its client may come back (XEP-0198 §5). */
  readonly waiting: boolean;
}

export interface SessionHost {
  /** The prepared domain names that are served here. */
  readonly domains: readonly string[];
  /**
   * Called when SASL succeeded, before resource binding: the contact list is asked for in parallel. From now on `kick`
   * reaches the connection; what is returned is called when it has a session, or has ended.
   */
  authenticated(domain: string, username: string, connection?: Connection): () => void;
  bind(request: BindRequest): BindResult;
  /** XEP-0198 §5: the session of that id, if it is this account's. */
  resume(request: ResumeRequest): ResumeResult;
  /** Sessions whose connection is lost wait to be resumed. */
  readonly resumes: boolean;
  /** Extra stream features after login, as modules registered them (XEP-0115 caps, RFC 6121 §2.6 ver, XEP-0478 limits). */
  streamFeatures(domain: string): readonly Element[];
  /** XEP-0386 §3.1: names of what can be asked for with a resource. */
  inlineFeatures(): readonly string[];
  online(bareJid: string): readonly OnlineResource[];
  /** When somebody last sent presence or a message, came or left, ms since the epoch; undefined: never seen. */
  lastActivity(bareJid: string): number | undefined;
  /** Usernames of all who have a session, in no order. */
  people(domain: string): Iterable<string>;
  /** Sessions bound at this moment. */
  readonly size: number;
  /**
   * Ends the sessions of one person with a stream error: the account was removed or its password changed. `credential`:
   * only those that it let in, or whose device it did, because it was taken back.
   */
  kick(bareJid: string, text: string, credential?: string): void;
  /** Ends one session with a stream error. False: there was none. */
  kickOne(fullJid: string, text: string): boolean;
  /** Says goodbye to everybody (system-shutdown), sends unavailable, and stops. */
  close(): void;
}
