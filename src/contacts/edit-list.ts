/** A list with some of its contacts set, added or removed; the others are not read. Pure. */
import { type Contact, contactOf, jidOf, listOf, PackedList } from "./list.ts";
import { atOnce } from "./slices.ts";

/** By JID, what each becomes; null: it goes. */
export type ListEdits = ReadonlyMap<string, Contact | null>;

/** Who is in the list stays in its place; who is new comes last, in the order of `edits`. The same list if nothing changes. */
export function editList(list: PackedList, edits: ListEdits): PackedList {
  return atOnce(editing(list, edits));
}

/** The same, step by step: one for each contact. */
export function* editing(list: PackedList, edits: ListEdits): Generator<undefined, PackedList> {
  const items: string[] = [];
  const offsets: number[] = [];
  let length = 0;
  let nextEnd: number | undefined;
  const add = (item: string, until: number | undefined): void => {
    items.push(item);
    offsets.push(length);
    length += item.length;
    if (until !== undefined && (nextEnd === undefined || until < nextEnd)) nextEnd = until;
  };
  for (const item of list.items()) {
    const edit = edits.get(jidOf(item));
    if (edit === undefined) add(item, list.nextEnd === undefined ? undefined : contactOf(item).until);
    else if (edit !== null) add(listOf([edit]).stored, edit.until);
    yield;
  }
  for (const [jid, edit] of edits) {
    if (edit !== null && !list.has(jid)) add(listOf([edit]).stored, edit.until);
    yield;
  }
  const stored = items.join("");
  return stored === list.stored ? list : new PackedList(stored, offsets, nextEnd);
}
