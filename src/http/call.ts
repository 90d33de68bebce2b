/** A call that changes something: who may make it, its body within its limits, its `Idempotency-Key`. */
import type { Gate } from "./auth.ts";
import { readBody } from "./body.ts";
import type { HttpContext } from "./context.ts";
import { chooseDomain } from "./host.ts";
import type { Idempotency } from "./idempotency.ts";
import type { HttpDomain, HttpOptions } from "./options.ts";
import { type Checked, pass } from "./problem.ts";
import type { TrustedProxies } from "./proxy.ts";

/** What the routes share. */
export interface Calls {
  readonly options: HttpOptions;
  readonly gate: Gate;
  readonly proxies: TrustedProxies;
  readonly idempotency: Idempotency;
}

export interface CallRules {
  /** A signature is taken instead of a token. */
  readonly signed: boolean;
  /** `http.maxBody`, or the limit of a contact list. */
  readonly limit: "maxBody" | "contacts";
}

export interface Call {
  readonly domain: HttpDomain;
  readonly body: Uint8Array;
}

/** `perform` runs once for one Idempotency-Key; a call that is refused before leaves the key free. */
export async function answerCall(
  context: HttpContext,
  calls: Calls,
  rules: CallRules,
  perform: (call: Call) => Promise<Response>,
): Promise<Response> {
  const admitted = await admit(context, calls, rules);
  if (!admitted.ok) return admitted.response;
  const { domain, body } = admitted.value;
  return calls.idempotency.answer(context, { domain: domain.name, body, perform: () => perform({ domain, body }) });
}

/** A token lets in before the body is read; a signature covers the body, so it is read first, within its limits. */
async function admit(context: HttpContext, calls: Calls, rules: CallRules): Promise<Checked<Call>> {
  const { options, gate, proxies } = calls;
  const domain = chooseDomain(context, options.domains, proxies);
  const isSigned = rules.signed && domain.ok && gate.isSigned(context, domain.value);
  const allowed = isSigned ? pass(true) : gate.byToken(context);
  if (!allowed.ok) return allowed;
  if (!domain.ok) return domain;
  const isList = rules.limit === "contacts";
  const body = await readBody(context, {
    maxBody: isList ? domain.value.maxList : options.maxBody,
    setting: isList ? "contacts.maxBytes" : "http.maxBody",
    bodyTime: options.bodyTime,
    clock: options.clock,
  });
  if (!body.ok) return body;
  const signed = isSigned ? gate.bySignature(context, domain.value, body.value) : pass(true);
  return signed.ok ? pass({ domain: domain.value, body: body.value }) : signed;
}

/** A call that only asks: by a token, for one domain. */
export function admitReader(context: HttpContext, { options, gate, proxies }: Calls): Checked<HttpDomain> {
  const allowed = gate.byToken(context);
  return allowed.ok ? chooseDomain(context, options.domains, proxies) : allowed;
}

export const NO_STORE = { "cache-control": "no-store" } as const;

/** Lets others have their turn. */
export function yieldNow(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
