/** RFC 6121 §8: where a message goes. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { Copies } from "../xmpp/stream/acks.ts";
import { findAddress } from "./address.ts";
import type { Core } from "./core.ts";
import { isMissed, type Reached } from "./followers.ts";
import { refuse } from "./reply.ts";
import { hearsAccount, type Session } from "./session.ts";
import type { User } from "./user.ts";
import { otherAttributes } from "./write.ts";

const MALFORMED = new StanzaError("jid-malformed");
const NOT_FOUND = new StanzaError("remote-server-not-found");
const UNAVAILABLE = new StanzaError("service-unavailable");

/** One message of a client whose `from` is sound. */
export function routeMessage(core: Core, sender: Session, stanza: Stanza, inner: string): void {
  const reached = deliver(core, sender, stanza, inner);
  if (reached instanceof StanzaError) fail(core, sender, stanza, reached);
  if (reached === MALFORMED || !isMissed(sender, reached)) return;
  core.messageRouted.run({ sender, stanza, inner, reached });
}

/** Says where it went: an error is still to be told. */
function deliver(core: Core, sender: Session, stanza: Stanza, inner: string): Reached {
  const to = stanza.attrs["to"] ?? sender.user.jid; // RFC 6120 §10.3.1
  const session = core.sessions.get(to);
  if (session !== undefined) return toSession(sender, session, stanza, inner);
  const user = core.users.get(to);
  if (user !== undefined) return toAccount(sender, user, stanza, inner);
  const address = findAddress(core, to);
  switch (address.kind) {
    case "session":
      return toSession(sender, address.session, stanza, inner);
    case "account":
      return toAccount(sender, core.users.get(address.bare), stanza, inner);
    case "gone":
      return toGone(sender, core.users.get(address.bare), stanza, inner);
    case "malformed":
      return MALFORMED;
    case "remote":
      return NOT_FOUND; // RFC 6120 §10.4
    case "server":
    case "nothing":
      return UNAVAILABLE;
  }
}

/** RFC 6121 §8.5.3.1 */
function toSession(sender: Session, session: Session, stanza: Stanza, inner: string): Session {
  session.connection.send("message", messageTail(sender, session.address, stanza, inner));
  return session;
}

/** The message as one receiver gets it, behind its name. `to`: escaped for an attribute. */
export function messageTail(sender: Session, to: string, stanza: Stanza, inner: string): string {
  const head = ` from='${sender.address}' to='${to}'${otherAttributes(stanza.attrs)}`;
  return inner === "" ? `${head}/>` : `${head}>${inner}</message>`;
}

/** RFC 6121 §8.5.2: the bare JID of an account, whether it exists (§8.5.1), is online or not. */
function toAccount(sender: Session, user: User | undefined, stanza: Stanza, inner: string): Reached {
  const { type } = stanza.attrs;
  if (type === "error") return undefined; // RFC 6121 §8.5.2.1.1, §8.5.2.2.1: silently ignored
  if (type === "groupchat") return UNAVAILABLE; // RFC 6121 §8.5.2.1.1: never delivered
  // RFC 6121 §8.5.2.1.1: every available resource whose priority is not negative; more than one device is usual today,
  // so chat and normal go to all of them and not to one that a guess about activity would choose.
  if (user !== undefined && deliverToAvailable(user, messageTail(sender, user.jid, stanza, inner))) return user;
  return type === "headline" ? undefined : UNAVAILABLE; // RFC 6121 §8.5.2.2.1: a headline for nobody is ignored
}

/** `tail`: with the bare JID. False: there is nobody. */
function deliverToAvailable(user: User, tail: string): boolean {
  let copies: Copies | undefined;
  let count = 0;
  for (const session of user.sessions) {
    if (!hearsAccount(session)) continue;
    count += 1;
    if (session.managed !== undefined) copies ??= { left: 0 };
    session.connection.send("message", tail, copies);
  }
  if (copies !== undefined) copies.left = count;
  return count > 0;
}

/** RFC 6121 §8.5.3.2.1: a full JID that is no longer bound. Chat and normal go to the account. */
function toGone(sender: Session, user: User | undefined, stanza: Stanza, inner: string): Reached {
  if (stanza.attrs["type"] === "headline") return undefined; // RFC 6121 §8.5.3.2.1: silently ignored
  return toAccount(sender, user, stanza, inner);
}

function fail(core: Core, sender: Session, stanza: Stanza, error: StanzaError): void {
  if (stanza.attrs["type"] === "error") return;
  core.counters.undeliverable.add();
  refuse(sender, stanza, error);
}
