/** The Hashed Token mechanisms, HT-* (draft-schmaus-kitten-sasl-ht-09), the server's side. */
import { createHmac } from "node:crypto";
import { prepareLocalpart } from "../jid/localpart.ts";
import type { ChannelBindings, SaslExchange, SaslOutcome } from "./mechanism.ts";
import { oneMessage } from "./one-message.ts";
import { isSameSecret } from "./scram-keys.ts";
import { decodeText } from "./text.ts";

/** What a message of a client proves: that it holds a token, on this connection. */
export interface TokenProof {
  /** In constant time for each token. */
  fits(token: string): boolean;
  /** What proves to the client that the server holds it too. */
  answer(token: string): Uint8Array;
}

export interface HashedTokenOptions {
  /** The octets of the channel that the mechanism binds to; none for -NONE. */
  readonly binding: Uint8Array;
  /** Judges the holder, a prepared localpart. */
  readonly verify: (username: string, proof: TokenProof) => SaslOutcome | Promise<SaslOutcome>;
}

const NOTHING = new Uint8Array(0);
const MALFORMED: SaslOutcome = { kind: "failure", condition: "malformed-request" };
const REFUSED: SaslOutcome = { kind: "failure", condition: "not-authorized" };

/** §2, best first: to what each mechanism binds. */
const BINDINGS: ReadonlyMap<string, keyof ChannelBindings | undefined> = new Map([
  ["HT-SHA-256-EXPR", "tls-exporter"],
  ["HT-SHA-256-ENDP", "tls-server-end-point"],
  ["HT-SHA-256-NONE", undefined],
]);

/** The mechanisms that a connection with these bindings has, best first. */
export function hashedTokenMechanisms(bindings: ChannelBindings): readonly string[] {
  return [...BINDINGS.keys()].filter((name) => bindingOf(name, bindings) !== undefined);
}

/** What a mechanism binds to on a connection; undefined: there is no such mechanism there. */
export function bindingOf(mechanism: string, bindings: ChannelBindings): Uint8Array | undefined {
  if (!BINDINGS.has(mechanism)) return undefined;
  const type = BINDINGS.get(mechanism);
  return type === undefined ? NOTHING : bindings[type];
}

export function createHashedToken({ binding, verify }: HashedTokenOptions): SaslExchange {
  return oneMessage((data) => {
    // §3.1: authcid NUL initiator-hashed-token
    const end = data.indexOf(0);
    const name = end === -1 ? undefined : decodeText(data.subarray(0, end));
    if (name === undefined || name === "" || end === data.length - 1) return MALFORMED;
    const username = prepareLocalpart(name);
    return username === undefined ? REFUSED : verify(username, proofOf(data.subarray(end + 1), binding));
  });
}

function proofOf(hashed: Uint8Array, binding: Uint8Array): TokenProof {
  return {
    fits: (token) => isSameSecret(hashedToken(token, "Initiator", binding), hashed), // §3.2
    answer: (token) => hashedToken(token, "Responder", binding), // §3.3
  };
}

/** HMAC(token, role || cb-data) */
function hashedToken(token: string, role: "Initiator" | "Responder", binding: Uint8Array): Uint8Array {
  return createHmac("sha256", token).update(role).update(binding).digest();
}
