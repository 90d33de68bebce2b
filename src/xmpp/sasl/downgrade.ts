/** XEP-0474: what a server offered, as a hash inside SCRAM, so that a client sees whether it was shown all of it. */
import { createHash } from "node:crypto";
import type { ScramHash } from "./scram-keys.ts";

const BETWEEN_NAMES = "\x1e";
const BETWEEN_LISTS = "\x1f";

/** By what was hashed: a server offers the same to nearly everybody. */
const known = new Map<string, string>();
const MOST_KNOWN = 100;

/** XEP-0474 §5.1, base64. Names are ASCII, whose order by code unit is that of `i;octet`. No binding: none was advertised. */
export function offerHash(hash: ScramHash, mechanisms: readonly string[], bindings: readonly string[]): string {
  let text = mechanisms.toSorted().join(BETWEEN_NAMES);
  if (bindings.length > 0) text += BETWEEN_LISTS + bindings.toSorted().join(BETWEEN_NAMES);
  const key = `${hash} ${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = createHash(hash).update(text, "utf8").digest("base64");
  if (known.size < MOST_KNOWN) known.set(key, made);
  return made;
}
