/** RFC 5802 §9: an unknown user gets a challenge too, the same at each try, or its absence would tell who is unknown. */
import { createHmac, type KeyObject } from "node:crypto";
import { HASH_OCTETS, type ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { ScramKeys } from "./accounts.ts";
import { SALT_OCTETS } from "./password.ts";

/** The name of the secret that they are made by. */
export const UNKNOWN_USERS = "unknown users";

/**
 * Keys that nobody can have a password or proof for. Computed for known users as well, so that both cost the same. They
 * look like those of accounts made here; an account imported with another count of rounds or length of salt can be told
 * from an unknown one by these.
 */
export function fakeKeys(
  serverSecret: KeyObject,
  domain: string,
  username: string,
  hash: ScramHash,
  iterations: number,
): ScramKeys {
  const octets = createHmac("sha512", serverSecret).update(`${domain}/${username}/${hash}`).digest();
  const key = octets.subarray(SALT_OCTETS, SALT_OCTETS + HASH_OCTETS[hash]);
  return { salt: octets.subarray(0, SALT_OCTETS), iterations, storedKey: key, serverKey: key };
}
