/** RFC 7622: XMPP addresses. Every JID inside the server is the prepared text that these functions give. */
import { prepareDomain } from "./domain.ts";
import { prepareLocalpart } from "./localpart.ts";
import { prepareResource } from "./resource.ts";

/** A prepared JID, split. `local` and `resource` are "" when absent. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
}

/** UTF-16 units of a JID before preparation; after it 1023 octets a part are allowed, and this is more. */
const MOST_INPUT = 3 * 2 * 1023;

/** Splits and prepares `text`. Undefined: it is not a JID. RFC 7622 §3.1 */
export function parseJid(text: string): Jid | undefined {
  if (text.length > MOST_INPUT) return undefined;
  // The first slash ends the bare JID; an @ behind it belongs to the resource. RFC 7622 §3.2
  const slash = text.indexOf("/");
  const bare = slash === -1 ? text : text.slice(0, slash);
  const at = bare.indexOf("@");
  const domain = prepareDomain(at === -1 ? bare : bare.slice(at + 1));
  if (domain === undefined) return undefined;
  const local = at === -1 ? "" : prepareLocalpart(bare.slice(0, at));
  if (local === undefined) return undefined;
  const resource = slash === -1 ? "" : prepareResource(text.slice(slash + 1));
  if (resource === undefined) return undefined;
  return { local, domain, resource };
}

/** The text of a prepared JID. */
export function formatJid(jid: Jid): string {
  const bare = jid.local === "" ? jid.domain : `${jid.local}@${jid.domain}`;
  return jid.resource === "" ? bare : `${bare}/${jid.resource}`;
}

/**
 * The bare JID that may be the key of a contact (contract §1): with a localpart, or a domain that holds a dot. Undefined
 * for anything else, and for a JID with a resource.
 */
export function prepareContactJid(text: string): string | undefined {
  const jid = parseJid(text);
  if (jid === undefined || jid.resource !== "") return undefined;
  const { local, domain } = jid;
  if (local === "") return domain.includes(".") ? domain : undefined;
  // Nearly always nothing was changed: then the text itself, which needs no second look for its hash.
  if (text.length === local.length + 1 + domain.length && text.startsWith(local) && text.endsWith(domain)) return text;
  return `${local}@${domain}`;
}
