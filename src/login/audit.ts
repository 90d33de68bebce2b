/** What is written down about logins: who, how, from where, with what result; never a secret. */
import type { Log } from "../log.ts";
import type { LabelledCounter, Metrics } from "../metrics.ts";
import type { SaslContext, SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";

/** Called with each outcome; `cause` when something broke that is nobody's guess. */
type Audit = (
  mechanism: string,
  context: SaslContext,
  user: string | undefined,
  outcome: SaslOutcome,
  cause: unknown,
) => void;

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
  return (mechanism, { address }, user, outcome, cause) => {
    if (outcome.kind === "challenge") return;
    const result = outcome.kind === "success" ? "success" : outcome.condition;
    logins.add({ mechanism, result });
    if (outcome.kind === "success") log.info("login", { domain, user, mechanism, address });
    else log.warn("login failed", { domain, user, mechanism, address, condition: result });
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
