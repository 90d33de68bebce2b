/** RFC 7628: SASL OAUTHBEARER, the server's side. Whether the connection is safe enough for it is the caller's business. */
import { parseJid } from "../jid/jid.ts";
import type { SaslExchange, SaslOutcome } from "./mechanism.ts";
import { oneMessage } from "./one-message.ts";
import { decodeName } from "./scram-message.ts";
import { decodeText } from "./text.ts";

export interface OAuthBearerOptions {
  readonly domain: string;
  /**
   * Whose token it is. `claimed`: the localpart, prepared, that the client asks to act as; undefined when it names nobody.
   * A failure `not-authorized` means that the token is not good.
   */
  readonly verify: (token: string, claimed: string | undefined) => SaslOutcome | Promise<SaslOutcome>;
  /** XEP-0493 §3: the client has no token, and comes to hear where it gets one. */
  readonly asked?: () => void;
  /** Where clients learn how to get a token (RFC 8414), told with the error. */
  readonly discovery: string | undefined;
}

const encoder = new TextEncoder();

const MALFORMED: SaslOutcome = { kind: "failure", condition: "malformed-request" };
const REFUSED: SaslOutcome = { kind: "failure", condition: "not-authorized" };
const FOREIGN: SaslOutcome = { kind: "failure", condition: "invalid-authzid" };

/**
 * RFC 5801 §4, without channel binding. COMPAT(stanza, 12, 2026): it writes the name without `a=`, which is read as no
 * authorization identity.
 */
const HEADER = /^[ny],(?:a=(?<authzid>[^,]+)|[^,=]*),$/;
const PAIR = /^[A-Za-z]+=/;
const KVSEP = "\x01";
/** RFC 6750 §2.1: the scheme, in any case, and `b64token`; without one the client only asks where to get it (XEP-0493). */
const BEARER = /^bearer(?: +(?<token>[A-Za-z0-9\-._~+/]+=*))? *$/i;

export interface OAuthBearerMessage {
  /** Decoded; "" when absent. */
  readonly authzid: string;
  /** "" when the client has none. */
  readonly token: string;
}

/** Undefined: it breaks the grammar, names no bearer token, or binds to a channel, which this mechanism cannot. */
export function parseOAuthBearer(text: string): OAuthBearerMessage | undefined {
  const [header = "", ...pairs] = text.split(KVSEP);
  const groups = HEADER.exec(header)?.groups;
  // `gs2-header kvsep *kvpair kvsep`: nothing stands behind the last two separators. RFC 7628 §3.1
  if (groups === undefined || text.includes("\0") || pairs.pop() !== "" || pairs.pop() !== "") return undefined;
  const authzid = groups["authzid"] === undefined ? "" : decodeName(groups["authzid"]);
  if (authzid === undefined) return undefined;
  let auth: string | undefined;
  for (const pair of pairs) {
    if (!PAIR.test(pair)) return undefined;
    if (!pair.startsWith("auth=")) continue;
    if (auth !== undefined) return undefined;
    auth = pair.slice("auth=".length);
  }
  if (auth === undefined) return undefined;
  if (auth === "") return { authzid, token: "" };
  const bearer = BEARER.exec(auth);
  return bearer === null ? undefined : { authzid, token: bearer.groups?.["token"] ?? "" };
}

export function createOAuthBearer(options: OAuthBearerOptions): SaslExchange {
  let hasRefused = false;

  /** RFC 7628 §3.2.2: the reason goes out as a challenge; whatever comes then, the exchange has failed. */
  function settle(outcome: SaslOutcome): SaslOutcome {
    if (outcome.kind !== "failure" || outcome.condition !== "not-authorized") return outcome;
    hasRefused = true;
    return { kind: "challenge", data: encoder.encode(errorOf(options.discovery)) };
  }

  const message = oneMessage((data) => {
    const outcome = judge(options, data);
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
  });
  return {
    step(data) {
      if (!hasRefused) return message.step(data);
      hasRefused = false; // COMPAT(strophe.js, 5, 2026): it answers with its token again, and again
      return REFUSED;
    },
  };
}

function judge({ domain, verify, asked }: OAuthBearerOptions, data: Uint8Array): SaslOutcome | Promise<SaslOutcome> {
  const text = decodeText(data);
  const message = text === undefined ? undefined : parseOAuthBearer(text);
  if (message === undefined) return MALFORMED;
  const { authzid, token } = message;
  if (token === "") {
    asked?.();
    return REFUSED;
  }
  if (authzid === "") return verify(token, undefined);
  const claimed = authzid.includes("@") ? parseJid(authzid) : parseJid(`${authzid}@${domain}`);
  if (claimed === undefined || claimed.local === "" || claimed.domain !== domain || claimed.resource !== "") {
    return FOREIGN;
  }
  return verify(token, claimed.local);
}

/** RFC 7628 §3.2.2 */
function errorOf(discovery: string | undefined): string {
  return JSON.stringify({
    status: "invalid_token",
    ...(discovery === undefined ? {} : { "openid-configuration": discovery }),
  });
}
