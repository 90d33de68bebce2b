/** Everybody has the same password, salt and keys, so that 20 000 accounts are made at once: RFC 5802 §3. */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { Need } from "../scenarios/scenario.ts";

/** Whether a peer keeps keys in place of passwords: then it pays for PLAIN as Kith does. */
export function isHashed(needs: ReadonlySet<Need>): boolean {
  return needs.has("hashed") || needs.has("tls");
}

/** As many as Kith and Prosody make for a password. */
export const ROUNDS = 10_000;
const OCTETS = { sha1: 20, sha256: 32 } as const;

/** What is stored of a password. */
export interface Keys {
  readonly salt: Buffer;
  readonly stored: Buffer;
  readonly server: Buffer;
}

export function scramKeys(hash: "sha1" | "sha256", password: string, rounds: number): Keys {
  const salt = Buffer.from("salt of 16 bytes");
  const salted = pbkdf2Sync(password, salt, rounds, OCTETS[hash], hash);
  const hmac = (text: string): Buffer => createHmac(hash, salted).update(text).digest();
  const stored = createHash(hash).update(hmac("Client Key")).digest();
  return { salt, stored, server: hmac("Server Key") };
}

/** As `kith user import --scram` reads them, one for each mechanism. */
export function importedKeys(password: string): string[] {
  return (["sha1", "sha256"] as const).map((hash) => {
    const { salt, stored, server } = scramKeys(hash, password, ROUNDS);
    const parts = [salt, stored, server].map((octets) => octets.toString("base64"));
    return [hash === "sha1" ? "SCRAM-SHA-1" : "SCRAM-SHA-256", ROUNDS, ...parts].join(",");
  });
}
