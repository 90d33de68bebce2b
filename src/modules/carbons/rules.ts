/** XEP-0280 §6.1: which messages are copied. Read from the type and the names of the children; nearly always no tree is made. */
import { NS_CLIENT, type Stanza } from "../../xmpp/stanza/stanza.ts";
import { childOf, type QName } from "../../xmpp/xml/element.ts";

export const NS_CARBONS = "urn:xmpp:carbons:2";
const NS_HINTS = "urn:xmpp:hints";
const NS_INVITATION = "jabber:x:conference";
const NS_MUC_USER = "http://jabber.org/protocol/muc#user";

/** XEP-0184, XEP-0085, XEP-0333: what talking is made of beside its words. */
const SIGNS: ReadonlySet<string> = new Set([
  "urn:xmpp:receipts",
  "http://jabber.org/protocol/chatstates",
  "urn:xmpp:chat-markers:0",
]);

/** Whose resources the copies are for: the sender's, or the receiver's. */
export type Direction = "sent" | "received";

/** Whether a message that is no error may be copied. An error that is not barred follows what it answers: `answers.ts`. */
export function mayCopy(stanza: Stanza, direction: Direction): boolean {
  const { type } = stanza.attrs;
  if (type === "groupchat" || type === "error") return false;
  if (isBarred(stanza)) return false;
  const { children } = stanza;
  if (children.some(isOfRoom)) {
    if (asksIntoRoom(stanza)) return true;
    if (direction === "received") return false; // The room has sent it to each device already
    if (stanza.attrs["to"]?.includes("/") === true) return true;
  }
  if (type === "chat" || children.some(isSign)) return true;
  return type !== "headline" && children.some(isBody); // RFC 6121 §5.2.2: any other type is normal
}

/** Never copied, whatever it is. */
export function isBarred(stanza: Stanza): boolean {
  return stanza.children.some(isBar) || hidesForwarded(stanza);
}

/** XEP-0280 §9, XEP-0334 §4.3; and what looks like a copy. */
function isBar({ ns, name }: QName): boolean {
  if (ns === NS_CARBONS) return name === "private" || name === "received" || name === "sent";
  return ns === NS_HINTS && name === "no-copy";
}

/** Start tags: a well-formed inside has `<` nowhere else. */
const FORWARDED = /<(?:[^\s<>/]+:)?forwarded[\s/>]/g;

/**
 * XEP-0280 §11: a forged copy somewhere inside would stand in a true one, from the account itself, and clients exist that
 * take the innermost message (Converse.js 14). What somebody forwards by XEP-0297 is a child of the message, and passes.
 */
function hidesForwarded({ inner, children }: Stanza): boolean {
  if (!inner.includes("forwarded")) return false;
  const found = inner.match(FORWARDED)?.length ?? 0;
  return found > children.filter(({ name }) => name === "forwarded").length;
}

function isSign({ ns, name }: QName): boolean {
  return SIGNS.has(ns) || (ns === NS_INVITATION && name === "x"); // XEP-0249
}

function isOfRoom({ ns, name }: QName): boolean {
  return ns === NS_MUC_USER && name === "x";
}

function isBody({ ns, name }: QName): boolean {
  return ns === NS_CLIENT && name === "body";
}

/** XEP-0045 §7.8.2: a mediated invitation. */
function asksIntoRoom(stanza: Stanza): boolean {
  const room = childOf(stanza.element(), "x", NS_MUC_USER);
  return room !== undefined && childOf(room, "invite", NS_MUC_USER) !== undefined;
}
