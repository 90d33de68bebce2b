/** From a password to what is held of it, and whether a password is the one of which something is held. */
import { randomBytes } from "node:crypto";
import { preparePassword, saslPrepared } from "../xmpp/sasl/password.ts";
import { isSameSecret, keysOfSalted, type ScramHash, storedKeyOfSalted } from "../xmpp/sasl/scram-keys.ts";
import type { Account, AccountStore, ScramKeys } from "./accounts.ts";
import type { Hasher } from "./hasher.ts";

/** Rounds of PBKDF2 for new passwords; RFC 7677 §4 asks for 4096 or more. */
export const DEFAULT_ITERATIONS = 10_000;
/** Octets. */
export const SALT_OCTETS = 16;

/** Keys for both hashes. `password`: empty or not allowed (RFC 8265 §4.2); `busy`: too many derivations are waiting. */
export type MadeKeys =
  | { readonly ok: true; readonly sha1: ScramKeys; readonly sha256: ScramKeys }
  | { readonly ok: false; readonly reason: "password" | "busy" };

/** Each hash gets a salt of its own. `password` as the person typed it. */
export async function makeKeys(hasher: Hasher, password: string, iterations = DEFAULT_ITERATIONS): Promise<MadeKeys> {
  const prepared = preparePassword(password);
  if (prepared === undefined) return { ok: false, reason: "password" };
  const [sha1, sha256] = await Promise.all([
    deriveKeys(hasher, "sha1", prepared, randomBytes(SALT_OCTETS), iterations),
    deriveKeys(hasher, "sha256", prepared, randomBytes(SALT_OCTETS), iterations),
  ]);
  return sha1 === undefined || sha256 === undefined ? { ok: false, reason: "busy" } : { ok: true, sha1, sha256 };
}

/** Undefined: too many derivations are waiting. */
export async function deriveKeys(
  hasher: Hasher,
  hash: ScramHash,
  prepared: string,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramKeys | undefined> {
  const salted = await hasher.derive(hash, prepared, salt, iterations);
  return salted && { salt, iterations, ...keysOfSalted(hash, salted) };
}

/** As `fittingKeys`, of one pair of keys alone. */
export async function isPassword(
  hasher: Hasher,
  hash: ScramHash,
  keys: ScramKeys,
  prepared: string,
): Promise<boolean | undefined> {
  const fitting = await fittingKeys(hasher, hash, [keys], prepared);
  return fitting === undefined ? undefined : fitting === keys;
}

/**
 * Of keys that share salt and count, the first that the password fits. Costs one derivation, whatever the answer; two for a
 * wrong password that SASLprep changes, as imported keys may be of that form. Undefined: too many are waiting. `prepared`:
 * by preparePassword.
 */
export async function fittingKeys<T extends ScramKeys>(
  hasher: Hasher,
  hash: ScramHash,
  all: readonly [T, ...T[]],
  prepared: string,
): Promise<T | "none" | undefined> {
  const [{ salt, iterations }] = all;
  for (const form of new Set([prepared, saslPrepared(prepared)])) {
    const salted = await hasher.derive(hash, form, salt, iterations);
    if (salted === undefined) return undefined;
    const storedKey = storedKeyOfSalted(hash, salted);
    const fitting = all.find((keys) => isSameSecret(storedKey, keys.storedKey));
    if (fitting !== undefined) return fitting;
  }
  return "none";
}

export interface NewPassword {
  readonly domain: string;
  /** Localpart, prepared. */
  readonly username: string;
  /** As typed. */
  readonly password: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** Adds an account or gives it a new password. Undefined: done; otherwise why not, as in makeKeys. */
export async function setPassword(
  accounts: AccountStore,
  hasher: Hasher,
  { domain, username, password, now }: NewPassword,
): Promise<"password" | "busy" | undefined> {
  const keys = await makeKeys(hasher, password);
  if (!keys.ok) return keys.reason;
  const created = accounts.get(domain, username)?.created ?? now;
  const account: Account = { username, sha1: keys.sha1, sha256: keys.sha256, created, changed: now };
  accounts.put(domain, [account]);
  return undefined;
}
