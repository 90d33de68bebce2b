/** RFC 5802 §3: from a salted password to what a server holds, and back to the answer whether a proof is right. */
import { createHmac, createSecretKey, hash as digest, timingSafeEqual } from "node:crypto";

export type ScramHash = "sha1" | "sha256";

/** What a server holds of a password, for one hash. */
export interface ScramKeys {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Octets that each hash gives. */
export const HASH_OCTETS: Readonly<Record<ScramHash, number>> = { sha1: 20, sha256: 32 };

/** Of a key of octets Node first finds out, by an exception, that it is no key object: that costs three times as much. */
function hmac(hash: ScramHash, key: Uint8Array, text: string): Buffer {
  return createHmac(hash, createSecretKey(key)).update(text, "utf8").digest();
}

/** StoredKey and ServerKey of SaltedPassword, which is PBKDF2 of the password: RFC 5802 §3. */
export function keysOfSalted(hash: ScramHash, salted: Uint8Array): Pick<ScramKeys, "storedKey" | "serverKey"> {
  return { storedKey: storedKeyOfSalted(hash, salted), serverKey: hmac(hash, salted, "Server Key") };
}

/** StoredKey alone. */
export function storedKeyOfSalted(hash: ScramHash, salted: Uint8Array): Uint8Array {
  return digest(hash, hmac(hash, salted, "Client Key"), "buffer");
}

/** ClientProof against StoredKey, in constant time. */
export function isProof(hash: ScramHash, storedKey: Uint8Array, authMessage: string, proof: Uint8Array): boolean {
  const clientKey = hmac(hash, storedKey, authMessage);
  if (proof.length !== clientKey.length) return false;
  for (let at = 0; at < clientKey.length; at++) clientKey[at] = (clientKey[at] ?? 0) ^ (proof[at] ?? 0);
  return isSameSecret(digest(hash, clientKey, "buffer"), storedKey);
}

/** ServerSignature: what proves to the client that the server holds the key. */
export function serverSignature(hash: ScramHash, serverKey: Uint8Array, authMessage: string): Uint8Array {
  return hmac(hash, serverKey, authMessage);
}

/** Compares in constant time; different lengths differ. */
export function isSameSecret(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
