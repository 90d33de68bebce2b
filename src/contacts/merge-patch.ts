/** RFC 7396: a JSON merge patch of somebody's contacts, read and checked like the contacts themselves. */
import { prepareContactJid } from "../xmpp/jid/jid.ts";
import type { Problem } from "./contacts.ts";
import { contactToJson, type ReadOptions } from "./contract.ts";
import { editing, type ListEdits } from "./edit-list.ts";
import { type Contact, type ContactList, listOf, type PackedList, packed } from "./list.ts";
import { readMembers } from "./members.ts";
import { Problems } from "./problems.ts";
import { atOnce } from "./slices.ts";

/** By prepared JID, in the order of the patch; null: the contact goes. */
export interface ContactsPatch {
  readonly contacts: ReadonlyMap<string, unknown>;
  readonly problems: readonly Problem[];
}

const EMPTY = listOf([]);

/** Which contacts a patch is about, from the members of one JSON object or of several parts of it. */
export function readPatch(parts: Iterable<Readonly<Record<string, unknown>>>, owner: string): ContactsPatch {
  const contacts = new Map<string, unknown>();
  const problems = new Problems();
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const jid = prepareContactJid(key);
      if (jid === undefined || jid === owner) {
        if (value === null) continue; // it was never there
        if (jid === undefined) problems.add("not-a-jid", key, "left out: the key is not a bare JID");
        else problems.add("self", jid, "left out: nobody is a contact of themselves");
      } else if (contacts.has(jid))
        problems.add("duplicate", jid, "left out: this contact stands in the patch already");
      else contacts.set(jid, value);
    }
  }
  return { contacts, problems: problems.list() };
}

export interface Patched {
  readonly list: PackedList;
  readonly problems: readonly Problem[];
}

/** The list after the patch; the same one when nothing changes. */
export function applyPatch(held: ContactList | undefined, patch: ContactsPatch, options: ReadOptions): Patched {
  return atOnce(patching(held, patch, options));
}

/** The same, step by step: at most one for each contact of the list and two for each of the patch. */
export function* patching(
  held: ContactList | undefined,
  patch: ContactsPatch,
  options: ReadOptions,
): Generator<undefined, Patched> {
  const list = held === undefined ? EMPTY : packed(held);
  const problems = new Problems();
  const edits = new Map<string, Contact | null>();
  for (const [jid, value] of patch.contacts) {
    edits.set(jid, patched(list.get(jid), jid, value, options, problems));
    yield;
  }
  const after = yield* editing(list, edits satisfies ListEdits);
  return { list: after, problems: [...patch.problems, ...problems.list()] };
}

function patched(
  before: Contact | undefined,
  jid: string,
  value: unknown,
  options: ReadOptions,
  problems: Problems,
): Contact | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) {
    problems.add("not-an-object", jid, "left out: a contact is an object");
    return null;
  }
  // Without a prototype: a member `__proto__` is like any other unknown one.
  const members: Record<string, unknown> = Object.create(null);
  if (before !== undefined) Object.assign(members, contactToJson(before));
  for (const [name, member] of Object.entries(value))
    members[name] = member === null ? undefined : withoutNulls(member);
  return readMembers(jid, members, options.now, problems) ?? null;
}

/** RFC 7396 §2: what takes the place of something that is no object has no members that are null. */
function withoutNulls(member: unknown): unknown {
  if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).filter(([, value]) => value !== null));
}
