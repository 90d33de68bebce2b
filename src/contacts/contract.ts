/** Contract §1: what an application may send as somebody's contacts, read, checked and normalised; and written again. */
import { prepareContactJid } from "../xmpp/jid/jid.ts";
import type { Problem } from "./contacts.ts";
import { jsonChunks, PARSED_AT_ONCE } from "./json-chunks.ts";
import { type Contact, type ContactList, ListBuilder, type PackedList } from "./list.ts";
import { type Members, readMembers } from "./members.ts";
import { Problems } from "./problems.ts";
import { formatDateTime } from "./rfc3339.ts";

export interface ReadOptions {
  /** The bare JID of the user whose contacts these are: it cannot be one of them (G40). */
  readonly owner: string;
  /** ms since the epoch; a contact whose `until` is not later is left out. */
  readonly now: number;
}

export type ContactsReading =
  | { readonly ok: true; readonly list: PackedList; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly failure: "not-json" | "not-an-object"; readonly message: string };

/** Contacts that are read before others get their turn: some 3 ms. */
const SLICE = 1000;

const NOT_JSON = { ok: false, failure: "not-json", message: "the answer is not JSON" } as const;

/** One user's contacts as parsed JSON, or as a function in the same process gave them. */
export function readContacts(json: unknown, options: ReadOptions): ContactsReading {
  const reading = reader([json], options);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}

/** The same from JSON text; long texts are read in slices, between which `yieldNow` lets others have their turn. */
export async function readContactsText(
  text: string,
  options: ReadOptions,
  yieldNow: () => Promise<void>,
): Promise<ContactsReading> {
  if (text.length <= PARSED_AT_ONCE) {
    try {
      return readContacts(JSON.parse(text), options);
    } catch (error) {
      if (error instanceof SyntaxError) return NOT_JSON; // its message quotes the list
      throw error;
    }
  }
  const chunks = jsonChunks(text);
  if (chunks === undefined) return text.trimStart().startsWith("[") ? readContacts([null], options) : NOT_JSON;
  return runInSlices(chunks, options, yieldNow);
}

/** `readContacts` for values that may be large. */
export async function readContactsInSlices(
  json: unknown,
  options: ReadOptions,
  yieldNow: () => Promise<void>,
): Promise<ContactsReading> {
  return runInSlices([json], options, yieldNow);
}

async function runInSlices(
  parts: Iterable<unknown>,
  options: ReadOptions,
  yieldNow: () => Promise<void>,
): Promise<ContactsReading> {
  const reading = reader(parts, options);
  try {
    for (;;) {
      const step = reading.next();
      if (step.done === true) return step.value;
      await yieldNow();
    }
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON;
    throw error;
  }
}

function inWords(part: unknown): string {
  if (part === undefined) return "nothing";
  if (part === null) return "null";
  return Array.isArray(part) ? "an array" : `a ${typeof part}`;
}

/** Reads parts of one map, yielding between slices. */
function* reader(parts: Iterable<unknown>, options: ReadOptions): Generator<undefined, ContactsReading> {
  const builder = new ListBuilder();
  const problems = new Problems();
  const seen = new Set<string>();
  let count = 0;
  for (const part of parts) {
    if (Array.isArray(part) && part.length === 0) continue; // PHP writes an empty map so
    if (typeof part !== "object" || part === null || Array.isArray(part)) {
      return {
        ok: false,
        failure: "not-an-object",
        message: `the answer is ${inWords(part)}, not an object of contacts`,
      };
    }
    for (const key of Object.keys(part)) {
      const contact = readContact(key, (part as Record<string, unknown>)[key], seen, options, problems);
      if (contact !== undefined) builder.add(contact);
      if (++count % SLICE === 0) yield;
    }
    yield;
  }
  return { ok: true, list: builder.build(), problems: problems.list() };
}

function readContact(
  key: string,
  value: unknown,
  seen: Set<string>,
  options: ReadOptions,
  problems: Problems,
): Contact | undefined {
  const jid = prepareContactJid(key);
  if (jid === undefined) {
    problems.add("not-a-jid", key, "left out: the key is not a bare JID");
    return undefined;
  }
  if (jid === options.owner) {
    problems.add("self", jid, "left out: nobody is a contact of themselves");
    return undefined;
  }
  if (seen.has(jid)) {
    problems.add("duplicate", jid, "left out: this contact stands in the list already");
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add("not-an-object", jid, "left out: a contact is an object");
    return undefined;
  }
  seen.add(jid);
  return readMembers(jid, value as Members, options.now, problems);
}

/** One contact in the form of contract §1. */
export interface ContactJson {
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly subscription?: Contact["subscription"];
  readonly ask?: "subscribe";
  readonly until?: string;
}

/** The form of contract §1 again, members left out where they have their default. */
export function contactsToJson(list: ContactList): Record<string, ContactJson> {
  const json: Record<string, ContactJson> = {};
  for (const contact of list) json[contact.jid] = contactToJson(contact);
  return json;
}

/** One contact, as `contactsToJson` has it. */
export function contactToJson(contact: Contact): ContactJson {
  return {
    ...(contact.name === undefined ? {} : { name: contact.name }),
    ...(contact.groups.length === 0 ? {} : { groups: contact.groups }),
    ...(contact.subscription === "both" ? {} : { subscription: contact.subscription }),
    ...(contact.ask ? { ask: "subscribe" } : {}),
    ...(contact.until === undefined ? {} : { until: formatDateTime(contact.until) }),
  };
}
