/** What is written down about logins: who, how, from where, with what result; never a secret. */
import type { Log } from "../log.ts";
import type { LabelledCounter, Metrics } from "../metrics.ts";
import type { SaslContext, SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { Way } from "./ways.ts";

/** One login under way: what is known of it so far. */
export interface Attempt {
  readonly mechanism: string;
  readonly context: SaslContext;
  /** When it began, ms since the epoch. */
  readonly since: number;
  user: string | undefined;
  /** Who judged it. */
  by: Way | undefined;
  /** Why it was refused; quotes no secret. */
  reason: string | undefined;
  /** It was written down as failed already. */
  isTold?: boolean;
  /** It came without a token, to hear who gives them: it tried nothing that could fail. */
  hasAsked?: boolean;
}

/** Called with each outcome; `cause` when something broke that is nobody's guess. */
export type Audit = (attempt: Attempt, outcome: SaslOutcome, cause: unknown) => void;

/** The domains of a process share a registry, which knows each name once. */
const counters = new WeakMap<Metrics, LabelledCounter>();

function loginCounter(metrics: Metrics): LabelledCounter {
  let counter = counters.get(metrics);
  if (counter === undefined) {
    counter = metrics.labelled("kith_logins_total", "Logins by SASL, by mechanism and result.", [
      "mechanism",
      "result",
    ]);
    counters.set(metrics, counter);
  }
  return counter;
}

export function createAudit(parts: { readonly domain: string; readonly log: Log; readonly metrics: Metrics }): Audit {
  const { domain, log } = parts;
  const logins = loginCounter(parts.metrics);
  return (attempt, outcome, cause) => {
    const { mechanism, context, user, by, reason } = attempt;
    const { address } = context;
    // RFC 7628 §3.2.2: a wrong token is refused by a challenge, and many clients leave without a word.
    const isRefused = outcome.kind === "challenge" && reason !== undefined;
    if (attempt.isTold === true || (outcome.kind === "challenge" && !isRefused)) return;
    attempt.isTold = isRefused;
    const refused = outcome.kind === "failure" ? outcome.condition : "not-authorized";
    const result = attempt.hasAsked === true ? "no-token" : outcome.kind === "success" ? "success" : refused;
    logins.add({ mechanism, result });
    const judged = by === undefined ? {} : { by };
    const because = reason === undefined ? {} : { reason };
    if (attempt.hasAsked === true) log.info("login asked about", { domain, mechanism, address });
    else if (outcome.kind === "success") log.info("login", { domain, user, mechanism, ...judged, address });
    else log.warn("login failed", { domain, user, mechanism, ...judged, address, condition: result, ...because });
    if (cause !== undefined) log.error("login could not be checked", { domain, user, mechanism, cause });
  };
}

/** The same exchange, its outcomes reported, and never throwing: what breaks inside is a temporary failure. */
export function watched(exchange: SaslExchange, report: (outcome: SaslOutcome, cause: unknown) => void): SaslExchange {
  const reported = (outcome: SaslOutcome): SaslOutcome => {
    report(outcome, undefined);
    return outcome;
  };
  const broken = (cause: unknown): SaslOutcome => {
    const outcome: SaslOutcome = { kind: "failure", condition: "temporary-auth-failure" };
    report(outcome, cause);
    return outcome;
  };
  return {
    step(data) {
      try {
        const outcome = exchange.step(data);
        return outcome instanceof Promise ? outcome.then(reported, broken) : reported(outcome);
      } catch (cause) {
        return broken(cause);
      }
    },
  };
}
