/** A person's contacts as held: immutable, in the application's order. A change makes a new list. */
import { AFTER_JID, hashOf, tableOf } from "./list-table.ts";
import { AFTER_GROUP, AFTER_ITEM, AFTER_NAME, type Places, readStored, ZERO } from "./stored-list.ts";
import { VersionSum } from "./version.ts";

export type Subscription = "both" | "to" | "from" | "none";

/** One contact, validated and normalised: contract §1. */
export interface Contact {
  /** Bare JID by RFC 7622. */
  readonly jid: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly subscription: Subscription;
  /** A request is pending: pushed as `ask='subscribe'`. */
  readonly ask: boolean;
  /** Milliseconds since the epoch at which the contact ends by itself. */
  readonly until: number | undefined;
  /** It was proposed and is not decided (contract §3, `later`): subscription none, `ask`, and no word of the application. */
  readonly proposed?: true;
}

/** The interface behind which the representation may become more compact. */
export interface ContactList extends Iterable<Contact> {
  readonly size: number;
  /** Hash of the content, the same on every node and after a restart; what `ver` carries (RFC 6121 §2.6). */
  readonly version: string;
  /** The earliest `until` of all contacts, undefined when none ends. */
  readonly nextEnd: number | undefined;
  get(jid: string): Contact | undefined;
  /** The subscription of a contact, without the rest of it: presence asks so often that making that would cost more than all else. */
  subscription(jid: string): Subscription | undefined;
  /** Those of all, in order. */
  subscriptions(): Iterable<readonly [jid: string, subscription: Subscription]>;
}

// What stands between the parts: stored-list.ts.
const GROUP = String.fromCharCode(AFTER_GROUP);
const END = String.fromCharCode(AFTER_ITEM);
const UNTIL = String.fromCharCode(AFTER_NAME);
const SUBSCRIPTIONS: readonly Subscription[] = ["both", "to", "from", "none"];
/** The flag of a contact that was proposed; those below it are subscription and ask. */
const PROPOSED = 8;
/** Below this many contacts walking over the text is as fast as a table, and needs none. */
const TABLE_FROM = 9;
const NO_GROUPS: readonly string[] = [];
const IS_PROPOSED = { proposed: true } as const;

function itemOf(contact: Contact): string {
  const flag =
    contact.proposed === true ? PROPOSED : SUBSCRIPTIONS.indexOf(contact.subscription) * 2 + (contact.ask ? 1 : 0);
  let item = `${contact.jid}\u0001${flag}${contact.name ?? ""}`;
  if (contact.until !== undefined) item += UNTIL + contact.until;
  for (const group of contact.groups) item += GROUP + group;
  return item + END;
}

/** The JID of one contact's raw text (`PackedList.items`). */
export function jidOf(item: string): string {
  return item.slice(0, item.indexOf("\u0001"));
}

/** Whether the contact of one raw text ends by itself. */
export function hasUntil(item: string): boolean {
  return item.includes(UNTIL);
}

/** The part of an item that a client sees, groups in one order: what the version is a hash of. */
export function visiblePart(item: string): string {
  const firstGroup = item.indexOf(GROUP);
  const until = item.indexOf(UNTIL);
  if (until === -1 && (firstGroup === -1 || item.lastIndexOf(GROUP) === firstGroup)) return item;
  const head = item.slice(0, until === -1 ? firstGroup : until);
  if (firstGroup === -1) return head + END;
  const groups = item.slice(firstGroup + 1, -1).split(GROUP);
  return head + GROUP + groups.sort().join(GROUP) + END;
}

/** What the version counts for this contact. */
export function visibleText(contact: Contact): string {
  return visiblePart(itemOf(contact));
}

/** The one implementation: about 60 bytes a contact. Use `listOf`, `parseStored` or `readContacts` to make one. */
export class PackedList implements ContactList {
  readonly size: number;
  readonly nextEnd: number | undefined;
  /** The whole list as text, to be kept and given to `parseStored` again. */
  readonly stored: string;
  /** Offset + 1 of items by hash of their JID, open addressing; undefined for short lists. */
  readonly #table: Uint32Array | undefined;
  #version: string | undefined;

  constructor(stored: string, size: number, nextEnd: number | undefined, table: Uint32Array | undefined) {
    this.stored = stored;
    this.size = size;
    this.nextEnd = nextEnd;
    this.#table = table;
  }

  get version(): string {
    if (this.#version === undefined) {
      const sum = new VersionSum();
      for (const item of this.items()) sum.add(visiblePart(item));
      this.#version = sum.text;
    }
    return this.#version;
  }

  /** Spares hashing the whole list where the version was found in steps from another list's. */
  adoptVersion(version: string): void {
    this.#version = version;
  }

  get(jid: string): Contact | undefined {
    const item = this.item(jid);
    return item === undefined ? undefined : contactOf(item);
  }

  subscription(jid: string): Subscription | undefined {
    const place = this.placeOf(jid);
    return place === -1 ? undefined : subscriptionOf(this.stored.charCodeAt(place + jid.length + 1));
  }

  *subscriptions(): Generator<readonly [jid: string, subscription: Subscription]> {
    const { stored } = this;
    for (let at = 0; at < stored.length; at = stored.indexOf(END, at) + 1) {
      const jidEnd = stored.indexOf("\u0001", at);
      yield [stored.slice(at, jidEnd), subscriptionOf(stored.charCodeAt(jidEnd + 1))];
    }
  }

  /** Whether any contact was proposed and is not decided. */
  get hasProposed(): boolean {
    return this.stored.includes(`\u0001${PROPOSED}`);
  }

  has(jid: string): boolean {
    return this.placeOf(jid) !== -1;
  }

  /** The raw text of one contact, undefined when it is not in the list. */
  item(jid: string): string | undefined {
    const at = this.placeOf(jid);
    return at === -1 ? undefined : this.itemAt(at);
  }

  /** The raw text that begins at a place which `placeOf` gave. */
  itemAt(place: number): string {
    return this.stored.slice(place, this.stored.indexOf(END, place) + 1);
  }

  *items(): Generator<string> {
    for (let at = 0; at < this.stored.length; ) {
      const end = this.stored.indexOf(END, at) + 1;
      yield this.stored.slice(at, end);
      at = end;
    }
  }

  *[Symbol.iterator](): Iterator<Contact> {
    for (const item of this.items()) yield contactOf(item);
  }

  /** Where the raw text of one contact begins in `stored`, -1 when it is not in the list. */
  placeOf(jid: string): number {
    const { stored } = this;
    if (this.#table === undefined) {
      for (let at = 0; at < stored.length; at = stored.indexOf(END, at) + 1) {
        if (stored.charCodeAt(at + jid.length) === AFTER_JID && stored.slice(at, at + jid.length) === jid) return at;
      }
      return -1;
    }
    const table = this.#table;
    for (let slot = hashOf(jid) % table.length; ; slot = slot + 1 === table.length ? 0 : slot + 1) {
      const at = (table[slot] ?? 0) - 1;
      if (at === -1) return -1;
      if (stored.charCodeAt(at + jid.length) === AFTER_JID && stored.slice(at, at + jid.length) === jid) return at;
    }
  }
}

/** Finds the contacts of another list in this one. Most lists keep their order: where one was, the next one follows. */
export class InOrder {
  readonly #list: PackedList;
  #next = 0;

  constructor(list: PackedList) {
    this.#list = list;
  }

  /** The raw text of the contact with the same JID as that of `item`; undefined when it is not in the list. */
  like(item: string): string | undefined {
    const list = this.#list;
    if (list.stored.slice(this.#next, this.#next + item.length) === item) {
      this.#next += item.length;
      return item;
    }
    const place = list.placeOf(jidOf(item));
    if (place === -1) return undefined;
    const found = list.itemAt(place);
    this.#next = place + found.length;
    return found;
  }
}

/** By the character of the flag. */
function subscriptionOf(code: number): Subscription {
  return SUBSCRIPTIONS[(code - ZERO) >> 1] ?? "none";
}

/** The contact of one raw text. */
export function contactOf(item: string): Contact {
  const jidEnd = item.indexOf("\u0001");
  const code = item.charCodeAt(jidEnd + 1);
  const flag = code - ZERO;
  const firstGroup = item.indexOf(GROUP, jidEnd);
  const beforeGroups = firstGroup === -1 ? item.length - 1 : firstGroup;
  const until = item.indexOf(UNTIL, jidEnd);
  const nameEnd = until === -1 ? beforeGroups : until;
  return {
    jid: item.slice(0, jidEnd),
    name: nameEnd === jidEnd + 2 ? undefined : item.slice(jidEnd + 2, nameEnd),
    groups: firstGroup === -1 ? NO_GROUPS : item.slice(firstGroup + 1, -1).split(GROUP),
    subscription: subscriptionOf(code),
    ask: (flag & 1) === 1 || flag === PROPOSED,
    until: until === -1 ? undefined : Number(item.slice(until + 1, beforeGroups)),
    ...(flag === PROPOSED ? IS_PROPOSED : undefined),
  };
}

/** `offsets`: where each item begins. `hashes`: of their JIDs. Undefined: a JID stands in the list twice. */
function makeList(stored: string, { offsets, hashes, nextEnd }: Places): PackedList | undefined {
  const table = tableOf(stored, offsets, hashes);
  if (table === undefined) return undefined;
  return new PackedList(stored, offsets.length, nextEnd, offsets.length < TABLE_FROM ? undefined : table);
}

/** Items that are joined before others follow: a hundred thousand at the end would hold everybody up. */
const JOINED = 1000;

/** Collects contacts, whose JIDs must differ, into a list. */
export class ListBuilder {
  readonly #texts: string[] = [];
  #items: string[] = [];
  readonly #offsets: number[] = [];
  readonly #hashes: number[] = [];
  #length = 0;
  #nextEnd: number | undefined;

  add(contact: Contact): void {
    this.addItem(itemOf(contact), contact.jid, contact.until);
  }

  /** A contact by its raw text, with what stands in that. */
  addItem(item: string, jid: string, until: number | undefined): void {
    this.#offsets.push(this.#length);
    this.#hashes.push(hashOf(jid));
    this.#length += item.length;
    if (this.#items.push(item) === JOINED) this.#join();
    if (until !== undefined && (this.#nextEnd === undefined || until < this.#nextEnd)) this.#nextEnd = until;
  }

  /** Throws where the JIDs do not differ. */
  build(): PackedList {
    this.#join();
    const places = { offsets: this.#offsets, hashes: this.#hashes, nextEnd: this.#nextEnd };
    const list = makeList(this.#texts.join(""), places);
    if (list === undefined) throw new Error("a JID stands in a list twice");
    return list;
  }

  #join(): void {
    this.#texts.push(this.#items.join(""));
    this.#items = [];
  }
}

/** Contacts whose JIDs differ, as a list. */
export function listOf(contacts: Iterable<Contact>): PackedList {
  const builder = new ListBuilder();
  for (const contact of contacts) builder.add(contact);
  return builder.build();
}

/** Reads what `stored` of a list gave. Undefined: the text is damaged. */
export function parseStored(text: string): PackedList | undefined {
  const places = readStored(text);
  return places && makeList(text, places);
}

/** Any list as a packed one; those made here are it already. */
export function packed(list: ContactList): PackedList {
  return list instanceof PackedList ? list : listOf(list);
}
