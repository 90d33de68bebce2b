/** What the routes for OAuth clients are given by `parts.ts`. */
import type { ClientRegistry } from "../../login/oauth/register-client.ts";
import type { Rate } from "../../net/bucket.ts";
import type { OAuthDomain } from "./domain.ts";

/** How clients of one domain register. */
export interface HttpRegistry extends ClientRegistry {
  readonly policy: "open" | "token" | "off";
  /** Initial access tokens (RFC 7591 §3) for "token". */
  readonly tokens: readonly string[];
}

export interface OauthOptions {
  /** By domain; those without `oauth.registrationKey` are absent. */
  readonly registries: ReadonlyMap<string, HttpRegistry>;
  /** Clients that one address may register. */
  readonly registrationRate: Rate;
  /** The authorization servers, by domain: the same domains. */
  readonly servers: ReadonlyMap<string, OAuthDomain>;
  /** Logins that one address may begin. */
  readonly pageRate: Rate;
}
