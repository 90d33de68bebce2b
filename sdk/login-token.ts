/** Tokens by which people who are logged in to the application log in to Kith: `accounts.tokens` in its configuration. */
import { base64url, hmacSha256, utf8 } from "./bytes.ts";

export interface LoginTokenOptions {
  /** One of `accounts.tokens.secret`: at least 32 bytes, as text (its UTF-8) or octets. */
  readonly secret: string | Uint8Array;
  /** Seconds until it can no longer be used, at most 3600; 300. A session lasts longer than the token that began it. */
  readonly expiresIn?: number;
  /** `iss`, as in `accounts.tokens.issuer`. */
  readonly issuer?: string;
  /** `aud`, as in `accounts.tokens.audience`; the domain when left out. */
  readonly audience?: string;
  /** The domain of the account. */
  readonly domain?: string;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

/**
 * A JSON Web Token (RFC 7519, HS256) that lets `user` log in for a short time. Make one per page and person.
 * @throws RangeError: the secret is short, the time is long, or `user` is empty or an address
 */
export async function loginToken(
  user: string,
  { secret, expiresIn = 300, issuer, audience, domain, now = Date.now }: LoginTokenOptions,
): Promise<string> {
  const key = typeof secret === "string" ? utf8(secret) : Uint8Array.from(secret);
  if (key.length < 32) throw new RangeError("the secret has fewer than 32 bytes"); // RFC 7518 §3.2
  if (!(expiresIn > 0 && expiresIn <= 3600)) throw new RangeError("expiresIn is not between 1 and 3600 seconds");
  if (user === "" || user.includes("@")) throw new RangeError("user is a username, without @ and domain");
  const issuedAt = Math.floor(now() / 1000);
  const claims = {
    sub: user,
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(audience === undefined && domain === undefined ? {} : { aud: audience ?? domain }),
    iat: issuedAt,
    exp: issuedAt + Math.ceil(expiresIn),
    jti: crypto.randomUUID(),
  };
  const part = (value: unknown): string => base64url(utf8(JSON.stringify(value)));
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${base64url(await hmacSha256(key, utf8(signed)))}`;
}
