/** Whether a password or token is right, by all the ways in to a domain, in their order. */
import type { Metrics } from "../metrics.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, AccountStore, ScramKeys } from "./accounts.ts";
import type { Attempt } from "./audit.ts";
import { fakeKeys } from "./fake-keys.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { DEFAULT_ITERATIONS, isPassword } from "./password.ts";
import { checkElsewhere, checksCounter, checkToken, type Verdict, type Ways } from "./ways.ts";

export interface CheckerOptions {
  readonly domain: string;
  readonly accounts: AccountStore | undefined;
  readonly metrics: Metrics;
  readonly serverSecret: Uint8Array;
  readonly hasher?: Hasher;
}

export interface Checker {
  /** Whoever has no keys for this hash gets made-up ones. */
  keysOf(account: Account | undefined, username: string, hash: ScramHash): ScramKeys;
  /** Both prepared. The local account first, then the application, then introspection. */
  password(username: string, password: string): Promise<Verdict>;
  /** The same without tokens: whoever holds only one of those shall not make lasting ones of it. */
  ownPassword(username: string, password: string): Promise<Verdict>;
  token(token: string): Promise<Verdict>;
  /** Counts a verdict, and keeps it for the audit log. */
  note(verdict: Verdict, attempt: Attempt): void;
}

const NO_WAY: Verdict = { kind: "wrong", reason: "no configured way takes it", by: "token" };
const NOT_LOCAL: Verdict = { kind: "wrong", reason: "wrong password or no such account", by: "local" };
const BUSY: Verdict = { kind: "unavailable", reason: "too many passwords are being checked", by: "local" };

export function createChecker(options: CheckerOptions, ways: Ways): Checker {
  const { domain, accounts, serverSecret, hasher = createHasher() } = options;
  const ownWays: Ways = { ...ways, jwt: undefined, introspection: undefined };
  const checks = checksCounter(options.metrics);

  function keysOf(account: Account | undefined, username: string, hash: ScramHash): ScramKeys {
    const fake = fakeKeys(serverSecret, domain, username, hash, DEFAULT_ITERATIONS);
    return account?.[hash] ?? fake;
  }

  async function local(store: AccountStore, username: string, password: string): Promise<Verdict> {
    const account = store.get(domain, username);
    // The better hash, unless the account has only the other.
    const hash = account !== undefined && account.sha256 === undefined ? "sha1" : "sha256";
    const isRight = await isPassword(hasher, hash, keysOf(account, username, hash), password);
    if (isRight === undefined) return BUSY;
    return isRight ? { kind: "right", username, expires: undefined, by: "local" } : NOT_LOCAL;
  }

  async function judge(username: string, password: string, others: Ways): Promise<Verdict> {
    const here = accounts === undefined ? NO_WAY : await local(accounts, username, password);
    if (here.kind === "right") return here;
    const elsewhere = await checkElsewhere(others, username, password);
    if (elsewhere === undefined) return here;
    return here.kind === "unavailable" && elsewhere.kind === "wrong" ? here : elsewhere;
  }

  return {
    keysOf,
    password: (username, password) => judge(username, password, ways),
    ownPassword: (username, password) => judge(username, password, ownWays),
    token: async (token) => (await checkToken(ways, token)) ?? NO_WAY,
    note(verdict, attempt) {
      checks.add({ by: verdict.by, result: verdict.kind });
      attempt.by = verdict.by;
      if (verdict.kind !== "right") attempt.reason = verdict.reason;
    },
  };
}
