/**
 * `login.url`: the application says who is logged in, so that people need no second log-in. The browser carries a signed
 * challenge there and a signed answer back; both are JWTs (RFC 7519) by the secret that Kith and the application share.
 */
import { createHash, randomUUID } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import type { Browser } from "./browser.ts";
import type { Handoff } from "./domain.ts";
import type { ClientFacts } from "./pages/props.ts";

/** Told apart by `typ`, so that one is never taken for the other (RFC 8725 §3.11). */
const CHALLENGE_TYPE = "kith-login-challenge+jwt";
const ANSWER_TYPE = "kith-login-answer+jwt";
/** Seconds. */
const LASTS = 600;
const ALGORITHM = "HS256";

export interface Challenge {
  readonly issuer: string;
  readonly domain: string;
  readonly browser: Browser;
  /** Path here where the person goes on. */
  readonly to: string;
  /** Where the application sends the browser back. */
  readonly returnTo: string;
  readonly client: ClientFacts | undefined;
  /** A name that the program suggested; it says nothing about who it is. */
  readonly hint: string | undefined;
  /** Whoever is logged in there may not be who is meant, or has to log in afresh. */
  readonly again: boolean;
}

/** The address at the application, with the challenge. */
export async function challengeUrl({ url, secret }: Handoff, challenge: Challenge, now: number): Promise<string> {
  const { issuer, domain, browser, to, returnTo, client, hint, again } = challenge;
  const seconds = Math.floor(now / 1000);
  const told = client === undefined ? {} : { client: { name: client.name, uri: client.uri, target: client.target } };
  const token = await new SignJWT({ domain, browser: fingerprint(browser), to, return: returnTo, hint, again, ...told })
    .setProtectedHeader({ alg: ALGORITHM, typ: CHALLENGE_TYPE })
    .setIssuer(issuer)
    .setAudience(url)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LASTS)
    .sign(keyOf(secret));
  const target = new URL(url);
  target.searchParams.set("challenge", token);
  return target.href;
}

export type Answer =
  | { readonly kind: "login"; readonly username: string; readonly to: string }
  | { readonly kind: "denied"; readonly reason: string; readonly to: string }
  | { readonly kind: "wrong"; readonly reason: string };

/** What came back: the challenge as it went out, for this very browser, and the application's answer to it. */
export async function readAnswer(
  { url, secret }: Handoff,
  given: {
    readonly challenge: string;
    readonly answer: string;
    readonly issuer: string;
    readonly browser: Browser | undefined;
  },
  now: number,
): Promise<Answer> {
  const key = keyOf(secret);
  const rules = {
    algorithms: [ALGORITHM],
    currentDate: new Date(now),
    clockTolerance: 30,
    requiredClaims: ["exp", "jti"],
  };
  try {
    const asked = await jwtVerify(given.challenge, key, {
      ...rules,
      typ: CHALLENGE_TYPE,
      issuer: given.issuer,
      audience: url,
    });
    const { browser, to, jti } = asked.payload;
    if (typeof to !== "string" || !to.startsWith("/oauth2/"))
      return { kind: "wrong", reason: "It names no place to go on." };
    if (given.browser === undefined || browser !== fingerprint(given.browser)) {
      return { kind: "wrong", reason: "It was begun in another browser, or too long ago." };
    }
    const { payload } = await jwtVerify(given.answer, key, { ...rules, typ: ANSWER_TYPE, audience: given.issuer });
    if (payload.jti !== jti) return { kind: "wrong", reason: "The answer is to another question." };
    const { error, sub = "" } = payload;
    if (error !== undefined) return { kind: "denied", reason: String(error).slice(0, 200), to };
    const username = prepareLocalpart(sub);
    if (username === undefined) return { kind: "wrong", reason: "The application named nobody of this domain." };
    return { kind: "login", username, to };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not readable";
    return { kind: "wrong", reason: `The answer of the application is not right: ${reason}.` };
  }
}

/** `whsec_` and base64, or any text. */
function keyOf(secret: string): Uint8Array {
  return secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret, "utf8");
}

function fingerprint({ id }: Browser): string {
  return createHash("sha256").update(`handoff ${id}`).digest("base64url");
}
