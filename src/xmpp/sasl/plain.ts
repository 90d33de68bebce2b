/** RFC 4616: SASL PLAIN, the server's side. Whether the connection is safe enough for it is the caller's business. */
import { prepareLocalpart } from "../jid/localpart.ts";
import type { SaslExchange, SaslOutcome } from "./mechanism.ts";
import { oneMessage } from "./one-message.ts";
import { preparePassword } from "./password.ts";
import { decodeText, isOwnIdentity } from "./text.ts";

export interface PlainOptions {
  readonly domain: string;
  /** Judges a localpart and a password, both prepared. */
  readonly verify: (username: string, password: string) => SaslOutcome | Promise<SaslOutcome>;
  /** Judges a password that is a token, as it was sent: tokens may be longer than passwords. Undefined: it is none. */
  readonly verifyToken?: (username: string, text: string) => SaslOutcome | Promise<SaslOutcome> | undefined;
}

export function createPlain(options: PlainOptions): SaslExchange {
  return oneMessage((data) => judge(options, data));
}

function judge({ domain, verify, verifyToken }: PlainOptions, data: Uint8Array): SaslOutcome | Promise<SaslOutcome> {
  const message = decodeText(data);
  const parts = message?.split("\0");
  if (parts?.length !== 3) return { kind: "failure", condition: "malformed-request" };
  const [authzid = "", authcid = "", text = ""] = parts;
  if (authcid === "" || text === "") return { kind: "failure", condition: "malformed-request" }; // RFC 4616 §2
  const username = prepareLocalpart(authcid);
  if (username === undefined) return { kind: "failure", condition: "not-authorized" };
  const isOwn = isOwnIdentity(authzid, username, domain);
  const judged = isOwn ? verifyToken?.(username, text) : undefined;
  if (judged !== undefined) return judged;
  const password = preparePassword(text);
  if (password === undefined) return { kind: "failure", condition: "not-authorized" };
  return isOwn ? verify(username, password) : { kind: "failure", condition: "invalid-authzid" };
}
