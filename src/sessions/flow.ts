/** Presence between two people: delivered by the lists of both, contract §3. Steps, so that big lists go in slices. */
import type { ContactList } from "../contacts/list.ts";
import { type FlowChange, flows, mayReceive, maySend } from "../contacts/plan.ts";
import type { Core } from "./core.ts";
import { delayOf, type Presence } from "./presence-value.ts";
import type { Outgoing, Session } from "./session.ts";
import type { User } from "./user.ts";

const END = "</presence>";
/** The inside of an unavailable presence that the server sends for a resource. */
export const GONE = " type='unavailable'>";

/** Delivers what `open` says of `from` to one resource. `to`: an escaped address. */
export function deliver(core: Core, from: Session, to: Session, address: string, open: string): void {
  core.counters.delivered.add();
  to.connection.send("presence", ` from='${from.address}' to='${address}'${open}${END}`);
}

/** Delivers the current presence of `from`, saying when it was sent. RFC 6121 §4.3.2, XEP-0203 */
function deliverCurrent(core: Core, from: Session, presence: Presence, to: Session): void {
  deliver(core, from, to, to.address, presence.open + delayOf(presence, from.user.domain.name));
}

/**
 * A new presence of `from` to everybody who hears it; each step is one contact. RFC 6121 §4.2.2, §4.4.2. In a later turn
 * the list may be another one, and only who is still allowed hears.
 */
export function* broadcast(core: Core, from: Session, outgoing: Outgoing): Generator<undefined> {
  const { user } = from;
  const { open } = outgoing;
  if (from.outgoing === outgoing) from.outgoing = undefined;
  const { list } = user;
  toOwn(core, from, open);
  for (const [jid, subscription] of list?.subscriptions() ?? []) {
    yield;
    if (!maySend(subscription)) continue;
    const other = core.users.get(jid);
    if (other === undefined || other === user) continue;
    const mine = user.list === list ? subscription : user.list?.subscription(jid);
    if (maySend(mine) && mayReceive(other.list?.subscription(user.jid))) deliverToAll(core, from, other, open);
  }
}

/** `from` is no longer available, for whom it was by `list`, the one it left with. RFC 6121 §4.5.2 */
export function* broadcastLeft(
  core: Core,
  from: Session,
  open: string,
  list: ContactList | null,
): Generator<undefined> {
  const { user } = from;
  toOwn(core, from, open);
  for (const [jid, subscription] of list?.subscriptions() ?? []) {
    yield;
    if (!maySend(subscription)) continue;
    const other = core.users.get(jid);
    if (other === undefined || jid === user.jid || !mayReceive(other.list?.subscription(user.jid))) continue;
    deliverToAll(core, from, other, open);
  }
}

function toOwn(core: Core, from: Session, open: string): void {
  for (const session of from.user.sessions) {
    if (session.announced || session === from) deliver(core, from, session, from.user.jid, open);
  }
}

function deliverToAll(core: Core, from: Session, other: User, open: string): void {
  // One text for all resources of a person: it is addressed to the bare JID. RFC 6121 §8.5.2.1.2
  let tail: string | undefined;
  for (const session of other.sessions) {
    if (!session.announced) continue;
    tail ??= ` from='${from.address}' to='${other.jid}'${open}${END}`;
    core.counters.delivered.add();
    session.connection.send("presence", tail);
  }
}

/** A resource becomes known: its presence goes out, and that of its contacts comes in. RFC 6121 §4.2.2, §4.3 */
export function* announce(core: Core, session: Session, presence: Presence): Generator<undefined> {
  const { user } = session;
  const { list } = user;
  for (const own of user.sessions) {
    if (!own.announced) continue;
    deliver(core, session, own, user.jid, presence.open);
    if (own !== session && own.presence !== undefined) deliverCurrent(core, own, own.presence, session);
  }
  for (const [jid, subscription] of list?.subscriptions() ?? []) {
    yield;
    const other = core.users.get(jid);
    if (other === undefined || other === user) continue;
    const mine = user.list === list ? subscription : user.list?.subscription(jid);
    const theirs = other.list?.subscription(user.jid);
    const outward = maySend(mine) && mayReceive(theirs);
    const inward = mayReceive(mine) && maySend(theirs);
    if (!outward && !inward) continue;
    if (outward) deliverToAll(core, session, other, presence.open);
    if (inward) for (const theirSession of other.sessions) probe(core, theirSession, session);
  }
}

/** The presence of `from`, if it has one that flows, to the resource that wants to know. RFC 6121 §4.3.2 */
export function probe(core: Core, from: Session, to: Session): void {
  if (from.announced && from.presence !== undefined) deliverCurrent(core, from, from.presence, to);
}

/** Whether presence of `from` reaches `to` by the lists, so that `to` has seen it. */
export function hasSeen(from: Session, to: Session): boolean {
  if (!from.announced || !to.announced) return false;
  return from.user === to.user || flows(from.user, to.user);
}

interface Turned extends FlowChange<User> {
  /** Resources known on each side when the list changed. */
  readonly own: readonly Session[];
  readonly theirs: readonly Session[];
}

/** Presence that begins or ends to flow when a list changes; each step is one contact. */
export function followChange(core: Core, user: User, plan: readonly FlowChange<User>[]): Iterator<undefined> {
  const own = user.sessions.filter(isAnnounced);
  const turned = plan.map((change) => ({ ...change, own, theirs: change.other.sessions.filter(isAnnounced) }));
  return steps(core, turned);
}

function* steps(core: Core, turned: readonly Turned[]): Generator<undefined> {
  for (const { own, theirs, outward, inward } of turned) {
    if (outward !== "same") turn(core, own, theirs, outward === "starts");
    if (inward !== "same") turn(core, theirs, own, inward === "starts");
    yield;
  }
}

function turn(core: Core, senders: readonly Session[], receivers: readonly Session[], starts: boolean): void {
  for (const from of senders) {
    for (const to of receivers) {
      // In a later turn it may have turned round again.
      if (!to.announced || flows(from.user, to.user) !== starts) continue;
      if (starts) probe(core, from, to);
      else {
        deliver(core, from, to, to.address, GONE);
        from.directed?.delete(to);
      }
    }
  }
}

function isAnnounced(session: Session): boolean {
  return session.announced;
}
