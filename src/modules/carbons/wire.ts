/** XEP-0280 §7, §8: what a copy looks like. The message in it is passed on as text: no tree is made. */

import type { RoutedMessage } from "../../sessions/events.ts";
import { messageTail } from "../../sessions/message.ts";
import { errorTail } from "../../sessions/reply.ts";
import { Session } from "../../sessions/session.ts";
import type { User } from "../../sessions/user.ts";
import type { StanzaError } from "../../xmpp/stanza/error.ts";
import { NS_CLIENT } from "../../xmpp/stanza/stanza.ts";
import { escapeAttr } from "../../xmpp/xml/write.ts";
import { type Direction, NS_CARBONS } from "./rules.ts";

/** XEP-0297 */
const NS_FORWARD = "urn:xmpp:forward:0";

/** Of the message as its sender addressed it. */
export function sentCopy({ sender, stanza, inner }: RoutedMessage): string {
  const to = escapeAttr(stanza.attrs["to"] ?? sender.user.jid);
  return copy("sent", stanza.attrs["type"], messageTail(sender, to, stanza, inner));
}

/** Of the message as it was delivered. */
export function receivedCopy({ sender, stanza, inner }: RoutedMessage, reached: Session | User): string {
  const to = reached instanceof Session ? reached.address : reached.jid;
  return copy("received", stanza.attrs["type"], messageTail(sender, to, stanza, inner));
}

/** Of the error by which the server answered the message. */
export function errorCopy({ sender, stanza }: Pick<RoutedMessage, "sender" | "stanza">, error: StanzaError): string {
  const from = stanza.attrs["to"] === undefined ? ` from='${sender.user.jid}'` : "";
  return copy("received", "error", from + errorTail(sender, stanza, error));
}

/** Behind the addresses, which alone differ between those who get it. `type`: the copy has that of the message. */
function copy(direction: Direction, type: string | undefined, message: string): string {
  const kept = type === undefined ? "" : ` type='${escapeAttr(type)}'`;
  return (
    `${kept}><${direction} xmlns='${NS_CARBONS}'><forwarded xmlns='${NS_FORWARD}'>` +
    `<message xmlns='${NS_CLIENT}'${message}</forwarded></${direction}></message>`
  );
}
