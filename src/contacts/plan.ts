/** Who hears whose presence, and what changes when a list does: contract §3. Pure. */
import type { Change } from "./diff.ts";
import type { ContactList, Subscription } from "./list.ts";

/** A person with the list that is held, null while none is known. */
export interface Person {
  /** Bare JID. */
  readonly jid: string;
  readonly list: ContactList | null;
}

/** Whether an entry lets its owner's presence go to the contact; undefined: there is none. */
export function maySend(subscription: Subscription | undefined): boolean {
  return subscription === "both" || subscription === "from";
}

/** Whether an entry lets the contact's presence come to its owner. */
export function mayReceive(subscription: Subscription | undefined): boolean {
  return subscription === "both" || subscription === "to";
}

/** Presence goes from one person to the other where the sender's list and the receiver's list both allow it. */
export function flows(from: Person, to: Person): boolean {
  return from.jid !== to.jid && maySend(from.list?.subscription(to.jid)) && mayReceive(to.list?.subscription(from.jid));
}

type Turn = "starts" | "stops" | "same";

/** What a change of somebody's list does between them and one contact. */
export interface FlowChange<P> {
  readonly other: P;
  /** Presence of the list's owner to the contact. */
  readonly outward: Turn;
  /** Presence of the contact to the list's owner. */
  readonly inward: Turn;
}

/**
 * The changes of flow that follow when the list of `jid` changes so (`diff.ts`): at most one per contact, in the order of
 * the changes. `find` gives the people who are online; nobody else matters.
 */
export function planFlows<P extends Person>(
  jid: string,
  changes: readonly Change[],
  find: (jid: string) => P | undefined,
): readonly FlowChange<P>[] {
  const plan: FlowChange<P>[] = [];
  for (const change of changes) {
    const other = find(change.contact.jid);
    if (other === undefined || other.jid === jid) continue;
    const was = subscriptionBefore(change);
    const is = change.kind === "removed" ? undefined : change.contact.subscription;
    if (was === is) continue;
    const theirs = other.list?.subscription(jid);
    const outward = mayReceive(theirs) ? turn(maySend(was), maySend(is)) : "same";
    const inward = maySend(theirs) ? turn(mayReceive(was), mayReceive(is)) : "same";
    if (outward !== "same" || inward !== "same") plan.push({ other, outward, inward });
  }
  return plan;
}

function subscriptionBefore(change: Change): Subscription | undefined {
  if (change.kind === "added") return undefined;
  return change.kind === "changed" ? change.before.subscription : change.contact.subscription;
}

/** The part of a plan that ends flows and the part that begins them; a contact may be in both. */
export function splitFlows<P>(plan: readonly FlowChange<P>[]): {
  readonly stops: readonly FlowChange<P>[];
  readonly starts: readonly FlowChange<P>[];
} {
  return { stops: only(plan, "stops"), starts: only(plan, "starts") };
}

function only<P>(plan: readonly FlowChange<P>[], wanted: Turn): readonly FlowChange<P>[] {
  const part: FlowChange<P>[] = [];
  for (const { other, outward, inward } of plan) {
    if (outward !== wanted && inward !== wanted) continue;
    part.push({ other, outward: outward === wanted ? wanted : "same", inward: inward === wanted ? wanted : "same" });
  }
  return part;
}

function turn(before: boolean, after: boolean): Turn {
  if (before === after) return "same";
  return after ? "starts" : "stops";
}
