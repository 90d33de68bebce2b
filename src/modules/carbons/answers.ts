/**
 * XEP-0280 §6.1: an error is copied if the message that it answers was. RFC 6120 §8.3.1: an error need not carry that
 * message, so the last few of each session are remembered, and only those of which somebody got a copy.
 */
import type { Session } from "../../sessions/session.ts";
import { sessionState } from "../../sessions/state.ts";
import { detach } from "../../xmpp/xml/carry.ts";

/** Messages of one session. */
const MOST = 20;
/** Characters of an id that is remembered. */
const MOST_ID = 200;

/** By id, the account that each was for. */
const copied = sessionState<Map<string, string> | undefined>(undefined);

export function rememberCopied(sender: Session, id: string | undefined, account: string): void {
  if (id === undefined || id.length > MOST_ID) return;
  const known = copied.get(sender) ?? new Map<string, string>();
  if (known.size === 0) copied.set(sender, known);
  if (known.size >= MOST && !known.has(id)) known.delete(known.keys().next().value ?? "");
  known.set(detach(id), account);
}

/** Whether an error of `account` with this id answers a message of `session` that was copied. */
export function answersCopied(session: Session, id: string | undefined, account: string): boolean {
  return id !== undefined && copied.get(session)?.get(id) === account;
}
