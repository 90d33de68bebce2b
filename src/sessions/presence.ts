/** RFC 6121 §4: presence of a client: broadcast, directed, probes. */

import { flows } from "../contacts/plan.ts";
import { isSubscriptionType } from "../contacts/wish.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { type Address, findAddress } from "./address.ts";
import { type Core, runFor } from "./core.ts";
import { announce, broadcast, broadcastLeft, deliver, GONE, hasSeen, probe } from "./flow.ts";
import { readPresence } from "./presence-value.ts";
import { refuse } from "./reply.ts";
import { type Session, whenReady } from "./session.ts";
import type { User } from "./user.ts";
import { otherAttributes } from "./write.ts";

/** One presence of a client whose `from` is sound. */
export function routePresence(core: Core, sender: Session, stanza: Stanza, inner: string): void {
  const { type, to } = stanza.attrs;
  if (type === undefined || type === "unavailable") {
    if (to !== undefined) directed(core, sender, stanza, inner, to);
    else if ((core.busy.get(sender.user.jid)?.length ?? 0) >= core.limits.pending) {
      refuse(sender, stanza, new StanzaError("resource-constraint", "Your presence changes too fast."));
    } else if (type === undefined) available(core, sender, stanza, inner);
    else unavailable(core, sender, `${otherAttributes(stanza.attrs)}>${inner}`);
  } else if (type === "probe") probed(core, sender, stanza, to ?? sender.user.jid);
  else if (type === "error") passOn(core, sender, stanza, inner, to);
  else if (isSubscriptionType(type))
    refuse(sender, stanza, new StanzaError("not-allowed")); // no module took it
  else refuse(sender, stanza, new StanzaError("bad-request", "This is not a type of presence.")); // RFC 6121 §4.7.1
}

/** RFC 6121 §4.2, §4.4 */
function available(core: Core, sender: Session, stanza: Stanza, inner: string): void {
  const presence = readPresence(stanza, inner, core.clock.now());
  if (presence === undefined) {
    refuse(sender, stanza, new StanzaError("bad-request", "A priority is a number from -128 to 127.")); // RFC 6121 §4.7.2.3
    return;
  }
  sender.presence = presence;
  if (core.sessionChanged.active) core.sessionChanged.run({ session: sender, what: "presence" });
  if (sender.announced) change(core, sender, presence.open);
  // Held until the contacts are known; what was sent meanwhile takes its place. Contract §2
  else if (!sender.announcing) {
    sender.announcing = true;
    whenReady(sender, Number.POSITIVE_INFINITY, () => announceNow(core, sender));
  }
}

/** One that still waits for its turn is replaced: a flood of presence costs what the last of it does. */
function change(core: Core, sender: Session, open: string): void {
  if (sender.outgoing !== undefined) {
    sender.outgoing.open = open;
    return;
  }
  sender.outgoing = { open };
  runFor(core, sender.user, broadcast(core, sender, sender.outgoing));
}

function announceNow(core: Core, session: Session): void {
  const { presence } = session;
  session.announcing = false;
  if (presence === undefined || session.announced || session.ended) return;
  session.announced = true;
  runFor(core, session.user, announce(core, session, presence));
}

/** RFC 6121 §4.5: by the client's word, or because its stream ended; only to those who had seen it. */
function unavailable(core: Core, session: Session, open: string): void {
  const { directed: seen, announced, user } = session;
  session.presence = undefined;
  session.outgoing = undefined;
  session.directed = undefined;
  if (seen !== undefined) {
    for (const to of seen) {
      if (!to.ended && !hasSeen(session, to)) deliver(core, session, to, to.address, open); // RFC 6121 §4.6.3
    }
  }
  session.announced = false;
  if (core.sessionChanged.active) core.sessionChanged.run({ session, what: "presence" });
  if (announced) runFor(core, user, broadcastLeft(core, session, open, user.list));
}

/** The stream of a resource ended. */
export function gone(core: Core, session: Session): void {
  unavailable(core, session, GONE);
}

/** RFC 6121 §4.6: the sender's own act; passes whatever the lists say. */
function directed(core: Core, sender: Session, stanza: Stanza, inner: string, to: string): void {
  const address = findAddress(core, to);
  if (address.kind === "malformed") {
    refuse(sender, stanza, new StanzaError("jid-malformed"));
    return;
  }
  const receivers = receiversOf(core, address);
  const open = `${otherAttributes(stanza.attrs)}>${inner}`;
  const leaves = stanza.attrs["type"] === "unavailable";
  for (const receiver of receivers) {
    if (leaves)
      sender.directed?.delete(receiver); // RFC 6121 §4.6.5
    else if (!remember(core, sender, receiver)) {
      refuse(sender, stanza, new StanzaError("resource-constraint"));
      return;
    }
    deliver(core, sender, receiver, address.kind === "account" ? receiver.user.jid : receiver.address, open);
  }
}

function remember(core: Core, sender: Session, receiver: Session): boolean {
  sender.directed ??= new Set();
  const { directed: held } = sender;
  if (held.size >= core.limits.directed && !held.has(receiver)) {
    for (const old of held) if (old.ended) held.delete(old);
    if (held.size >= core.limits.directed) return false;
  }
  held.add(receiver);
  return true;
}

/** RFC 6121 §8.5.2.1.2, §8.5.3.1; for nobody it is silently ignored: §8.5.1, §8.5.2.2.2, §8.5.3.2.2, RFC 6120 §10.4 */
function receiversOf(core: Core, address: Address): readonly Session[] {
  if (address.kind === "session") return [address.session];
  if (address.kind !== "account") return [];
  return core.users.get(address.bare)?.sessions.filter((session) => session.presence !== undefined) ?? [];
}

/** RFC 6121 §4.3: answered where presence flows to the one who asks, else silently ignored. */
function probed(core: Core, sender: Session, stanza: Stanza, to: string): void {
  const address = findAddress(core, to);
  if (address.kind === "malformed") refuse(sender, stanza, new StanzaError("jid-malformed"));
  else if (address.kind === "session") answerProbe(core, sender, address.session.user, address.session);
  else if (address.kind === "account") answerProbe(core, sender, core.users.get(address.bare), undefined);
}

function answerProbe(core: Core, asks: Session, user: User | undefined, only: Session | undefined): void {
  if (user === undefined || !(user === asks.user || flows(user, asks.user))) return;
  for (const session of user.sessions) if (only === undefined || session === only) probe(core, session, asks);
}

/** RFC 6120 §8.3.1: errors are never answered; they reach whom they are addressed to. */
function passOn(core: Core, sender: Session, stanza: Stanza, inner: string, to: string | undefined): void {
  if (to === undefined) return;
  const address = findAddress(core, to);
  const open = `${otherAttributes(stanza.attrs)}>${inner}`;
  for (const receiver of receiversOf(core, address)) {
    deliver(core, sender, receiver, address.kind === "account" ? receiver.user.jid : receiver.address, open);
  }
}
