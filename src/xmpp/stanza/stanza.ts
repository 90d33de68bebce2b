/** RFC 6120 §8: the three kinds of stanza as they travel through the server. */
import type { StreamElement } from "../xml/stream-element.ts";

export const NS_CLIENT = "jabber:client";

export type StanzaName = "message" | "presence" | "iq";

/** A stanza as the reader yielded it: `ns` is jabber:client, the addresses in `attrs` are not yet checked. */
export interface Stanza extends StreamElement {
  readonly name: StanzaName;
}
