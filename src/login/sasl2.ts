/** XEP-0388: what counts for every mechanism of this profile, once it has let somebody in. */
import type { Log } from "../log.ts";
import type { SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { Sasl2Request } from "../xmpp/sasl/sasl2-request.ts";
import type { Attempt } from "./audit.ts";
import type { Fast } from "./fast/fast.ts";

export interface Sasl2Options {
  readonly domain: string;
  /** Undefined: no tokens are given. */
  readonly fast: Fast | undefined;
  readonly log: Log;
}

export const FOREIGN: SaslOutcome = { kind: "failure", condition: "invalid-authzid" };

/** XEP-0388 §2.4: a stream that names somebody is for nobody else. */
export function isClaimed({ from }: Sasl2Request, username: string, domain: string): boolean {
  return from === undefined || from === `${username}@${domain}`;
}

/** The same exchange; with the profile of RFC 6120 nothing else. */
export function inSasl2(exchange: SaslExchange, attempt: Attempt, options: Sasl2Options): SaslExchange {
  const request = attempt.context.sasl2;
  if (request === undefined) return exchange;
  const settle = (outcome: SaslOutcome): SaslOutcome => settled(outcome, request, attempt, options);
  return {
    step(data) {
      const outcome = exchange.step(data);
      return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
    },
  };
}

function settled(outcome: SaslOutcome, request: Sasl2Request, attempt: Attempt, options: Sasl2Options): SaslOutcome {
  if (outcome.kind !== "success") return outcome;
  const { domain, fast, log } = options;
  if (!isClaimed(request, outcome.username, domain)) {
    attempt.reason = "the stream names somebody else";
    return FOREIGN;
  }
  if (fast === undefined || attempt.by === "device") return outcome; // a device has its token already
  try {
    const token = fast.issue(outcome, attempt.context, attempt.since);
    return token === undefined ? outcome : { ...outcome, token };
  } catch (error) {
    log.error("a device could not be given a token", { domain, error });
    return outcome;
  }
}
