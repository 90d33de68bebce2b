/** XEP-0484 §3.4: a login by a token, within the limits on guessing and for the audit log like any other. */
import { bindingOf, createHashedToken, type TokenProof } from "../../xmpp/sasl/hashed-token.ts";
import type { SaslExchange, SaslOutcome } from "../../xmpp/sasl/mechanism.ts";
import type { Attempt } from "../audit.ts";
import type { Guesses } from "../guesses.ts";
import { FOREIGN, isClaimed } from "../sasl2.ts";
import type { Verdict } from "../ways.ts";
import type { Fast, FastVerdict } from "./fast.ts";

export interface FastLoginOptions {
  readonly domain: string;
  readonly fast: Fast;
  readonly guesses: Guesses;
  readonly note: (verdict: Verdict, attempt: Attempt) => void;
}

const MALFORMED: SaslOutcome = { kind: "failure", condition: "malformed-request" };
const REFUSED: SaslOutcome = { kind: "failure", condition: "not-authorized" };
const EXPIRED: SaslOutcome = { kind: "failure", condition: "credentials-expired" };
const BUSY: SaslOutcome = { kind: "failure", condition: "temporary-auth-failure" };

/** Undefined: the mechanism takes no token, or cannot be had on this connection. */
export function fastLogin(attempt: Attempt, options: FastLoginOptions): SaslExchange | undefined {
  const { mechanism, context } = attempt;
  const binding = bindingOf(mechanism, context.channelBindings);
  if (binding === undefined || !context.secure) return undefined;
  return createHashedToken({ binding, verify: (username, proof) => judged(username, proof, attempt, options) });
}

async function judged(
  username: string,
  proof: TokenProof,
  attempt: Attempt,
  { domain, fast, guesses, note }: FastLoginOptions,
): Promise<SaslOutcome> {
  const { mechanism, context } = attempt;
  attempt.user = username;
  const request = context.sasl2;
  // XEP-0484 §3.4, §4.1: <fast/> and the id of the user agent have to be there.
  if (request?.token === undefined || request.agent?.id === undefined) return MALFORMED;
  if (!isClaimed(request, username, domain)) return FOREIGN;
  let verdict: FastVerdict | undefined;
  const answer = await guesses.attempt(username, context.address, () => {
    verdict = fast.use(username, mechanism, context, proof);
    note(asVerdict(username, verdict), attempt);
    return verdict.kind !== "wrong"; // who holds a token that has expired did not guess
  });
  if (answer === "busy") return BUSY;
  if (verdict === undefined || verdict.kind === "wrong") return REFUSED;
  if (verdict.kind === "expired") return EXPIRED; // XEP-0484 §4.2
  const { credential, origin, data, token } = verdict;
  return {
    kind: "success",
    username,
    data,
    ...(credential === undefined ? {} : { credential }),
    ...(origin === undefined ? {} : { origin }),
    ...(token === undefined ? {} : { token }),
  };
}

function asVerdict(username: string, verdict: FastVerdict): Verdict {
  return verdict.kind === "right"
    ? { kind: "right", username, expires: undefined, by: "device" }
    : { kind: "wrong", reason: verdict.reason, by: "device" };
}
