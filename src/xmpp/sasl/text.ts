/** What all mechanisms read alike: UTF-8 text of bounded size, names and authorization identities. */
import { parseJid } from "../jid/jid.ts";
import { prepareLocalpart } from "../jid/localpart.ts";

/** Octets of one message of a client: far more than names of 1023 octets, nonces and proofs need. */
const MOST_OCTETS = 8192;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined: too long, not UTF-8. */
export function decodeText(data: Uint8Array): string | undefined {
  if (data.length > MOST_OCTETS) return undefined;
  try {
    return utf8.decode(data);
  } catch {
    return undefined; // the one way in which a fatal decoder says that it is not UTF-8
  }
}

/** RFC 6120 §6.3.8: the identity to act as: that of the user, as a bare JID or a localpart; "" asks for none. */
export function isOwnIdentity(authzid: string, username: string, domain: string): boolean {
  if (authzid === "") return true;
  if (prepareLocalpart(authzid) === username) return true;
  const jid = parseJid(authzid);
  return jid !== undefined && jid.local === username && jid.domain === domain && jid.resource === "";
}
