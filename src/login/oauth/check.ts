/** Whether an access token of the authorization server lets somebody in: one indexed look-up, past the engine. */
import { hash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { type TokenVerdict, wrong } from "../tokens/token.ts";
import { mayChat } from "./scopes.ts";
import type { OAuthStore } from "./store.ts";

/** What an access token begins with, so that no other way is asked about it. */
export const ACCESS_TOKEN_PREFIX = "kat_";
const ACCESS_TOKEN = /^kat_[A-Za-z0-9_-]{43}$/;

const CREDENTIAL = "grant:";

/** `SaslOutcome.credential` of what a grant let in. */
export function grantCredential(id: string): string {
  return CREDENTIAL + id;
}

/** Undefined: it is the credential of something else. */
export function idOfGrant(credential: string): string | undefined {
  return credential.startsWith(CREDENTIAL) ? credential.slice(CREDENTIAL.length) : undefined;
}

/** It looks like an access token that was made here. */
export function isAccessToken(text: string): boolean {
  return ACCESS_TOKEN.test(text);
}

export function tokenHash(token: string): Uint8Array {
  return hash("sha256", token, "buffer");
}

/** ms; the time of last use is written no oftener. */
const USE_STEP = 600_000;
/** Grants of which it is remembered when that was. */
const REMEMBERED = 10_000;

export interface TokenCheckOptions {
  readonly domain: string;
  readonly store: OAuthStore;
  readonly clock: Clock;
  /** The client may not be here any more: what it was given is good for nothing. */
  readonly isTakenBack: (clientId: string) => boolean;
}

export function createAccessTokenCheck({
  domain,
  store,
  clock,
  isTakenBack,
}: TokenCheckOptions): (token: string) => TokenVerdict {
  const used = new Map<string, number>();

  function note(grantId: string, now: number): void {
    if (now - (used.get(grantId) ?? 0) < USE_STEP) return;
    used.delete(grantId);
    used.set(grantId, now);
    const [oldest] = used.keys();
    if (used.size > REMEMBERED && oldest !== undefined) used.delete(oldest);
    store.used(grantId, now);
  }

  return (token) => {
    const found = store.token(tokenHash(token));
    const now = clock.now();
    if (found === undefined || found.kind !== "AccessToken" || found.domain !== domain) {
      return wrong("no such access token, or it was taken back");
    }
    if (found.expires * 1000 <= now) return wrong("the access token has expired");
    if (!mayChat(found.scope)) return wrong("the scope of the access token is not for XMPP"); // XEP-0493 §4
    if (isTakenBack(clientIdIn(found.payload))) return wrong("the client of the access token is refused");
    note(found.grantId, now);
    const { username, expires, grantId } = found;
    return { kind: "right", username, expires: expires * 1000, credential: grantCredential(grantId) };
  };
}

/** As the engine wrote it. */
function clientIdIn(payload: string): string {
  const { clientId } = JSON.parse(payload) as { readonly clientId?: unknown };
  return typeof clientId === "string" ? clientId : "";
}
