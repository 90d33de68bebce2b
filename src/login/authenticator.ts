/** The ways in to one domain with local accounts: SCRAM with and without channel binding, and PLAIN inside TLS. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Authenticator, SaslContext, SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { createPlain } from "../xmpp/sasl/plain.ts";
import { createScram } from "../xmpp/sasl/scram.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, AccountStore, ScramKeys } from "./accounts.ts";
import { createAudit, watched } from "./audit.ts";
import { fakeKeys } from "./fake-keys.ts";
import { GUESS_LIMITS, Guesses, type GuessLimits } from "./guesses.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { DEFAULT_ITERATIONS, isPassword } from "./password.ts";

export interface AuthenticatorOptions {
  /** Prepared. */
  readonly domain: string;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** 16 octets or more, the same after a restart and on every node: unknown users are challenged by it. */
  readonly serverSecret: Uint8Array;
  /** Shared by all domains of the process; without it one of its own with the default limits. */
  readonly hasher?: Hasher;
  readonly limits?: GuessLimits;
}

interface Scram {
  readonly hash: ScramHash;
  readonly plus: boolean;
}

/** Best first. A name is as in the IANA registry of SASL mechanisms. */
const SCRAM: ReadonlyMap<string, Scram> = new Map([
  ["SCRAM-SHA-256-PLUS", { hash: "sha256", plus: true }],
  ["SCRAM-SHA-1-PLUS", { hash: "sha1", plus: true }],
  ["SCRAM-SHA-256", { hash: "sha256", plus: false }],
  ["SCRAM-SHA-1", { hash: "sha1", plus: false }],
]);
const PLAIN = "PLAIN";

const NONCE_OCTETS = 18;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { domain, accounts, clock, serverSecret, hasher = createHasher() } = options;
  const guesses = new Guesses(clock, options.limits ?? GUESS_LIMITS);
  const audit = createAudit(options);

  /** Whoever has no keys for this hash gets made-up ones. */
  function keysOf(account: Account | undefined, username: string, hash: ScramHash): ScramKeys {
    const fake = fakeKeys(serverSecret, domain, username, hash, DEFAULT_ITERATIONS);
    return account?.[hash] ?? fake;
  }

  /**
   * Clients take the best that is offered, before the name is known. So a hash for which some account has no keys, as
   * after an import, is not offered; where that leaves none, PLAIN is, if it may be.
   */
  function isOffered(hash: ScramHash, context: SaslContext): boolean {
    try {
      if (!accounts.lacks(domain, hash)) return true;
      return !context.secure && accounts.lacks(domain, hash === "sha1" ? "sha256" : "sha1");
    } catch {
      return true; // the login itself fails, and says why
    }
  }

  function scram({ hash, plus }: Scram, mechanism: string, context: SaslContext): SaslExchange {
    let user: string | undefined;
    const exchange = createScram({
      domain,
      hash,
      plus,
      channelBindings: context.channelBindings,
      nonce: randomBytes(NONCE_OCTETS).toString("base64"),
      keysOf(username) {
        user = username;
        return keysOf(accounts.get(domain, username), username, hash);
      },
      judge: (username, isRight) => guesses.attempt(username, context.address, isRight),
    });
    return watched(exchange, (outcome, cause) => audit(mechanism, context, user, outcome, cause));
  }

  function plain(context: SaslContext): SaslExchange {
    let user: string | undefined;
    const exchange = createPlain({
      domain,
      async verify(username, password): Promise<SaslOutcome> {
        user = username;
        const judged = await guesses.attempt(username, context.address, () => {
          const account = accounts.get(domain, username);
          // The better hash, unless the account has only the other.
          const hash = account !== undefined && account.sha256 === undefined ? "sha1" : "sha256";
          return isPassword(hasher, hash, keysOf(account, username, hash), password);
        });
        if (judged === "right") return { kind: "success", username, data: undefined };
        return { kind: "failure", condition: judged === "busy" ? "temporary-auth-failure" : "not-authorized" };
      },
    });
    return watched(exchange, (outcome, cause) => audit(PLAIN, context, user, outcome, cause));
  }

  return {
    mechanisms(context) {
      const names: string[] = [];
      for (const [name, { hash, plus }] of SCRAM) {
        if ((!plus || canBind(context)) && isOffered(hash, context)) names.push(name);
      }
      if (context.secure) names.push(PLAIN);
      return names;
    },
    start(mechanism, context) {
      if (mechanism === PLAIN) return context.secure ? plain(context) : undefined;
      const kind = SCRAM.get(mechanism);
      if (kind === undefined || (kind.plus && !canBind(context))) return undefined;
      return scram(kind, mechanism, context);
    },
  };
}

function canBind({ channelBindings }: SaslContext): boolean {
  return Object.keys(channelBindings).length > 0;
}
