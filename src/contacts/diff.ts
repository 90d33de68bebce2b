/** What changed between two lists, as clients see it: contract §3 "one push per added, removed, renamed or regrouped contact". */
import {
  type Contact,
  type ContactList,
  contactOf,
  InOrder,
  listOf,
  packed,
  visiblePart,
  visibleText,
} from "./list.ts";
import { atOnce } from "./slices.ts";
import { VersionSum } from "./version.ts";

const EMPTY = listOf([]);

export type Change =
  | { readonly kind: "added"; readonly contact: Contact }
  | { readonly kind: "changed"; readonly before: Contact; readonly contact: Contact }
  | { readonly kind: "removed"; readonly contact: Contact };

/**
 * Added and changed contacts in the order of `after`, then removed ones in the order of `before`. Null: nothing was
 * known. A new `until`, and groups or contacts in another order, are no change: no client sees them.
 */
export function diff(before: ContactList | null, after: ContactList): readonly Change[] {
  return atOnce(diffing(before, after));
}

/** Contacts that `diffing` compares in one step. */
export const STEP = 100;

/** `diff` in steps of `STEP` contacts, for lists that are long. */
export function* diffing(before: ContactList | null, after: ContactList): Generator<undefined, readonly Change[]> {
  const old = before === null ? EMPTY : packed(before);
  const now = packed(after);
  const changes: Change[] = [];
  if (old.stored === now.stored) return changes;
  let met = 0;
  const inOld = new InOrder(old);
  for (let at = 0, count = 1; at < now.stored.length; count++) {
    const item = now.itemAt(at);
    at += item.length;
    const was = inOld.like(item);
    if (was !== undefined) met++;
    const change = was === item ? undefined : changeBetween(was, item);
    if (change !== undefined) changes.push(change);
    if (count % STEP === 0) yield;
  }
  if (met === old.size) return changes;
  const inNow = new InOrder(now);
  for (let at = 0, count = 1; at < old.stored.length; count++) {
    const item = old.itemAt(at);
    at += item.length;
    if (inNow.like(item) === undefined) changes.push({ kind: "removed", contact: contactOf(item) });
    if (count % STEP === 0) yield;
  }
  return changes;
}

function changeBetween(was: string | undefined, is: string): Change | undefined {
  const contact = contactOf(is);
  if (was === undefined) return { kind: "added", contact };
  return visiblePart(was) === visiblePart(is) ? undefined : { kind: "changed", before: contactOf(was), contact };
}

/**
 * The version of the list as it stands after each change in turn, beginning with `before`: what each push carries, so
 * that a client cut between two pushes learns the rest (contract §3). The last is the version of the new list, and is
 * returned too.
 */
export function* stepVersions(
  before: ContactList | null,
  changes: Iterable<Change>,
): Generator<string, string, undefined> {
  const sum = new VersionSum(before?.version);
  for (const change of changes) {
    follow(sum, change);
    yield sum.text;
  }
  return sum.text;
}

/** The last of these alone, in steps of one change. */
export function* lastVersion(before: ContactList | null, changes: Iterable<Change>): Generator<undefined, string> {
  const sum = new VersionSum(before?.version);
  for (const change of changes) {
    follow(sum, change);
    yield;
  }
  return sum.text;
}

function follow(sum: VersionSum, change: Change): void {
  if (change.kind !== "added") sum.remove(visibleText(change.kind === "removed" ? change.contact : change.before));
  if (change.kind !== "removed") sum.add(visibleText(change.contact));
}
