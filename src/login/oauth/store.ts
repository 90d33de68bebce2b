/** What the authorization server keeps: grants and the tokens made from them. Clients are kept nowhere. */

/** What one person allowed one program. */
export interface Grant {
  readonly id: string;
  readonly domain: string;
  /** Prepared. */
  readonly username: string;
  /** `clientHash` of the client id. */
  readonly clientHash: string;
  readonly clientName: string;
  readonly clientUri: string | undefined;
  /** Where the program gets its answers, as the consent page said it. */
  readonly target: string;
  /** Space separated. */
  readonly scope: string;
  /** ms since the epoch. */
  readonly created: number;
  /** ms since the epoch; to the minute or so. */
  readonly lastUsed: number;
  /** Of the engine. */
  readonly payload: string;
}

export interface Token {
  readonly kind: "AccessToken" | "RefreshToken";
  readonly domain: string;
  readonly username: string;
  readonly grantId: string;
  readonly scope: string;
  /** Seconds since the epoch; at this second it is over. */
  readonly expires: number;
  /** Seconds since the epoch, when it was used up; undefined: it was not. */
  readonly consumed: number | undefined;
  /** Of the engine. */
  readonly payload: string;
}

/** Tokens are found by the SHA-256 of their text, so that a stolen database logs nobody in. All synchronous: one indexed look-up each. */
export interface OAuthStore {
  grant(id: string): Grant | undefined;
  /** The newest first. */
  grants(domain: string, username: string): readonly Grant[];
  putGrant(grant: Grant): void;
  /** With its tokens. Undefined: there was none. */
  removeGrant(id: string): Grant | undefined;
  /** All of one person. */
  removeGrants(domain: string, username: string): readonly Grant[];
  /** It let somebody in at `at`, ms since the epoch. */
  used(id: string, at: number): void;
  token(hash: Uint8Array): Token | undefined;
  putToken(hash: Uint8Array, token: Token): void;
  consumeToken(hash: Uint8Array, at: number): void;
  removeToken(hash: Uint8Array): void;
  removeTokensOf(grantId: string): void;
  /** Forgets tokens that are over, and grants that no token is left of since `before`; `now`, `before`: seconds. At most some of them a call; true: there may be more. */
  sweep(now: number, before: number): boolean;
  /** Rows of both kinds, for metrics. */
  count(): { readonly grants: number; readonly tokens: number };
}
