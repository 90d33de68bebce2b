/** RFC 6121 §2.1: the roster as XML. */
import type { Contact } from "../../contacts/list.ts";
import { escapeAttr, escapeText } from "../../xmpp/xml/write.ts";

export const NS_ROSTER = "jabber:iq:roster";

/** RFC 6121 §2.1.2 */
export function itemXml(contact: Contact): string {
  let out = `<item jid='${escapeAttr(contact.jid)}' subscription='${contact.subscription}'`;
  if (contact.name !== undefined) out += ` name='${escapeAttr(contact.name)}'`;
  if (contact.ask) out += " ask='subscribe'";
  if (contact.groups.length === 0) return `${out}/>`;
  out += ">";
  for (const group of contact.groups) out += `<group>${escapeText(group)}</group>`;
  return `${out}</item>`;
}

/** RFC 6121 §2.5 */
export function removedXml(jid: string): string {
  return `<item jid='${escapeAttr(jid)}' subscription='remove'/>`;
}

/** RFC 6121 §2.6.2 */
export function openQuery(version: string): string {
  return `<query xmlns='${NS_ROSTER}' ver='${version}'>`;
}

/** Characters of one slice. */
const SLICE = 8192;

/** A roster result as a tail for `Connection.sendSlices`: `head` is its attributes. */
export function* resultSlices(head: string, version: string, contacts: Iterable<Contact>): Generator<string> {
  let slice = `${head}>${openQuery(version)}`;
  for (const contact of contacts) {
    slice += itemXml(contact);
    if (slice.length > SLICE) {
      yield slice;
      slice = "";
    }
  }
  yield `${slice}</query></iq>`;
}
