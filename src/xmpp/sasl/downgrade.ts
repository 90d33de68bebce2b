/** XEP-0474: what a server offered, as a hash inside SCRAM, so that a client sees whether it was shown all of it. */
import { hash as digest } from "node:crypto";
import type { ScramHash } from "./scram-keys.ts";

const BETWEEN_NAMES = "\x1e";
const BETWEEN_LISTS = "\x1f";

/** XEP-0474 §5.1, base64. Names are ASCII, whose order by code unit is that of `i;octet`. No binding: none was advertised. */
export function offerHash(hash: ScramHash, mechanisms: readonly string[], bindings: readonly string[]): string {
  let text = mechanisms.toSorted().join(BETWEEN_NAMES);
  if (bindings.length > 0) text += BETWEEN_LISTS + bindings.toSorted().join(BETWEEN_NAMES);
  return digest(hash, text, "base64");
}
