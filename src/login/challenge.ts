/** RFC 5802 §5.1: the server names one salt and count before it knows which of a person's passwords will come. */
import type { KeyObject } from "node:crypto";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, ScramKeys } from "./accounts.ts";
import type { AppPassword } from "./app-password.ts";
import { fakeKeys } from "./fake-keys.ts";
import { DEFAULT_ITERATIONS } from "./password.ts";

export interface Challenged {
  readonly account: Account | undefined;
  /** The person's app passwords, which all have the same salt and count. */
  readonly others: readonly AppPassword[];
  readonly serverSecret: KeyObject;
  readonly domain: string;
  readonly username: string;
  readonly hash: ScramHash;
}

/** What somebody is challenged by. */
export interface ChallengeKeys {
  /** The account's own keys; without such, `standIn`. */
  readonly keys: ScramKeys;
  /**
   * Made-up ones that nothing fits, with the salt and count of the app passwords there are. So a new app password gets what
   * the person is challenged by, and what it was made with stays in force.
   */
  readonly standIn: ScramKeys;
}

export function challengeOf({ account, others, serverSecret, domain, username, hash }: Challenged): ChallengeKeys {
  const fake = fakeKeys(serverSecret, domain, username, hash, DEFAULT_ITERATIONS);
  const [first] = others;
  const standIn = first === undefined ? fake : { ...fake, salt: first[hash].salt, iterations: first[hash].iterations };
  return { keys: account?.[hash] ?? standIn, standIn };
}

/** One derivation, or one proof, is good for both. */
export function isSameChallenge(one: ScramKeys, other: ScramKeys): boolean {
  return one.iterations === other.iterations && Buffer.compare(one.salt, other.salt) === 0;
}
