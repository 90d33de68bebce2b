/** What the HTTP side is given by `server.ts`. */
import type { Clock } from "../clock.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Log } from "../log.ts";
import type { AccountStore } from "../login/accounts.ts";
import type { AppPasswords } from "../login/app-passwords.ts";
import type { DeviceLinks } from "../login/device-links.ts";
import type { Metrics } from "../metrics.ts";
import type { OnlineResource } from "../sessions/host.ts";
import type { KeptAnswers } from "../storage/kept-answers.ts";
import type { SeenIds } from "../storage/storage.ts";
import type { EventStreams } from "./events/streams.ts";
import type { OauthOptions } from "./oauth/options.ts";

export interface HttpDomain {
  /** Prepared. */
  readonly name: string;
  /** The address of this domain alone; absent or null: it has none of its own. */
  readonly publicUrl?: string | null;
  readonly contacts: Contacts;
  /** `contacts.maxBytes`, octets: a list that is put or patched. */
  readonly maxList: number;
  /** Standard Webhooks secrets, `whsec_…`, of this domain's application. */
  readonly secrets: readonly string[];
  /** Ids of its signed calls: each counts once. */
  readonly seenIds: SeenIds;
}

export interface HttpOptions {
  readonly domains: readonly HttpDomain[];
  readonly auth: "token" | "none";
  readonly tokens: readonly string[];
  readonly publicUrl: string | null;
  /** Addresses and networks whose forwarding headers are believed. */
  readonly trustProxy: readonly string[];
  /** Octets. */
  readonly maxBody: number;
  /** Milliseconds until a body must be complete. */
  readonly bodyTime: number;
  readonly getRefresh: boolean;
  readonly openMetrics: boolean;
  online(bareJid: string): readonly OnlineResource[];
  /** When somebody was last active, ms since the epoch; undefined: never seen. */
  lastActivity(bareJid: string): number | undefined;
  /** For `Idempotency-Key`. */
  readonly keptAnswers: KeptAnswers;
  /** `GET /events` and what could not be delivered; undefined: not served. */
  readonly streams?: EventStreams;
  /** OAuth clients; undefined: no domain has `oauth.registrationKey`. */
  readonly oauth?: OauthOptions;
  /** What is not ready yet, in words; empty when all is. */
  notReady(): readonly string[];
  /** Changing or removing an account here ends the person's sessions. */
  readonly accounts: AccountStore;
  readonly appPasswords: AppPasswords;
  readonly deviceLinks: DeviceLinks;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}
