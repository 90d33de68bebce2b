/** One step of a login mechanism, whatever becomes of it. */
import type { Log } from "../log.ts";
import type { SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";

/** Never throws or rejects: a mechanism that breaks is a temporary failure (RFC 6120 §6.5.11). */
export function runStep(
  exchange: SaslExchange | undefined,
  data: Uint8Array | undefined,
  log: Log,
): SaslOutcome | Promise<SaslOutcome> {
  if (exchange === undefined) return { kind: "failure", condition: "invalid-mechanism" };
  try {
    const outcome = exchange.step(data);
    return outcome instanceof Promise ? outcome.catch((error: unknown) => broken(error, log)) : outcome;
  } catch (error) {
    return broken(error, log);
  }
}

function broken(error: unknown, log: Log): SaslOutcome {
  log.error("login mechanism broke", { error });
  return { kind: "failure", condition: "temporary-auth-failure" };
}
