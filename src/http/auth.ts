/** Who may call: a bearer token, a Standard Webhooks signature, or, where asked for in so many words, everybody. */
import { createHash } from "node:crypto";
import { isSameSecret } from "../xmpp/sasl/scram-keys.ts";
import type { HttpContext } from "./context.ts";
import type { HttpDomain, HttpOptions } from "./options.ts";
import { type Checked, pass, refuse } from "./problem.ts";
import { isSignatureOf } from "./signature.ts";

const CHALLENGE = { "www-authenticate": 'Bearer realm="kith"' } as const;

/** How far the clock of a signed call may be off, either way. */
const WINDOW_MS = 5 * 60_000;

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What came as `Authorization: Bearer`. RFC 6750 §2.1 */
export function bearerOf(context: HttpContext): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(context.req.header("authorization") ?? "")?.[1];
}

/** Tokens of which the time that a comparison takes says nothing. */
export class Tokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  has(given: string): boolean {
    const wanted = digest(given);
    let found = false;
    for (const token of this.#digests) if (isSameSecret(token, wanted)) found = true;
    return found;
  }
}

export class Gate {
  readonly #options: Pick<HttpOptions, "auth" | "clock">;
  readonly #tokens: Tokens;

  constructor(options: Pick<HttpOptions, "auth" | "tokens" | "clock">) {
    this.#options = options;
    this.#tokens = new Tokens(options.tokens);
  }

  /** Lets in who has a token. */
  byToken(context: HttpContext): Checked<true> {
    return this.#options.auth === "none" ? fromThisSite(context) : this.byTokenAlways(context);
  }

  /** Also where `http.auth` is "none": for what the origin never had. */
  byTokenAlways(context: HttpContext): Checked<true> {
    const given = bearerOf(context);
    if (given === undefined) {
      return refuse(401, "This call needs `Authorization: Bearer` and a token of http.tokens.", CHALLENGE);
    }
    return this.#tokens.has(given) ? pass(true) : refuse(401, "The token is not one of http.tokens.", CHALLENGE);
  }

  /** The call comes with a signature instead of a token: its body must be read before it is judged. */
  isSigned(context: HttpContext, domain: HttpDomain): boolean {
    if (this.#options.auth === "none" || domain.secrets.length === 0) return false;
    return context.req.header("webhook-signature") !== undefined && context.req.header("authorization") === undefined;
  }

  /** https://www.standardwebhooks.com, "Verifying webhook authenticity": five minutes' window, an id once. */
  bySignature(context: HttpContext, domain: HttpDomain, body: Uint8Array): Checked<true> {
    const id = context.req.header("webhook-id") ?? "";
    const timestamp = context.req.header("webhook-timestamp") ?? "";
    const signature = context.req.header("webhook-signature") ?? "";
    if (id === "" || id.length > 256 || !/^\d{1,15}$/.test(timestamp) || signature.length > 4096) {
      return refuse(
        401,
        "A signed call needs webhook-id, webhook-timestamp (seconds) and webhook-signature.",
        CHALLENGE,
      );
    }
    const now = this.#options.clock.now();
    if (Math.abs(now - Number(timestamp) * 1000) > WINDOW_MS) {
      return refuse(401, "webhook-timestamp is more than five minutes off: check the clock of the caller.", CHALLENGE);
    }
    if (!isSignatureOf(signature, { id, timestamp, body }, domain.secrets)) {
      return refuse(401, "webhook-signature matches none of http.secrets.", CHALLENGE);
    }
    const until = Number(timestamp) * 1000 + WINDOW_MS;
    if (domain.seenIds.add(id, until)) return pass(true);
    return refuse(401, "This webhook-id was used before.", CHALLENGE);
  }
}

/** Without tokens a page of another site could call through somebody's browser: that is told by what browsers send. */
function fromThisSite(context: HttpContext): Checked<true> {
  if (context.req.header("origin") !== undefined || context.req.header("sec-fetch-site") === "cross-site") {
    return refuse(403, 'With http.auth "none", calls from web pages are refused.');
  }
  return pass(true);
}
