/** App passwords at the login: what a person has of them, what fits, and when it was used. */
import type { Clock } from "../clock.ts";
import type { CredentialKeys } from "../xmpp/sasl/scram.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { ScramKeys } from "./accounts.ts";
import { type AppPassword, type AppPasswordStore, credentialOf, digestOf, idOfCredential } from "./app-password.ts";
import { isSameChallenge } from "./challenge.ts";
import type { Verdict } from "./ways.ts";

/** ms: logins within it are one use. */
const USE = 60_000;

export interface AppPasswordCheck {
  list(username: string): readonly AppPassword[];
  /** By PLAIN, one that was made here. Undefined: it is none. */
  found(username: string, prepared: string): Verdict | undefined;
  /** Keys that the proof or derivation for `own` is good for too. */
  keysLike(username: string, hash: ScramHash, own: ScramKeys): readonly CredentialKeys[];
  /** The same, of those that a person chose: `found` knows them not. */
  chosenLike(username: string, hash: ScramHash, own: ScramKeys): readonly CredentialKeys[];
  /** A login succeeded by it. */
  used(username: string, credential: string): void;
}

export function createAppPasswordCheck(store: AppPasswordStore, domain: string, clock: Clock): AppPasswordCheck {
  const like = (all: readonly AppPassword[], hash: ScramHash, own: ScramKeys): readonly CredentialKeys[] =>
    all
      .filter((one) => isSameChallenge(one[hash], own))
      .map((one) => ({ ...one[hash], credential: credentialOf(one) }));
  return {
    list: (username) => store.list(domain, username),
    found(username, prepared) {
      const one = store.find(domain, username, digestOf(prepared));
      return one && rightBy(username, credentialOf(one));
    },
    keysLike: (username, hash, own) => like(store.list(domain, username), hash, own),
    chosenLike(username, hash, own) {
      const chosen = store.list(domain, username).filter(({ digest }) => digest === undefined);
      return like(chosen, hash, own);
    },
    used(username, credential) {
      const id = idOfCredential(credential);
      const one = store.list(domain, username).find((known) => known.id === id);
      const now = clock.now();
      if (one === undefined || now - (one.lastUsed ?? Number.NEGATIVE_INFINITY) < USE) return;
      store.used(domain, username, one.id, now);
    },
  };
}

export function rightBy(username: string, credential: string): Verdict {
  return { kind: "right", username, expires: undefined, by: "app password", credential };
}
