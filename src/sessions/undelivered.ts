/** XEP-0198 §4: what a client never acknowledged is treated as if it had been sent to a resource that is gone. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { NS_CLIENT } from "../xmpp/stanza/stanza.ts";
import type { Copies, Sent } from "../xmpp/stream/acks.ts";
import { readDocument } from "../xmpp/xml/document.ts";
import type { Core } from "./core.ts";
import { delayed } from "./delayed.ts";
import { deliverToAvailable } from "./message.ts";
import { refuse } from "./reply.ts";
import type { Session } from "./session.ts";
import type { User } from "./user.ts";
import { otherAttributes } from "./write.ts";

/** They were written by this server: what there is can be read. */
const NO_LIMITS = { bytes: Number.MAX_SAFE_INTEGER, depth: 10_000, elements: Number.MAX_SAFE_INTEGER };

/**
 * `user`: whose session has ended, and is no longer among theirs. `heir`: the session that took its place, because the
 * same client came back without resuming: what had been sent to the one before is its.
 */
export function routeAgain(core: Core, user: User, left: readonly Sent[], heir: Session | undefined): void {
  const successor = heir?.ended === false ? heir : undefined;
  for (const sent of left) {
    if (sent.name === "presence") continue; // RFC 6121 §8.5.3.2.2
    if (successor === undefined && isElsewhere(sent.copies)) continue;
    const tail = delayed(sent.name, sent.tail, user.domain.name, sent.at);
    const read = readDocument(`<${sent.name} xmlns='${NS_CLIENT}'${sent.name === "iq" ? sent.tail : tail}`, NO_LIMITS);
    if (!read.ok) {
      core.log.error("a stanza that was not acknowledged cannot be read", { user: user.jid, ...read.fault });
      continue;
    }
    const stanza = read.element as Stanza;
    if (stanza.name === "iq") returnIq(core, stanza);
    else returnMessage(core, user, stanza, sent.copies, successor);
  }
}

/** One who was sent it never got it: another resource has the same, or may still get it. */
function isElsewhere(copies: Copies | undefined): boolean {
  if (copies === undefined) return false;
  copies.left -= 1;
  return copies.left > 0;
}

/** RFC 6121 §8.5.3.2.3. What the server asked, or answered, is nobody else's. */
function returnIq(core: Core, stanza: Stanza): void {
  const { type, from } = stanza.attrs;
  if (type === "get" || type === "set") fail(core, from, stanza);
}

/** RFC 6121 §8.5.3.2.1, as in `message.ts`. */
function returnMessage(
  core: Core,
  user: User,
  stanza: Stanza,
  copies: Copies | undefined,
  heir: Session | undefined,
): void {
  const { type, from } = stanza.attrs;
  // Said by the account or the server to that resource alone.
  if (from === undefined || from === user.jid || from === user.domain.name) return;
  core.counters.unacknowledged.add();
  if (type === "error" || type === "headline") return;
  const tail = (to: string): string =>
    ` from='${from}' to='${to}'${otherAttributes(stanza.attrs)}>${stanza.inner}</message>`;
  if (heir !== undefined) {
    heir.connection.send("message", tail(heir.address), copies);
    return;
  }
  const online = core.users.get(user.jid);
  if (type !== "groupchat" && online !== undefined && deliverToAvailable(online, tail(user.jid))) return;
  core.counters.undeliverable.add();
  fail(core, from, stanza);
}

/** Who sent it may be gone as well: then nobody is left to be told. */
function fail(core: Core, from: string | undefined, stanza: Stanza): void {
  const sender = core.sessions.get(from ?? "");
  if (sender !== undefined) refuse(sender, stanza, new StanzaError("service-unavailable"));
}
