/** RFC 6121 §8: where a message goes. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { Copies } from "../xmpp/stream/acks.ts";
import { findAddress } from "./address.ts";
import type { Core } from "./core.ts";
import { refuse } from "./reply.ts";
import type { Session } from "./session.ts";
import type { User } from "./user.ts";
import { otherAttributes } from "./write.ts";

/** One message of a client whose `from` is sound. */
export function routeMessage(core: Core, sender: Session, stanza: Stanza, inner: string): void {
  const to = stanza.attrs["to"] ?? sender.user.jid; // RFC 6120 §10.3.1
  const session = core.sessions.get(to);
  if (session !== undefined) {
    session.connection.send("message", messageTail(sender, session.address, stanza, inner)); // RFC 6121 §8.5.3.1
    return;
  }
  const user = core.users.get(to);
  if (user !== undefined) {
    toAccount(core, sender, user, stanza, inner);
    return;
  }
  const address = findAddress(core, to);
  switch (address.kind) {
    case "session":
      address.session.connection.send("message", messageTail(sender, address.session.address, stanza, inner));
      return;
    case "account":
      toAccount(core, sender, core.users.get(address.bare), stanza, inner);
      return;
    case "gone":
      toGone(core, sender, core.users.get(address.bare), stanza, inner);
      return;
    case "malformed":
      fail(core, sender, stanza, new StanzaError("jid-malformed"));
      return;
    case "remote":
      fail(core, sender, stanza, new StanzaError("remote-server-not-found")); // RFC 6120 §10.4
      return;
    case "server":
    case "nothing":
      fail(core, sender, stanza, new StanzaError("service-unavailable"));
      return;
  }
}

function messageTail(sender: Session, to: string, stanza: Stanza, inner: string): string {
  const head = ` from='${sender.address}' to='${to}'${otherAttributes(stanza.attrs)}`;
  return inner === "" ? `${head}/>` : `${head}>${inner}</message>`;
}

/** RFC 6121 §8.5.2: the bare JID of an account, whether it exists (§8.5.1), is online or not. */
function toAccount(core: Core, sender: Session, user: User | undefined, stanza: Stanza, inner: string): void {
  const { type } = stanza.attrs;
  if (type === "error") return; // RFC 6121 §8.5.2.1.1, §8.5.2.2.1: silently ignored
  if (type === "groupchat") {
    fail(core, sender, stanza, new StanzaError("service-unavailable")); // RFC 6121 §8.5.2.1.1: never delivered
    return;
  }
  // RFC 6121 §8.5.2.1.1: every available resource whose priority is not negative; more than one device is usual today,
  // so chat and normal go to all of them and not to one that a guess about activity would choose.
  const delivered = user !== undefined && deliverToAvailable(user, messageTail(sender, user.jid, stanza, inner));
  if (delivered || type === "headline") return; // RFC 6121 §8.5.2.2.1: a headline for nobody is ignored
  fail(core, sender, stanza, new StanzaError("service-unavailable"));
}

/** `tail`: with the bare JID. False: there is nobody. */
export function deliverToAvailable(user: User, tail: string): boolean {
  let copies: Copies | undefined;
  let count = 0;
  for (const session of user.sessions) {
    if (session.presence === undefined || session.presence.priority < 0) continue;
    count += 1;
    if (session.managed !== undefined) copies ??= { left: 0 };
    session.connection.send("message", tail, copies);
  }
  if (copies !== undefined) copies.left = count;
  return count > 0;
}

/** RFC 6121 §8.5.3.2.1: a full JID that is no longer bound. Chat and normal go to the account. */
function toGone(core: Core, sender: Session, user: User | undefined, stanza: Stanza, inner: string): void {
  if (stanza.attrs["type"] === "headline") return; // RFC 6121 §8.5.3.2.1: silently ignored
  toAccount(core, sender, user, stanza, inner);
}

function fail(core: Core, sender: Session, stanza: Stanza, error: StanzaError): void {
  if (stanza.attrs["type"] === "error") return;
  core.counters.undeliverable.add();
  refuse(sender, stanza, error);
}
