/** From what a client sends to what it proposes: contract §3. Pure. */
import type { ContactList } from "./list.ts";
import type { Wish } from "./proposals.ts";

/** A roster item as a client set it: RFC 6121 §2.1.2, checked. */
export interface SetItem {
  /** Bare JID. */
  readonly jid: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly isRemoval: boolean;
}

/**
 * What a roster set proposes, in order; nothing when it says what is so already. A contact that gets another name and
 * other groups is renamed first and regrouped then: each proposal tells the whole of what it would be. Undefined: what is
 * to be removed is not there.
 */
export function wishesOfSet(list: ContactList, item: SetItem): readonly Wish[] | undefined {
  const { jid: contact, name, groups } = item;
  const held = list.get(contact);
  if (item.isRemoval) {
    if (held === undefined) return undefined;
    return [{ type: "remove", contact, name: held.name, groups: held.groups, message: undefined }];
  }
  if (held === undefined) return [{ type: "add", contact, name, groups, message: undefined }];
  const wishes: Wish[] = [];
  if (held.name !== name) wishes.push({ type: "rename", contact, name, groups: held.groups, message: undefined });
  if (!isSameSet(held.groups, groups)) wishes.push({ type: "regroup", contact, name, groups, message: undefined });
  return wishes;
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

/** RFC 6121 §4.7.1: the types of presence that ask for a subscription, answer it or end it. */
export type SubscriptionType = "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed";

const SUBSCRIPTION_TYPES: ReadonlySet<string | undefined> = new Set<SubscriptionType>([
  "subscribe",
  "subscribed",
  "unsubscribe",
  "unsubscribed",
]);

export function isSubscriptionType(type: string | undefined): type is SubscriptionType {
  return SUBSCRIPTION_TYPES.has(type);
}

/** What a presence of subscription proposes; undefined when it says what is so already. RFC 6121 §3 */
export function wishOfPresence(
  list: ContactList,
  type: SubscriptionType,
  contact: string,
  message: string | undefined,
): Wish | undefined {
  const held = list.get(contact);
  const about = { contact, name: held?.name, groups: held?.groups ?? [], message };
  const isListed = held !== undefined && held.proposed !== true;
  switch (type) {
    case "subscribe":
      if (held?.subscription === "both" || held?.subscription === "to") return undefined;
      return { type: "add", ...about };
    case "subscribed":
      if (held?.subscription === "both" || held?.subscription === "from") return undefined;
      return { type: "accept", ...about };
    case "unsubscribe":
      return held === undefined ? undefined : { type: "remove", ...about };
    case "unsubscribed":
      return { type: isListed ? "remove" : "decline", ...about };
  }
}
