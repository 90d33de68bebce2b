/** RFC 6120 §8.3: stanza errors as answers to a client. */

import { mayAnswerWithError, type StanzaError } from "../xmpp/stanza/error.ts";
import { NS_CLIENT, type Stanza } from "../xmpp/stanza/stanza.ts";
import { escapeAttr, serialise } from "../xmpp/xml/write.ts";
import type { Session } from "./session.ts";

/** The attributes of an answer: addresses turned round, the same id. */
export function replyHead(session: Session, stanza: Stanza, type: "result" | "error"): string {
  const { to, id } = stanza.attrs;
  let head = to === undefined ? "" : ` from='${escapeAttr(to)}'`;
  if (id !== undefined) head += ` id='${escapeAttr(id)}'`;
  return `${head} to='${session.address}' type='${type}'`;
}

/** Answers a stanza with an error; an error or a result is never answered. RFC 6120 §8.3.1 */
export function refuse(session: Session, stanza: Stanza, error: StanzaError): void {
  if (!mayAnswerWithError(stanza)) return;
  session.connection.send(stanza.name, errorTail(session, stanza, error));
}

/** More than this is said as it is taken. */
export const LITTLE = 50;

/** The same error for all of these, in order. However many they are, who sent them is not cut for it. */
export function refuseAll(session: Session, stanzas: readonly Stanza[], error: StanzaError): void {
  if (stanzas.length <= LITTLE || session.managed?.isDetached) {
    for (const stanza of stanzas) refuse(session, stanza, error);
    return;
  }
  for (const name of ["message", "iq"] as const) {
    const tails: string[] = [];
    for (const stanza of stanzas) {
      if (stanza.name === name && mayAnswerWithError(stanza)) tails.push(errorTail(session, stanza, error));
    }
    if (tails.length > 0) session.connection.sendSlices(name, tails.values());
  }
}

/** The error by which a stanza is answered, behind its name. */
export function errorTail(session: Session, stanza: Stanza, error: StanzaError): string {
  const body = serialise(error.toElement(), NS_CLIENT);
  return `${replyHead(session, stanza, "error")}>${body}</${stanza.name}>`;
}
