/** Whether a password or token is right, by all the ways in to a domain, in their order. */
import { createSecretKey } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { CredentialKeys, ScramChallenge } from "../xmpp/sasl/scram.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, AccountStore, ScramKeys } from "./accounts.ts";
import type { AppPasswordStore } from "./app-password.ts";
import { createAppPasswordCheck, rightBy } from "./app-password-check.ts";
import type { Attempt } from "./audit.ts";
import { type ChallengeKeys, challengeOf } from "./challenge.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { fittingKeys } from "./password.ts";
import { checkElsewhere, checksCounter, checkToken, type Verdict, type Ways } from "./ways.ts";

export interface CheckerOptions {
  readonly domain: string;
  readonly accounts: AccountStore | undefined;
  readonly appPasswords?: AppPasswordStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly serverSecret: Uint8Array;
  readonly hasher?: Hasher;
}

export interface Checker {
  /** What a SCRAM proof is checked by first. Whoever has no keys for this hash gets made-up ones. */
  challenge(username: string, hash: ScramHash): ScramChallenge;
  /** Those of the app passwords that a proof for `own` is good for. */
  othersOf(username: string, hash: ScramHash, own: ScramKeys): readonly CredentialKeys[];
  /** Both prepared. App passwords and the local account first, then the application, then introspection. */
  password(username: string, password: string): Promise<Verdict>;
  /** The same without tokens and app passwords: whoever holds only one of those shall not make lasting ones of it. */
  ownPassword(username: string, password: string): Promise<Verdict>;
  token(token: string): Promise<Verdict>;
  /** Counts a verdict, and keeps it for the audit log. */
  note(verdict: Verdict, attempt: Attempt): void;
  /** What let a person in was used. */
  used(username: string, credential: string): void;
}

const NO_WAY: Verdict = { kind: "wrong", reason: "no configured way takes it", by: "token" };
const NOT_LOCAL: Verdict = { kind: "wrong", reason: "wrong password or no such account", by: "local" };
const NOT_APP: Verdict = { kind: "wrong", reason: "wrong password", by: "app password" };
const BUSY: Verdict = { kind: "unavailable", reason: "too many passwords are being checked", by: "local" };

export function createChecker(options: CheckerOptions, ways: Ways): Checker {
  const { domain, accounts, clock, hasher = createHasher() } = options;
  const serverSecret = createSecretKey(options.serverSecret);
  const ownWays: Ways = { ...ways, jwt: undefined, introspection: undefined };
  const checks = checksCounter(options.metrics);
  const apps = options.appPasswords && createAppPasswordCheck(options.appPasswords, domain, clock);

  function challengeOfNow(account: Account | undefined, username: string, hash: ScramHash): ChallengeKeys {
    return challengeOf({ account, others: apps?.list(username) ?? [], serverSecret, domain, username, hash });
  }

  /** One derivation for the local account and for all app passwords (`others`) that the person chose. */
  async function derived(username: string, password: string, others: typeof apps): Promise<Verdict> {
    const account = accounts?.get(domain, username);
    // The better hash, unless the account has only the other.
    const hash = account !== undefined && account.sha256 === undefined ? "sha1" : "sha256";
    const own = challengeOfNow(account, username, hash).keys;
    const chosen = others?.chosenLike(username, hash, own) ?? [];
    if (accounts === undefined && chosen.length === 0) return NO_WAY;
    const fitting = await fittingKeys<ScramKeys | CredentialKeys>(hasher, hash, [own, ...chosen], password);
    if (fitting === undefined) return BUSY;
    if (fitting === "none") return accounts === undefined ? NOT_APP : NOT_LOCAL;
    if ("credential" in fitting) return rightBy(username, fitting.credential);
    // It may be a password no more: the derivation takes a while.
    if (accounts?.get(domain, username)?.changed !== account?.changed) return NOT_LOCAL;
    return { kind: "right", username, expires: undefined, by: "local" };
  }

  async function elsewhere(here: Verdict, others: Ways, username: string, password: string): Promise<Verdict> {
    if (here.kind === "right") return here;
    const found = await checkElsewhere(others, username, password);
    if (found === undefined) return here;
    return here.kind === "unavailable" && found.kind === "wrong" ? here : found;
  }

  return {
    challenge(username, hash) {
      const { keys, standIn } = challengeOfNow(accounts?.get(domain, username), username, hash);
      return { keys, now: () => accounts?.get(domain, username)?.[hash] ?? standIn };
    },
    othersOf: (username, hash, own) => apps?.keysLike(username, hash, own) ?? [],
    async password(username, password) {
      const here = apps?.found(username, password) ?? (await derived(username, password, apps));
      const verdict = await elsewhere(here, ways, username, password);
      // For whoever chose an app password a derivation was made: a refusal takes as long for everybody.
      if (here === NO_WAY && apps !== undefined && verdict.kind === "wrong") {
        await fittingKeys(hasher, "sha256", [challengeOfNow(undefined, username, "sha256").keys], password);
      }
      return verdict;
    },
    async ownPassword(username, password) {
      return elsewhere(await derived(username, password, undefined), ownWays, username, password);
    },
    token: async (token) => (await checkToken(ways, token)) ?? NO_WAY,
    note(verdict, attempt) {
      checks.add({ by: verdict.by, result: verdict.kind });
      attempt.by = verdict.by;
      if (verdict.kind !== "right") attempt.reason = verdict.reason;
    },
    used: (username, credential) => apps?.used(username, credential),
  };
}
