/** RFC 5802 §5.1: the server names one salt and count before it knows which of a person's passwords will come. */
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, ScramKeys } from "./accounts.ts";
import type { AppPassword } from "./app-password.ts";
import { fakeKeys } from "./fake-keys.ts";
import { DEFAULT_ITERATIONS } from "./password.ts";

export interface Challenged {
  readonly account: Account | undefined;
  /** The person's app passwords, which all have the same salt and count. */
  readonly others: readonly AppPassword[];
  readonly serverSecret: Uint8Array;
  readonly domain: string;
  readonly username: string;
  readonly hash: ScramHash;
}

/**
 * The account's own keys; without such, made-up ones that nothing fits, with the salt and count of the app passwords there
 * are. So a new app password gets what the person is challenged by, and what it was made with stays in force.
 */
export function challengeOf({ account, others, serverSecret, domain, username, hash }: Challenged): ScramKeys {
  const fake = fakeKeys(serverSecret, domain, username, hash, DEFAULT_ITERATIONS);
  const own = account?.[hash];
  if (own !== undefined) return own;
  const [first] = others;
  return first === undefined ? fake : { ...fake, salt: first[hash].salt, iterations: first[hash].iterations };
}

/** One derivation, or one proof, is good for both. */
export function isSameChallenge(one: ScramKeys, other: ScramKeys): boolean {
  return one.iterations === other.iterations && Buffer.compare(one.salt, other.salt) === 0;
}
