/** Standard Webhooks, symmetric signatures: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. */
import { createHmac } from "node:crypto";
import { isSameSecret } from "../xmpp/sasl/scram-keys.ts";

export interface SignedParts {
  readonly id: string;
  /** Seconds since the epoch, as sent. */
  readonly timestamp: string;
  readonly body: Uint8Array;
}

/** One of the signatures in `header` (space-separated) was made with one of the secrets (`whsec_…`). */
export function isSignatureOf(header: string, parts: SignedParts, secrets: readonly string[]): boolean {
  const given = header
    .split(" ")
    .filter((entry) => entry.startsWith("v1,"))
    .map((entry) => Buffer.from(entry.slice(3), "base64"));
  let found = false;
  for (const secret of secrets) {
    const wanted = signatureOf(parts, secret);
    for (const one of given) if (isSameSecret(one, wanted)) found = true;
  }
  return found;
}

function signatureOf(parts: SignedParts, secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return createHmac("sha256", key).update(`${parts.id}.${parts.timestamp}.`).update(parts.body).digest();
}
