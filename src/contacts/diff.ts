/** What changed between two lists, as clients see it: contract §3 "one push per added, removed, renamed or regrouped contact". */
import { type Contact, type ContactList, packed, visibleText } from "./list.ts";
import { VersionSum } from "./version.ts";

export type Change =
  | { readonly kind: "added"; readonly contact: Contact }
  | { readonly kind: "changed"; readonly before: Contact; readonly contact: Contact }
  | { readonly kind: "removed"; readonly contact: Contact };

/**
 * Added and changed contacts in the order of `after`, then removed ones in the order of `before`. Null: nothing was
 * known. A new `until`, and groups or contacts in another order, are no change: no client sees them.
 */
export function diff(before: ContactList | null, after: ContactList): readonly Change[] {
  const old = before === null ? undefined : packed(before);
  const now = packed(after);
  if (old?.stored === now.stored) return [];
  const changes: Change[] = [];
  let met = 0;
  for (const item of now.items()) {
    const jid = item.slice(0, item.indexOf("\u0001"));
    const was = old?.item(jid);
    if (was !== undefined) met++;
    if (was === item) continue;
    const contact = now.get(jid);
    const previous = was === undefined ? undefined : old?.get(jid);
    if (contact === undefined) continue;
    if (previous === undefined) changes.push({ kind: "added", contact });
    else if (visibleText(previous) !== visibleText(contact)) {
      changes.push({ kind: "changed", before: previous, contact });
    }
  }
  if (old !== undefined && met < old.size) {
    for (const contact of old) if (!now.has(contact.jid)) changes.push({ kind: "removed", contact });
  }
  return changes;
}

/**
 * The version of the list as it stands after each change in turn, beginning with `before`: what each push carries, so
 * that a client cut between two pushes learns the rest (contract §3). The last is the version of the new list.
 */
export function* stepVersions(before: ContactList | null, changes: Iterable<Change>): Generator<string> {
  const sum = new VersionSum(before?.version);
  for (const change of changes) {
    if (change.kind === "removed") sum.remove(visibleText(change.contact));
    else {
      if (change.kind === "changed") sum.remove(visibleText(change.before));
      sum.add(visibleText(change.contact));
    }
    yield sum.text;
  }
}

/** The version after all changes, by the same steps. */
export function versionAfter(before: ContactList | null, changes: Iterable<Change>): string {
  let version = before?.version ?? new VersionSum().text;
  for (const step of stepVersions(before, changes)) version = step;
  return version;
}
