/** A person's contacts as held: immutable, in the application's order. A change makes a new list. */
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
}

/*
 * A list is one string, one byte a character as long as all of it is Latin-1, with control characters that XML and JIDs
 * forbid between the parts:  jid U+0001 flag name [U+0004 until] [U+0002 group]… U+0003
 */
const AFTER_JID = 1;
const GROUP = "\u0002";
const END = "\u0003";
const UNTIL = "\u0004";
const SUBSCRIPTIONS: readonly Subscription[] = ["both", "to", "from", "none"];
/** The flag of a contact that was proposed; those below it are subscription and ask. */
const PROPOSED = 8;
/** Below this many contacts walking over the text is as fast as a table, and needs none. */
const TABLE_FROM = 9;
const NO_GROUPS: readonly string[] = [];
const IS_PROPOSED = { proposed: true } as const;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the separators
const ITEM_TAIL = /^[0-8][^\u0001-\u0004]*(?:\u0004\d{1,16})?(?:\u0002[^\u0001-\u0004]+)*\u0003$/;

function itemOf(contact: Contact): string {
  const flag =
    contact.proposed === true ? PROPOSED : SUBSCRIPTIONS.indexOf(contact.subscription) * 2 + (contact.ask ? 1 : 0);
  let item = `${contact.jid}\u0001${flag}${contact.name ?? ""}`;
  if (contact.until !== undefined) item += UNTIL + contact.until;
  for (const group of contact.groups) item += GROUP + group;
  return item + END;
}

function hashOf(jid: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < jid.length; at++) hash = Math.imul(hash ^ jid.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
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

  /** `offsets`: where each item begins. */
  constructor(stored: string, offsets: readonly number[], nextEnd: number | undefined) {
    this.stored = stored;
    this.size = offsets.length;
    this.nextEnd = nextEnd;
    this.#table = offsets.length < TABLE_FROM ? undefined : tableOf(stored, offsets);
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

  /** Whether any contact was proposed and is not decided. */
  get hasProposed(): boolean {
    return this.stored.includes(`\u0001${PROPOSED}`);
  }

  has(jid: string): boolean {
    return this.#find(jid) !== -1;
  }

  /** The raw text of one contact, undefined when it is not in the list. */
  item(jid: string): string | undefined {
    const at = this.#find(jid);
    return at === -1 ? undefined : this.stored.slice(at, this.stored.indexOf(END, at) + 1);
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

  #find(jid: string): number {
    const { stored } = this;
    if (this.#table === undefined) {
      for (let at = 0; at < stored.length; at = stored.indexOf(END, at) + 1) {
        if (stored.charCodeAt(at + jid.length) === AFTER_JID && stored.startsWith(jid, at)) return at;
      }
      return -1;
    }
    const table = this.#table;
    for (let slot = hashOf(jid) % table.length; ; slot = slot + 1 === table.length ? 0 : slot + 1) {
      const at = (table[slot] ?? 0) - 1;
      if (at === -1) return -1;
      if (stored.charCodeAt(at + jid.length) === AFTER_JID && stored.startsWith(jid, at)) return at;
    }
  }
}

/** The contact of one raw text. */
export function contactOf(item: string): Contact {
  const jidEnd = item.indexOf("\u0001");
  const flag = item.charCodeAt(jidEnd + 1) - 48;
  const firstGroup = item.indexOf(GROUP, jidEnd);
  const beforeGroups = firstGroup === -1 ? item.length - 1 : firstGroup;
  const until = item.indexOf(UNTIL, jidEnd);
  const nameEnd = until === -1 ? beforeGroups : until;
  return {
    jid: item.slice(0, jidEnd),
    name: nameEnd === jidEnd + 2 ? undefined : item.slice(jidEnd + 2, nameEnd),
    groups: firstGroup === -1 ? NO_GROUPS : item.slice(firstGroup + 1, -1).split(GROUP),
    subscription: SUBSCRIPTIONS[flag >> 1] ?? "none",
    ask: (flag & 1) === 1 || flag === PROPOSED,
    until: until === -1 ? undefined : Number(item.slice(until + 1, beforeGroups)),
    ...(flag === PROPOSED ? IS_PROPOSED : undefined),
  };
}

function tableOf(stored: string, offsets: readonly number[]): Uint32Array {
  const table = new Uint32Array((offsets.length + (offsets.length >> 1)) | 1);
  for (const at of offsets) {
    let slot = hashOf(stored.slice(at, stored.indexOf("\u0001", at))) % table.length;
    while (table[slot] !== 0) slot = slot + 1 === table.length ? 0 : slot + 1;
    table[slot] = at + 1;
  }
  return table;
}

/** Collects contacts, whose JIDs must differ, into a list. */
export class ListBuilder {
  readonly #items: string[] = [];
  readonly #offsets: number[] = [];
  #length = 0;
  #nextEnd: number | undefined;

  add(contact: Contact): void {
    const item = itemOf(contact);
    this.#items.push(item);
    this.#offsets.push(this.#length);
    this.#length += item.length;
    const { until } = contact;
    if (until !== undefined && (this.#nextEnd === undefined || until < this.#nextEnd)) this.#nextEnd = until;
  }

  build(): PackedList {
    return new PackedList(this.#items.join(""), this.#offsets, this.#nextEnd);
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
  const offsets: number[] = [];
  const seen = new Set<string>();
  let nextEnd: number | undefined;
  for (let at = 0; at < text.length; ) {
    const jidEnd = text.indexOf("\u0001", at);
    const end = text.indexOf(END, at) + 1;
    if (jidEnd <= at || end < jidEnd) return undefined;
    const tail = text.slice(jidEnd + 1, end);
    if (!ITEM_TAIL.test(tail)) return undefined;
    const jid = text.slice(at, jidEnd);
    if (seen.has(jid)) return undefined;
    seen.add(jid);
    if (tail.includes(UNTIL)) {
      const ends = contactOf(text.slice(at, end)).until;
      if (ends !== undefined && (nextEnd === undefined || ends < nextEnd)) nextEnd = ends;
    }
    offsets.push(at);
    at = end;
  }
  return new PackedList(text, offsets, nextEnd);
}

/** Any list as a packed one; those made here are it already. */
export function packed(list: ContactList): PackedList {
  return list instanceof PackedList ? list : listOf(list);
}
