/** A list with some of its contacts set, added or removed; the others are not read. Pure. */
import { type Contact, contactOf, jidOf, ListBuilder, type PackedList } from "./list.ts";
import { atOnce } from "./slices.ts";

/** By JID, what each becomes; null: it goes. */
export type ListEdits = ReadonlyMap<string, Contact | null>;

/** Who is in the list stays in its place; who is new comes last, in the order of `edits`. The same list if nothing changes. */
export function editList(list: PackedList, edits: ListEdits): PackedList {
  return atOnce(editing(list, edits));
}

/** The same, step by step: one for each contact. */
export function* editing(list: PackedList, edits: ListEdits): Generator<undefined, PackedList> {
  const builder = new ListBuilder();
  for (const item of list.items()) {
    const jid = jidOf(item);
    const edit = edits.get(jid);
    if (edit === undefined) builder.addItem(item, jid, list.nextEnd === undefined ? undefined : contactOf(item).until);
    else if (edit !== null) builder.add(edit);
    yield;
  }
  for (const [jid, edit] of edits) {
    if (edit !== null && !list.has(jid)) builder.add(edit);
    yield;
  }
  const edited = builder.build();
  return edited.stored === list.stored ? list : edited;
}
