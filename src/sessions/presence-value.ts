/** RFC 6121 §4.7: what the server reads of a presence stanza, and how it is kept: once, ready to be sent to many. */
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { NS_CLIENT } from "../xmpp/stanza/stanza.ts";
import { childOf, textOf } from "../xmpp/xml/element.ts";
import { delayText } from "./delayed.ts";
import { otherAttributes } from "./write.ts";

export interface Presence {
  /** The stanza behind its addresses: attributes, ">" and the inside, without the end tag. */
  readonly open: string;
  /** When it was sent, ms since the epoch. */
  readonly at: number;
  readonly priority: number;
  readonly show: string | undefined;
  readonly status: string | undefined;
}

/** -128 to +127. RFC 6121 §4.7.2.3 */
const PRIORITY = /^[ \t\r\n]*([+-]?\d{1,3})[ \t\r\n]*$/;

/** Reads an available presence. Undefined: its priority is none. */
export function readPresence(stanza: Stanza, inner: string, at: number): Presence | undefined {
  let priority = 0;
  let show: string | undefined;
  let status: string | undefined;
  if (stanza.children.some((child) => child.ns === NS_CLIENT)) {
    const tree = stanza.element();
    const given = childOf(tree, "priority", NS_CLIENT);
    if (given !== undefined) {
      const digits = PRIORITY.exec(textOf(given))?.[1];
      if (digits === undefined) return undefined;
      priority = Number(digits);
      if (priority < -128 || priority > 127) return undefined;
    }
    const shown = childOf(tree, "show", NS_CLIENT);
    const said = childOf(tree, "status", NS_CLIENT);
    if (shown !== undefined) show = textOf(shown);
    if (said !== undefined) status = textOf(said);
  }
  return { open: `${otherAttributes(stanza.attrs)}>${inner}`, at, priority, show, status };
}

/** XEP-0203 §4: says when a presence that is delivered later was sent. */
export function delayOf(presence: Presence, domain: string): string {
  return delayText(domain, presence.at);
}
