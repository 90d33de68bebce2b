/** `login.url`: Kith sends somebody's browser to the application, which says who is logged in, and sends it back. */
import { type Bytes, base64url, fromBase64, hmacSha256, isEqual, utf8 } from "./bytes.ts";
import { LoginChallengeError } from "./errors.ts";

export interface LoginChallengeOptions {
  /** `login.secret` of Kith's configuration, or else `contacts.secret`; two while one is replaced. */
  readonly secret: string | readonly string[];
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

export interface LoginChallenge {
  /** The domain of the account. */
  readonly domain: string;
  /** The program that asks, as it calls itself; undefined: the person opened "my apps and devices". */
  readonly client: { readonly name: string; readonly uri?: string; readonly target: string } | undefined;
  /** A username that the program suggested. It says nothing about who it is. */
  readonly hint: string | undefined;
  /** Somebody else is meant, perhaps, than who is logged in: ask them who they are, by a log-in. */
  readonly again: boolean;
  /** Where to redirect the browser: this person is logged in here. Give their username, without the domain. */
  accept(user: string): Promise<string>;
  /** Where to redirect the browser: nobody is let in. `reason` is shown to the person. */
  deny(reason?: string): Promise<string>;
}

/** Seconds by which the clocks may differ, and that an answer is good. */
const TOLERANCE = 30;
const LASTS = 60;
const CHALLENGE = "kith-login-challenge+jwt";
const ANSWER = "kith-login-answer+jwt";

/**
 * Reads what Kith asks, from the address by which the browser came (its query has `challenge`), or from the challenge itself.
 * Call it where your person is logged in already, else log them in first and come back to the same address.
 * @throws LoginChallengeError: there is none, Kith did not sign it, or it is too old
 */
export async function loginChallenge(
  address: string | URL | Request,
  { secret, now = Date.now }: LoginChallengeOptions,
): Promise<LoginChallenge> {
  const challenge = challengeIn(address);
  const [header = "", payload = "", signature = "", rest] = challenge.split(".");
  const given = fromBase64url(signature);
  if (rest !== undefined || given === undefined)
    throw new LoginChallengeError("the address has no challenge of Kith's");
  const key = await keyThatSigned(secretsOf(secret), `${header}.${payload}`, given);
  if (key === undefined) throw new LoginChallengeError("Kith did not sign this challenge: are the secrets the same?");
  const { alg, typ } = parse(header);
  if (alg !== "HS256" || typ !== CHALLENGE) throw new LoginChallengeError("this is no login challenge");
  const asked = parse(payload);
  const seconds = Math.floor(now() / 1000);
  const { exp, iss, jti, domain, hint, again, client } = asked;
  const back = asked["return"];
  if (typeof exp !== "number" || exp + TOLERANCE < seconds) {
    throw new LoginChallengeError("the challenge is too old: let the person begin again");
  }
  if (typeof back !== "string" || typeof domain !== "string" || typeof jti !== "string" || typeof iss !== "string") {
    throw new LoginChallengeError("the challenge is not whole");
  }
  const answer = async (claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const part = (value: unknown): string => base64url(utf8(JSON.stringify(value)));
    const issuedAt = Math.floor(now() / 1000);
    const body = { ...claims, aud: iss, jti, iat: issuedAt, exp: issuedAt + LASTS };
    const signed = `${part({ alg: "HS256", typ: ANSWER })}.${part(body)}`;
    const url = new URL(back);
    url.searchParams.set("challenge", challenge);
    url.searchParams.set("answer", `${signed}.${base64url(await hmacSha256(key, utf8(signed)))}`);
    return url.href;
  };
  return {
    domain,
    client: client as LoginChallenge["client"],
    hint: typeof hint === "string" ? hint : undefined,
    again: again === true,
    accept(user) {
      if (user === "" || user.includes("@")) throw new RangeError("user is a username, without @ and domain");
      return answer({ sub: user });
    },
    deny: (reason = "You are not logged in.") => answer({ error: reason }),
  };
}

function challengeIn(address: string | URL | Request): string {
  const text = address instanceof Request ? address.url : String(address);
  if (!text.includes("?") && text.split(".").length === 3 && !text.includes("/")) return text;
  return new URL(text, "http://localhost").searchParams.get("challenge") ?? "";
}

/** As Kith has them: `whsec_` and base64, or any text. */
function secretsOf(secret: string | readonly string[]): readonly Bytes[] {
  return (typeof secret === "string" ? [secret] : secret).map((one) => {
    const octets = one.startsWith("whsec_") ? fromBase64(one.slice("whsec_".length)) : utf8(one);
    if (octets === undefined || octets.length < 16) throw new RangeError("the secret is no secret of Kith's");
    return octets;
  });
}

async function keyThatSigned(keys: readonly Bytes[], signed: string, given: Uint8Array): Promise<Bytes | undefined> {
  let found: Bytes | undefined;
  for (const key of keys) if (isEqual(await hmacSha256(key, utf8(signed)), given)) found = key;
  return found;
}

function fromBase64url(text: string): Bytes | undefined {
  return /^[A-Za-z0-9_-]+$/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : undefined;
}

function parse(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64url(part)));
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // it is told below
  }
  throw new LoginChallengeError("the challenge cannot be read");
}
