/** Edits of a list while a fetch of it is under way: they are newer than what that fetch will bring. Pure. */
import type { Held } from "./contacts.ts";
import type { Copy } from "./copy.ts";
import { type Contact, contactOf, jidOf, ListBuilder, listOf, type PackedList } from "./list.ts";

/** By JID, what each edited contact became; null: it went. `"all"`: the whole list was set, so the fetch brings nothing. */
export type Overlay =
  | "all"
  | { readonly source: Held["source"]; readonly contacts: ReadonlyMap<string, Contact | null> };

const EMPTY = listOf([]);

/** The overlay after one more edit, of part of a list. */
export function withEdit(
  overlay: Overlay | undefined,
  before: PackedList | undefined,
  after: PackedList,
  source: Held["source"],
): Overlay {
  if (overlay === "all") return overlay;
  const contacts = new Map(overlay?.contacts);
  const old = before ?? EMPTY;
  for (const item of after.items()) {
    const jid = jidOf(item);
    if (old.item(jid) !== item) contacts.set(jid, contactOf(item));
  }
  for (const item of old.items()) {
    const jid = jidOf(item);
    if (!after.has(jid)) contacts.set(jid, null);
  }
  return { source, contacts };
}

/** What a fetch brought, with what was proposed and is not decided: only a refresh of the application decides it. */
export function withProposed(copy: Copy, before: PackedList | undefined): Copy {
  if (before === undefined || !before.hasProposed) return copy;
  const contacts = new Map<string, Contact>();
  for (const contact of before) {
    if (contact.proposed === true && !copy.list.has(contact.jid)) contacts.set(contact.jid, contact);
  }
  return overlaid(copy, { source: "proposal", contacts });
}

/** What a fetch brought, with the edits that came after it began; the ETag stands no longer if they change anything. */
export function overlaid(copy: Copy, overlay: Exclude<Overlay, "all"> | undefined): Copy {
  if (overlay === undefined || overlay.contacts.size === 0) return copy;
  const builder = new ListBuilder();
  for (const contact of copy.list) {
    const edited = overlay.contacts.get(contact.jid);
    if (edited === undefined) builder.add(contact);
    else if (edited !== null) builder.add(edited);
  }
  for (const [jid, contact] of overlay.contacts) if (contact !== null && !copy.list.has(jid)) builder.add(contact);
  const list = builder.build();
  return list.stored === copy.list.stored ? copy : { ...copy, list, etag: undefined, source: overlay.source };
}
