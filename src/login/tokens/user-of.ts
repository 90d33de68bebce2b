/** Whose token it is, by its claims. */
import { parseJid } from "../../xmpp/jid/jid.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";

/** Reads a claim as a localpart, or as a bare JID of our domain; RFC 7622 prepares it. Undefined: it is neither. */
export function userOf(claim: unknown, domain: string): string | undefined {
  if (typeof claim !== "string") return undefined;
  if (!claim.includes("@")) return prepareLocalpart(claim);
  const jid = parseJid(claim);
  if (jid === undefined || jid.local === "" || jid.domain !== domain || jid.resource !== "") return undefined;
  return jid.local;
}
