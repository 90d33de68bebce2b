/** RFC 4616: SASL PLAIN, the server's side. Whether the connection is safe enough for it is the caller's business. */
import { prepareLocalpart } from "../jid/localpart.ts";
import type { SaslExchange, SaslOutcome } from "./mechanism.ts";
import { preparePassword } from "./password.ts";
import { decodeText, isOwnIdentity } from "./text.ts";

export interface PlainOptions {
  readonly domain: string;
  /** Judges a localpart and a password, both prepared. */
  readonly verify: (username: string, password: string) => SaslOutcome | Promise<SaslOutcome>;
}

const NOTHING = new Uint8Array(0);

export function createPlain(options: PlainOptions): SaslExchange {
  let phase: "start" | "asked" | "done" = "start";
  return {
    step(data) {
      if (phase === "start" && data === undefined) {
        phase = "asked";
        return { kind: "challenge", data: NOTHING }; // RFC 6120 §6.4.2: client first, but it sent nothing yet
      }
      if (phase === "done" || data === undefined) return { kind: "failure", condition: "malformed-request" };
      phase = "done";
      return judge(options, data);
    },
  };
}

function judge({ domain, verify }: PlainOptions, data: Uint8Array): SaslOutcome | Promise<SaslOutcome> {
  const message = decodeText(data);
  const parts = message?.split("\0");
  if (parts?.length !== 3) return { kind: "failure", condition: "malformed-request" };
  const [authzid = "", authcid = "", text = ""] = parts;
  if (authcid === "" || text === "") return { kind: "failure", condition: "malformed-request" }; // RFC 4616 §2
  const username = prepareLocalpart(authcid);
  const password = preparePassword(text);
  if (username === undefined || password === undefined) return { kind: "failure", condition: "not-authorized" };
  if (!isOwnIdentity(authzid, username, domain)) return { kind: "failure", condition: "invalid-authzid" };
  return verify(username, password);
}
