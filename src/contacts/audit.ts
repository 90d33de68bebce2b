/** Contract §4, `audit`: pairs of held lists that do not agree, found page by page and in slices. */
import type { ContactList, Subscription } from "./list.ts";

export interface Disagreement {
  /** Usernames; `a` is the first in order. */
  readonly a: string;
  readonly b: string;
  readonly a_lists_b: Subscription | null;
  readonly b_lists_a: Subscription | null;
}

export interface AuditOptions {
  readonly domain: string;
  /** Usernames of all copies in order, after `after`, at most `limit`. */
  readonly usernames: (after: string, limit: number) => readonly string[];
  readonly held: (username: string) => ContactList | undefined;
  readonly yieldNow: () => Promise<void>;
  /** Whether the page has taken long enough. */
  readonly isOver: () => boolean;
  /** Disagreements of a page, at most. */
  readonly limit: number;
}

/** Where a page ends: after this contact of this user; without one, after all of them. */
export interface AuditPlace {
  readonly username: string;
  readonly contact: string | undefined;
}

export interface AuditPage {
  readonly disagreements: readonly Disagreement[];
  readonly next: AuditPlace | undefined;
}

const NAMES = 1000;
/** Contacts looked at before others get their turn: each may cost reading a list. */
const SLICE = 100;
/** Contacts in lists that are remembered from one look to the next. */
const REMEMBERED = 500_000;

/** From a place, which an earlier page gave, or from the beginning. */
export async function audit(options: AuditOptions, from: AuditPlace | undefined): Promise<AuditPage> {
  const lists = new Lists(options.held);
  const disagreements: Disagreement[] = [];
  let looked = 0;
  for (const place of walk(options, lists, from)) {
    const found =
      place.contact === undefined ? undefined : compare(options.domain, lists, place.username, place.contact);
    if (found !== undefined) disagreements.push(found);
    if (disagreements.length >= options.limit) return { disagreements, next: place };
    if (++looked % SLICE !== 0) continue;
    await options.yieldNow();
    if (options.isOver()) return { disagreements, next: place };
  }
  return { disagreements, next: undefined };
}

/** Every contact of every held list, and after each list its end. */
function* walk(options: AuditOptions, lists: Lists, from: AuditPlace | undefined): Generator<AuditPlace> {
  let after = from?.username ?? "";
  if (from?.contact !== undefined) yield* walkList(lists, from.username, from.contact);
  for (;;) {
    const names = options.usernames(after, NAMES);
    for (const username of names) yield* walkList(lists, username, undefined);
    after = names.at(-1) ?? "";
    if (after === "") return;
  }
}

/** Those after a contact; all, if it is not there any more. */
function* walkList(lists: Lists, username: string, after: string | undefined): Generator<AuditPlace> {
  const list = lists.get(username);
  let isBefore = after !== undefined && list?.get(after) !== undefined;
  for (const { jid } of list ?? []) {
    if (!isBefore) yield { username, contact: jid };
    else if (jid === after) isBefore = false;
  }
  yield { username, contact: undefined };
}

/** A pair is met from both lists if both have it: then it counts where the first of the two is looked at. */
function compare(domain: string, lists: Lists, username: string, jid: string): Disagreement | undefined {
  const at = jid.indexOf("@");
  const subscription = lists.get(username)?.get(jid)?.subscription;
  if (subscription === undefined || at === -1 || jid.slice(at + 1) !== domain) return undefined;
  const other = jid.slice(0, at);
  const theirs = lists.get(other);
  if (theirs === undefined) return undefined; // never fetched: there are no two held lists
  const back = theirs.get(`${username}@${domain}`)?.subscription;
  if (agree(subscription, back)) return undefined;
  if (back !== undefined && other < username) return undefined;
  return username < other
    ? { a: username, b: other, a_lists_b: subscription, b_lists_a: back ?? null }
    : { a: other, b: username, a_lists_b: back ?? null, b_lists_a: subscription };
}

/** What one list lets go, the other lets come; `none` and not being there are the same. */
function agree(mine: Subscription, theirs: Subscription | undefined): boolean {
  switch (mine) {
    case "both":
      return theirs === "both";
    case "to":
      return theirs === "from";
    case "from":
      return theirs === "to";
    case "none":
      return theirs === undefined || theirs === "none";
  }
}

/** Held lists, the ones looked at last remembered. */
class Lists {
  readonly #held: (username: string) => ContactList | undefined;
  readonly #known = new Map<string, ContactList | undefined>();
  #contacts = 0;

  constructor(held: (username: string) => ContactList | undefined) {
    this.#held = held;
  }

  get(username: string): ContactList | undefined {
    if (this.#known.has(username)) return this.#known.get(username);
    const list = this.#held(username);
    this.#known.set(username, list);
    this.#contacts += 1 + (list?.size ?? 0);
    for (const [oldest, dropped] of this.#known) {
      if (this.#contacts <= REMEMBERED) break;
      this.#known.delete(oldest);
      this.#contacts -= 1 + (dropped?.size ?? 0);
    }
    return list;
  }
}
