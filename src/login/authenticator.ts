/** The mechanisms of one domain: SCRAM with and without channel binding, OAUTHBEARER, PLAIN, and tokens of devices; the last three inside TLS. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { randomText } from "../random.ts";
import type { Authenticator, SaslContext, SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { createOAuthBearer } from "../xmpp/sasl/oauthbearer.ts";
import { createPlain } from "../xmpp/sasl/plain.ts";
import { createScram } from "../xmpp/sasl/scram.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { AccountStore } from "./accounts.ts";
import type { AppPasswordStore } from "./app-password.ts";
import { type Attempt, createAudit, watched } from "./audit.ts";
import { createChecker } from "./checker.ts";
import type { DeviceStore } from "./devices.ts";
import { type Existence, ofTheLiving } from "./existence.ts";
import { Fast, type FastLimits } from "./fast/fast.ts";
import { fastLogin } from "./fast/fast-login.ts";
import { GUESS_LIMITS, Guesses, type GuessLimits } from "./guesses.ts";
import type { Hasher } from "./hasher.ts";
import { createTypedPasswordLogin, type TypedPasswordLogin } from "./password-login.ts";
import { FOREIGN, inSasl2 } from "./sasl2.ts";
import { isToken, NO_WAYS, takesTokens, type Verdict, type Ways } from "./ways.ts";

export interface AuthenticatorOptions {
  /** Prepared. */
  readonly domain: string;
  /** Undefined: no local account may log in, so that there is no SCRAM. */
  readonly accounts: AccountStore | undefined;
  /** Where tokens of devices are kept (XEP-0484); undefined: none are given. */
  readonly devices?: DeviceOptions;
  /** Undefined: none lets in. By SCRAM only beside local accounts, as it is not offered without. */
  readonly appPasswords?: AppPasswordStore;
  /** Ways in beside the local accounts. */
  readonly ways?: Ways;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** 16 octets or more, the same after a restart and on every node: unknown users are challenged by it. */
  readonly serverSecret: Uint8Array;
  /** Shared by all domains of the process; without it one of its own with the default limits. */
  readonly hasher?: Hasher;
  readonly limits?: GuessLimits;
  /** Counts a wrong try, and says whether there are too many from this address, whoever they name. Never, without it. */
  readonly isSpraying?: (address: string) => boolean;
}

export interface DeviceOptions {
  readonly store: DeviceStore;
  readonly limits: FastLimits;
  /** What let a device in was not taken back; absent: it cannot be. */
  readonly isHeld?: (domain: string, username: string, credential: string) => boolean;
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
const OAUTHBEARER = "OAUTHBEARER";

const NONCE_OCTETS = 18;

/** One domain's ways in: by SASL, and by the password that somebody types into a page of ours. */
export interface Logins extends Authenticator {
  readonly typedPassword: TypedPasswordLogin;
  /** Whether a person is there, as far as anybody says so. */
  readonly existence: Existence;
}

export function createAuthenticator(options: AuthenticatorOptions): Logins {
  const { domain, accounts, clock, ways = NO_WAYS } = options;
  const checker = createChecker(options, ways);
  const guesses = new Guesses(clock, options.limits ?? GUESS_LIMITS, options.isSpraying);
  const audit = createAudit(options);
  const fast = fastOf(options);
  const takesBearer = takesTokens(ways);
  const takesPlain =
    accounts !== undefined || takesBearer || ways.passwords !== undefined || options.appPasswords !== undefined;

  function scram({ hash, plus }: Scram, attempt: Attempt): SaslExchange {
    const { context } = attempt;
    return createScram({
      domain,
      hash,
      plus,
      channelBindings: context.channelBindings,
      offered: context.offered,
      nonce: randomText(NONCE_OCTETS),
      challengeOf(username) {
        attempt.user = username;
        return checker.challenge(username, hash);
      },
      othersOf: (username, own) => checker.othersOf(username, hash, own),
      judge: (username, isRight) => guesses.attempt(username, context.address, isRight),
    });
  }

  /** One try of a name: limited, then judged, whoever judges it. */
  async function named(username: string, attempt: Attempt, check: () => Promise<Verdict>): Promise<SaslOutcome> {
    attempt.user = username;
    let found: Verdict | undefined;
    const judged = await guesses.attempt(username, attempt.context.address, async () => {
      found = await check();
      checker.note(found, attempt);
      return found.kind === "unavailable" ? undefined : found.kind === "right" && found.username === username;
    });
    if (judged === "right" && found?.kind === "right") return success(found, ways);
    return judged === "busy" ? BUSY : REFUSED;
  }

  function plain(attempt: Attempt): SaslExchange {
    return createPlain({
      domain,
      verify: (username, password) => named(username, attempt, () => checker.password(username, password)),
      verifyToken(username, text) {
        if (!isToken(ways, text)) return undefined;
        return named(username, attempt, () => checker.token(text));
      },
    });
  }

  async function bearer(token: string, claimed: string | undefined, attempt: Attempt): Promise<SaslOutcome> {
    if (claimed !== undefined) {
      const outcome = await named(claimed, attempt, () => checker.token(token));
      // RFC 6120 §6.5.6: a good token, of somebody else.
      return outcome === REFUSED && attempt.reason === undefined ? FOREIGN : outcome;
    }
    const verdict = await checker.token(token);
    checker.note(verdict, attempt);
    if (verdict.kind === "right") {
      attempt.user = verdict.username;
      return success(verdict, ways);
    }
    if (verdict.kind === "unavailable") return BUSY;
    await guesses.wrong(attempt.context.address);
    return REFUSED;
  }

  function oauthBearer(attempt: Attempt): SaslExchange {
    return createOAuthBearer({
      domain,
      discovery: ways.discovery(),
      verify: (token, claimed) => bearer(token, claimed, attempt),
      asked() {
        attempt.hasAsked = true;
      },
    });
  }

  function exchangeOf(attempt: Attempt): SaslExchange | undefined {
    const { mechanism, context } = attempt;
    if (mechanism === PLAIN) return context.secure && takesPlain ? plain(attempt) : undefined;
    if (mechanism === OAUTHBEARER) return context.secure && takesBearer ? oauthBearer(attempt) : undefined;
    const kind = SCRAM.get(mechanism);
    if (kind === undefined) return fast && fastLogin(attempt, { domain, fast, guesses, note: checker.note });
    if (accounts === undefined || (kind.plus && !canBind(context))) return undefined;
    return scram(kind, attempt);
  }

  /** Every outcome passes here: what let somebody in is known by then, and was used. */
  function settle(attempt: Attempt, outcome: SaslOutcome, cause: unknown): void {
    if (outcome.kind === "success" && outcome.credential !== undefined) {
      attempt.by ??= "app password"; // SCRAM, which no other way takes part in
      checker.used(outcome.username, outcome.credential);
    }
    audit(attempt, outcome, cause);
  }

  return {
    mechanisms(context) {
      const names: string[] = [];
      for (const [name, { hash, plus }] of SCRAM) {
        if ((!plus || canBind(context)) && isOffered(accounts, domain, hash, context)) names.push(name);
      }
      if (context.secure && takesBearer) names.push(OAUTHBEARER);
      if (context.secure && takesPlain) names.push(PLAIN);
      return names;
    },
    tokenMechanisms: (context) => fast?.mechanisms(context) ?? [],
    start(mechanism, context) {
      const unknown = { user: undefined, by: undefined, reason: undefined };
      const attempt: Attempt = { mechanism, context, since: clock.now(), ...unknown };
      const plain = exchangeOf(attempt);
      const living = plain && ways.existence ? ofTheLiving(plain, attempt, ways.existence) : plain;
      const exchange = living && inSasl2(living, attempt, { domain, fast, log: options.log });
      return exchange && watched(exchange, (outcome, cause) => settle(attempt, outcome, cause));
    },
    existence: ways.existence ?? (async () => undefined),
    typedPassword: createTypedPasswordLogin({
      domain,
      clock,
      audit,
      judge: (username, password, attempt) => named(username, attempt, () => checker.ownPassword(username, password)),
    }),
  };
}

const BUSY: SaslOutcome = { kind: "failure", condition: "temporary-auth-failure" };
const REFUSED: SaslOutcome = { kind: "failure", condition: "not-authorized" };

function fastOf({ domain, accounts, clock, devices }: AuthenticatorOptions): Fast | undefined {
  if (devices === undefined) return undefined;
  const { store, limits, isHeld = () => true } = devices;
  const held = (username: string, credential: string): boolean => isHeld(domain, username, credential);
  return new Fast({ domain, accounts, clock, devices: store, limits, isHeld: held });
}

function success({ username, expires, credential }: Extract<Verdict, { kind: "right" }>, ways: Ways): SaslOutcome {
  const ends = ways.endSessionAtExpiry && expires !== undefined ? { endsAt: expires } : {};
  const by = credential === undefined ? {} : { credential };
  return { kind: "success", username, data: undefined, ...ends, ...by };
}

/**
 * Clients take the best that is offered, before the name is known. So a hash for which some account has no keys, as
 * after an import, is not offered; where that leaves none, PLAIN is, if it may be.
 */
function isOffered(accounts: AccountStore | undefined, domain: string, hash: ScramHash, context: SaslContext): boolean {
  if (accounts === undefined) return false;
  try {
    if (!accounts.lacks(domain, hash)) return true;
    return !context.secure && accounts.lacks(domain, hash === "sha1" ? "sha256" : "sha1");
  } catch {
    return true; // the login itself fails, and says why
  }
}

function canBind({ channelBindings }: SaslContext): boolean {
  return Object.keys(channelBindings).length > 0;
}
