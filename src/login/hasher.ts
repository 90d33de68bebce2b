/** PBKDF2 off the main thread: so many at once, so many waiting, and no more. */
import { pbkdf2 } from "node:crypto";
import { availableParallelism } from "node:os";
import { HASH_OCTETS, type ScramHash } from "../xmpp/sasl/scram-keys.ts";

export interface HasherLimits {
  /** Derivations under way at once; more than processors only makes each slower. */
  readonly atOnce: number;
  /** Derivations that may wait for their turn. */
  readonly waiting: number;
}

/** At 10 000 rounds one takes about 2 ms of a processor: the last of those who wait has its answer within the login deadline. */
const HASHER_LIMITS: HasherLimits = { atOnce: Math.max(2, availableParallelism()), waiting: 5000 };

export interface Hasher {
  readonly atOnce: number;
  /** SaltedPassword (RFC 5802 §3) of a prepared password; undefined when too many are waiting. */
  derive(hash: ScramHash, password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array | undefined>;
}

export function createHasher(limits: HasherLimits = HASHER_LIMITS): Hasher {
  const waiting: (() => void)[] = [];
  let free = limits.atOnce;

  return {
    atOnce: limits.atOnce,
    async derive(hash, password, salt, iterations) {
      if (free > 0) {
        free -= 1;
      } else {
        if (waiting.length >= limits.waiting) return undefined;
        await new Promise<void>((resolve) => void waiting.push(resolve)); // whoever ends hands its place over
      }
      try {
        return await saltedPassword(hash, password, salt, iterations);
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}

function saltedPassword(hash: ScramHash, password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, HASH_OCTETS[hash], hash, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
