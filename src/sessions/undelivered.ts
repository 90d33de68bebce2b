/** XEP-0198 §4: what a client never acknowledged is treated as if it had been sent to a resource that is gone. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import { NS_CLIENT, type Stanza } from "../xmpp/stanza/stanza.ts";
import type { Copies, Sent } from "../xmpp/stream/acks.ts";
import { readDocument } from "../xmpp/xml/document.ts";
import { childOf, type Element, elementsOf } from "../xmpp/xml/element.ts";
import { escapeAttr, serialise } from "../xmpp/xml/write.ts";
import type { Core } from "./core.ts";
import { tailsOf } from "./delayed.ts";
import { isMissed } from "./followers.ts";
import { LITTLE, refuseAll } from "./reply.ts";
import { hearsAccount, type Session } from "./session.ts";
import type { User } from "./user.ts";
import { otherAttributes } from "./write.ts";

const NS_FORWARD = "urn:xmpp:forward:0";

/** They were written by this server: what there is can be read. */
const NO_LIMITS = { bytes: Number.MAX_SAFE_INTEGER, depth: 10_000, elements: Number.MAX_SAFE_INTEGER };

/** Where all of it goes: each gets theirs at once, in order, and is not cut because it is much. */
class Returns {
  readonly #late = new Map<Session, Sent[]>();
  readonly #failed = new Map<Session, Stanza[]>();

  deliver(session: Session, sent: Sent): void {
    add(this.#late, session, sent);
  }

  fail(sender: Session, stanza: Stanza): void {
    add(this.#failed, sender, stanza);
  }

  send(core: Core, domain: string): void {
    for (const [session, late] of this.#late) sendLate(session, late, domain);
    for (const [sender, stanzas] of this.#failed) {
      const error = new StanzaError("service-unavailable");
      refuseAll(sender, stanzas, error);
      tellFollowers(core, sender, stanzas, error);
    }
  }
}

/** Of many the first few: it is what other devices of the sender show that is put right, and they are not cut for it either. */
function tellFollowers(core: Core, sender: Session, stanzas: readonly Stanza[], error: StanzaError): void {
  if (!isMissed(sender, error)) return;
  for (const stanza of stanzas.slice(0, LITTLE)) {
    if (stanza.name === "message") core.messageReturned.run({ sender, stanza, error });
  }
}

function add<T>(to: Map<Session, T[]>, session: Session, one: T): void {
  const before = to.get(session);
  if (before === undefined) to.set(session, [one]);
  else before.push(one);
}

function sendLate({ managed, connection }: Session, late: readonly Sent[], domain: string): void {
  if (managed === undefined) connection.sendSlices("message", tailsOf(late, domain));
  else managed.sendLate("message", late, domain);
}

/**
 * `user`: whose session has ended, and is no longer among theirs. `heir`: the session that took its place, because the
 * same client came back without resuming: what had been sent to the one before is its.
 */
export function routeAgain(core: Core, user: User, left: readonly Sent[], heir: Session | undefined): void {
  const successor = heir?.ended === false ? heir : undefined;
  const returns = new Returns();
  for (const sent of left) {
    if (sent.name === "presence") continue; // RFC 6121 §8.5.3.2.2
    const isOwn = sent.tail.startsWith(` from='${user.jid}' `);
    // Said by the account to that resource alone.
    if (isOwn && sent.copies === undefined) continue;
    if ((successor === undefined || isOwn) && isElsewhere(sent.copies)) continue;
    const stanza = readStanza(`<${sent.name} xmlns='${NS_CLIENT}'${sent.tail}`);
    const message = isOwn && stanza !== undefined ? forwardedIn(stanza) : stanza;
    if (message === undefined) core.log.error("a stanza that was not acknowledged cannot be read", { user: user.jid });
    else if (message.name === "iq") returnIq(core, message, returns);
    else returnMessage(core, user, message, sent, successor, returns);
  }
  returns.send(core, user.domain.name);
}

/** One who was sent it never got it: another resource has the same, or may still get it. */
function isElsewhere(copies: Copies | undefined): boolean {
  if (copies === undefined) return false;
  copies.left -= 1;
  return copies.left > 0;
}

function readStanza(text: string): Stanza | undefined {
  const read = readDocument(text, NO_LIMITS);
  return read.ok ? (read.element as Stanza) : undefined;
}

/** XEP-0280 §7, XEP-0297: the message of which this is a copy. */
function forwardedIn(copy: Stanza): Stanza | undefined {
  for (const wrapper of elementsOf(copy.element())) {
    const forwarded = childOf(wrapper, "forwarded", NS_FORWARD);
    const message: Element | undefined = forwarded && childOf(forwarded, "message", NS_CLIENT);
    if (message !== undefined) return readStanza(serialise(message, ""));
  }
  return undefined;
}

/** RFC 6121 §8.5.3.2.3. What the server asked, or answered, is nobody else's. */
function returnIq(core: Core, stanza: Stanza, returns: Returns): void {
  const { type } = stanza.attrs;
  if (type === "get" || type === "set") fail(core, stanza, returns);
}

/** RFC 6121 §8.5.3.2.1, as in `message.ts`. */
function returnMessage(
  core: Core,
  user: User,
  stanza: Stanza,
  { at, copies }: Sent,
  heir: Session | undefined,
  returns: Returns,
): void {
  const { type, from } = stanza.attrs;
  if (from === undefined || from === user.domain.name) return; // The server said it to that resource.
  core.counters.unacknowledged.add();
  if (type === "error" || type === "headline") return;
  const head = ` from='${escapeAttr(from)}'${otherAttributes(stanza.attrs)}`;
  const tail = (to: string): string => `${head} to='${to}'>${stanza.inner}</message>`;
  if (heir !== undefined) {
    returns.deliver(heir, { name: "message", tail: tail(heir.address), at, copies });
    return;
  }
  const others = type === "groupchat" ? [] : (core.users.get(user.jid)?.sessions.filter(hearsAccount) ?? []);
  const shared: Copies = { left: others.length };
  for (const other of others) returns.deliver(other, { name: "message", tail: tail(user.jid), at, copies: shared });
  if (others.length > 0) return;
  core.counters.undeliverable.add();
  fail(core, stanza, returns);
}

/** Who sent it may be gone as well: then nobody is left to be told. */
function fail(core: Core, stanza: Stanza, returns: Returns): void {
  const sender = core.sessions.get(stanza.attrs["from"] ?? "");
  if (sender !== undefined) returns.fail(sender, stanza);
}
