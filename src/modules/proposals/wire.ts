/** RFC 6121 §2.3, §3: what clients send to change their contacts, as types. */
import { LONGEST_NAME, MOST_GROUPS } from "../../contacts/members.ts";
import { isSubscriptionType, type SetItem, type SubscriptionType } from "../../contacts/wish.ts";
import { parseJid, prepareContactJid } from "../../xmpp/jid/jid.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import { NS_CLIENT, type Stanza } from "../../xmpp/stanza/stanza.ts";
import { childOf, type Element, elementsOf, textOf } from "../../xmpp/xml/element.ts";
import { NS_ROSTER } from "../roster/wire.ts";

/** Characters of what a user writes beside a request. */
const MOST_MESSAGE = 1000;

export function subscriptionType(stanza: Stanza): SubscriptionType | undefined {
  const type = stanza.attrs["type"];
  return stanza.name === "presence" && isSubscriptionType(type) ? type : undefined;
}

/** The bare JID that may be a contact, of an address in any form. */
export function contactOf(address: string | undefined): string | undefined {
  const jid = address === undefined ? undefined : parseJid(address);
  if (jid === undefined) return undefined;
  return prepareContactJid(jid.local === "" ? jid.domain : `${jid.local}@${jid.domain}`);
}

export function messageOf(stanza: Stanza): string | undefined {
  if (!stanza.children.some((child) => child.name === "status")) return undefined;
  const status = childOf(stanza.element(), "status", NS_CLIENT);
  const text =
    status === undefined ? "" : [...textOf(status).slice(0, 2 * MOST_MESSAGE)].slice(0, MOST_MESSAGE).join("");
  return text === "" ? undefined : text;
}

/** RFC 6121 §2.3.3: what a roster set may not be. @throws StanzaError */
export function readSet(query: Element): SetItem {
  const [item, ...others] = elementsOf(query).filter((child) => child.name === "item" && child.ns === NS_ROSTER);
  if (item === undefined || others.length > 0) throw new StanzaError("bad-request", "A roster set has one item.");
  const jid = prepareContactJid(item.attrs["jid"] ?? "");
  if (jid === undefined) throw new StanzaError("bad-request", "The item has no bare JID that may be a contact.");
  const name = item.attrs["name"];
  if (name !== undefined && Buffer.byteLength(name) > LONGEST_NAME) {
    throw new StanzaError("not-acceptable", `A name has at most ${LONGEST_NAME} octets.`);
  }
  return {
    jid,
    name: name === "" ? undefined : name,
    groups: groupsOf(item),
    isRemoval: item.attrs["subscription"] === "remove",
  };
}

function groupsOf(item: Element): readonly string[] {
  const groups: string[] = [];
  for (const child of elementsOf(item)) {
    if (child.name !== "group" || child.ns !== NS_ROSTER) continue;
    const group = textOf(child);
    if (group === "" || Buffer.byteLength(group) > LONGEST_NAME || groups.length === MOST_GROUPS) {
      throw new StanzaError(
        "not-acceptable",
        `A group has a name of at most ${LONGEST_NAME} octets; there are at most ${MOST_GROUPS}.`,
      );
    }
    if (groups.includes(group)) throw new StanzaError("bad-request", "A group stands there twice.");
    groups.push(group);
  }
  return groups;
}
