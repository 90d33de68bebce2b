/** RFC 7662: opaque tokens, asked of the server that issued them; the answer is kept for a short time. */
import { createHash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { NEVER, withDeadline } from "../../contacts/deadline.ts";
import { decodeUtf8 } from "../../contacts/exchange.ts";
import { type Fetch, FetchError } from "../../contacts/fetch.ts";
import { type CheckToken, type TokenVerdict, unavailable, wrong } from "./token.ts";
import { userOf } from "./user-of.ts";

export interface IntrospectionOptions {
  readonly domain: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** ms for which an active token is not asked for again; never beyond its own end. */
  readonly cache: number;
  readonly userClaim: string;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** ms. */
  readonly deadline: number;
}

type Right = Extract<TokenVerdict, { readonly kind: "right" }>;

/** Of the answer. */
const MOST_BYTES = 65_536;
/** Tokens that are remembered; the oldest goes first. */
const MOST_KEPT = 10_000;

export function createIntrospection(options: IntrospectionOptions): CheckToken {
  const { clock } = options;
  /** By the hash of the token: whoever reads our memory gets no token. Until when it counts. */
  const kept = new Map<string, { readonly verdict: Right; readonly until: number }>();

  return async (token) => {
    const key = createHash("sha256").update(token).digest("base64");
    const known = kept.get(key);
    if (known !== undefined && clock.now() < known.until) return known.verdict;
    kept.delete(key);
    const verdict = await ask(token, options);
    if (verdict.kind === "right") {
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? "");
      const until = Math.min(clock.now() + options.cache, verdict.expires ?? Number.POSITIVE_INFINITY);
      kept.set(key, { verdict, until });
    }
    return verdict;
  };
}

async function ask(token: string, options: IntrospectionOptions): Promise<TokenVerdict> {
  const { clock, clientId, clientSecret } = options;
  const deadline = withDeadline(clock, options.deadline, NEVER);
  // RFC 6749 §2.3.1: both parts are form-encoded first.
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString("base64");
  try {
    const response = await Promise.race([
      options.fetch({
        url: options.url,
        method: "POST",
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          authorization: `Basic ${credentials}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: `token=${formEncoded(token)}&token_type_hint=access_token`,
        signal: deadline.signal,
        maxBytes: MOST_BYTES,
      }),
      deadline.aborted,
    ]);
    if (response.status !== 200) return unavailable(`the introspection endpoint answered ${response.status}`);
    const text = decodeUtf8(response.body);
    return text === undefined ? unavailable("the introspection answer is not UTF-8") : judge(JSON.parse(text), options);
  } catch (error) {
    if (deadline.signal.aborted) return unavailable("the introspection endpoint did not answer in time");
    if (error instanceof SyntaxError) return unavailable("the introspection answer is not JSON");
    if (error instanceof FetchError) return unavailable(error.message);
    throw error;
  } finally {
    deadline.end();
  }
}

/** RFC 7662 §2.2 */
function judge(answer: unknown, options: IntrospectionOptions): TokenVerdict {
  if (typeof answer !== "object" || answer === null) return unavailable("the introspection answer is no object");
  const member = (name: string): unknown => (Object.hasOwn(answer, name) ? Reflect.get(answer, name) : undefined);
  if (member("active") !== true) return wrong("it is not active");
  const { issuer, audience, clock } = options;
  const [exp, iss, aud] = [member("exp"), member("iss"), member("aud")];
  if (typeof exp === "number" && exp * 1000 <= clock.now()) return wrong("it has expired");
  if (issuer !== undefined && iss !== undefined && iss !== issuer) return wrong("its issuer is another");
  if (audience !== undefined && aud !== undefined && ![aud].flat().includes(audience)) {
    return wrong("its audience is another");
  }
  const username = userOf(member(options.userClaim), options.domain);
  if (username === undefined) return wrong(`its claim "${options.userClaim}" is no user of this domain`);
  return { kind: "right", username, expires: typeof exp === "number" ? exp * 1000 : undefined };
}

function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
