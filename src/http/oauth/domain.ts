/** What the authorization server of one domain is made of; built by `oauth-parts.ts`. */
import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { RegisteredClient } from "../../login/oauth/registration.ts";
import type { OAuthStore } from "../../login/oauth/store.ts";
import type { TypedPasswordLogin } from "../../login/password-login.ts";
import type { Belongings } from "./belongings.ts";

export interface OAuthDomain {
  /** Prepared. */
  readonly name: string;
  /** `http.publicUrl` of this domain or of the server, an origin; undefined: the one by which a call comes. */
  readonly publicUrl: string | undefined;
  /** The registration keys; the first makes what is new. */
  readonly keys: readonly string[];
  /** Clients can register themselves. */
  readonly registers: boolean;
  /** ms */
  readonly accessToken: number;
  /** ms */
  readonly refreshToken: number;
  /** Things of each kind that are held in memory. */
  readonly underWay: number;
  readonly store: OAuthStore;
  readonly clock: Clock;
  readonly log: Log;
  clientOf(clientId: string): RegisteredClient | undefined;
  /** Takes back a grant with all that came from it, and ends its sessions. */
  revoke(grantId: string): void;
  readonly checkPassword: TypedPasswordLogin;
  /** Somebody who logged in at `since`, ms, still may: the account is there and its password has not changed. */
  isCurrent(username: string, since: number): Promise<boolean>;
  readonly belongings: Belongings;
  /** Where the application logs people in; undefined: by password here. */
  readonly handoff: Handoff | undefined;
}

export interface Handoff {
  readonly url: string;
  readonly secret: string;
}
