/** RFC 8265 §4.2: passwords are compared as prepared text. */
import { prepareOpaque } from "../jid/resource.ts";

/**
 * A password as it is hashed: OpaqueString, which keeps case and width. For all text that is NFC already and has ordinary
 * spaces only, SASLprep (RFC 4013), which older clients use for SCRAM, gives the same but for compatibility characters.
 * Undefined: empty, over 2046 UTF-16 units, or holding what is not allowed (control characters, unassigned code points).
 */
export function preparePassword(text: string): string | undefined {
  return prepareOpaque(text);
}

/**
 * The same password as SASLprep (RFC 4013) prepares it, by which other servers made the keys that were imported: it differs
 * for compatibility characters only, like `²` or `ﬁ`. `prepared`: by preparePassword.
 */
export function saslPrepared(prepared: string): string {
  return prepared.normalize("NFKC");
}
