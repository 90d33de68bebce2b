/** What `If-Match` guards: the version of a list with all that an application may set, also what clients do not see. Pure. */
import { createHash } from "node:crypto";
import { type ContactList, hasUntil, packed } from "./list.ts";

const known = new WeakMap<ContactList, string>();

/** What clients are given as `ver`; where contacts end by themselves, that and a hash of who ends when. */
export function editVersion(list: ContactList): string {
  if (list.nextEnd === undefined) return list.version;
  let version = known.get(list);
  if (version === undefined) {
    const ends = createHash("sha256");
    for (const item of packed(list).items()) if (hasUntil(item)) ends.update(item);
    version = `${list.version}-${ends.digest("hex").slice(0, 16)}`;
    known.set(list, version);
  }
  return version;
}
