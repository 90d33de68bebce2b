/** Where a stanza goes: RFC 6120 §10.3 to §10.5. */
import { formatJid, parseJid } from "../xmpp/jid/jid.ts";
import type { Core } from "./core.ts";
import type { Session } from "./session.ts";

export type Address =
  /** A bound resource. RFC 6121 §8.5.3.1 */
  | { readonly kind: "session"; readonly session: Session }
  /** A bare JID of a domain served here; the account may exist or not. */
  | { readonly kind: "account"; readonly bare: string }
  /** A full JID that no resource is bound to. RFC 6121 §8.5.3.2 */
  | { readonly kind: "gone"; readonly bare: string }
  /** A domain served here. */
  | { readonly kind: "server"; readonly domain: string }
  /** A domain with a resource: nothing is there. */
  | { readonly kind: "nothing" }
  /** Another server. */
  | { readonly kind: "remote" }
  | { readonly kind: "malformed" };

const NOTHING = { kind: "nothing" } as const;
const REMOTE = { kind: "remote" } as const;
const MALFORMED = { kind: "malformed" } as const;

/** Only for what is not verbatim the full JID of a session or the bare JID of somebody online. */
export function findAddress(core: Core, to: string): Address {
  const jid = parseJid(to);
  if (jid === undefined) return MALFORMED;
  if (!core.domains.has(jid.domain)) return REMOTE;
  if (jid.local === "") return jid.resource === "" ? { kind: "server", domain: jid.domain } : NOTHING;
  const bare = `${jid.local}@${jid.domain}`;
  if (jid.resource === "") return { kind: "account", bare };
  const session = core.sessions.get(formatJid(jid));
  return session === undefined ? { kind: "gone", bare } : { kind: "session", session };
}

/** Whether `from` names the sender: its bare or full JID. RFC 6120 §8.1.2.1 */
export function isOwnAddress(session: Session, from: string): boolean {
  if (from === session.jid || from === session.user.jid) return true;
  const jid = parseJid(from);
  if (jid === undefined) return false;
  const text = formatJid(jid);
  return text === session.jid || text === session.user.jid;
}
