/** RFC 6120 §8.2.3: one IQ get or set that the server answers. */
import type { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { type Element, elementsOf } from "../xmpp/xml/element.ts";
import type { IqPlace } from "./iq-table.ts";
import { refuse, replyHead } from "./reply.ts";
import type { Session } from "./session.ts";

export class Iq {
  readonly session: Session;
  readonly stanza: Stanza;
  readonly place: IqPlace;
  /** The prepared address it is for: a domain or a bare JID. */
  readonly to: string;

  constructor(session: Session, stanza: Stanza, place: IqPlace, to: string) {
    this.session = session;
    this.stanza = stanza;
    this.place = place;
    this.to = to;
  }

  /** The one child. */
  payload(): Element {
    const [payload] = elementsOf(this.stanza.element());
    if (payload === undefined) throw new Error("an IQ without a payload reached a handler");
    return payload;
  }

  /** Attributes of the result, each with its leading space, for answers that are written piece by piece. */
  head(): string {
    return replyHead(this.session, this.stanza, "result");
  }

  /** Answers with a result whose content is `inner`. */
  send(inner: string): void {
    this.session.connection.send("iq", inner === "" ? `${this.head()}/>` : `${this.head()}>${inner}</iq>`);
  }

  refuse(error: StanzaError): void {
    refuse(this.session, this.stanza, error);
  }
}
