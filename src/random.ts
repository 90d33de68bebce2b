/** Random text for nonces and names: octets of the system's generator, fetched for many at once, as one call costs as much for few. */
import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(4096);
let used = pool.length;

/** `octets` that nobody can guess, in base64url; more than 4096 throw. Each is given once, and not kept. */
export function randomText(octets: number): string {
  if (used + octets > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString("base64url", used, used + octets);
  pool.fill(0, used, used + octets);
  used += octets;
  return text;
}
