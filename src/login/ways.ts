/** The ways in to one domain, behind the mechanisms: local keys, tokens, and passwords that the application checks. */
import type { LabelledCounter, Metrics } from "../metrics.ts";
import type { Existence } from "./existence.ts";
import { isAccessToken } from "./oauth/check.ts";
import type { CheckPassword } from "./password-check.ts";
import { type CheckToken, isJwt, type TokenVerdict, wrong } from "./tokens/token.ts";

/** Who found a login right or wrong. */
export type Way = "local" | "app password" | "device" | "application" | "grant" | "token" | "introspection";

/** Ways beside the local accounts; undefined: not configured. */
export interface Ways {
  readonly passwords: CheckPassword | undefined;
  /** Asked before a grant, an app password or a device lets somebody in. Undefined: they count by themselves. */
  readonly existence: Existence | undefined;
  /** Access tokens of our own authorization server. */
  readonly access: ((token: string) => TokenVerdict) | undefined;
  readonly jwt: CheckToken | undefined;
  readonly introspection: CheckToken | undefined;
  /** Where clients learn how to get a token. */
  readonly discovery: () => string | undefined;
  /** Sessions end when the token does that began them. */
  readonly endSessionAtExpiry: boolean;
}

export const NO_WAYS: Ways = {
  passwords: undefined,
  existence: undefined,
  access: undefined,
  jwt: undefined,
  introspection: undefined,
  discovery: () => undefined,
  endSessionAtExpiry: false,
};

/** Opaque tokens are long and of few letters (RFC 6750 §2.1); what is not so is a password and goes nowhere as a token. */
const OPAQUE = /^[A-Za-z0-9\-._~+/]{16,}=*$/;

export type Verdict = TokenVerdict & { readonly by: Way };

/** Some way takes tokens. */
export function takesTokens(ways: Ways): boolean {
  return ways.access !== undefined || ways.jwt !== undefined || ways.introspection !== undefined;
}

/** A password that can only be a token: no other way is asked about it. */
export function isToken(ways: Ways, text: string): boolean {
  return (ways.access !== undefined && isAccessToken(text)) || (takesTokens(ways) && isJwt(text));
}

/** Undefined: no way is for such a token. */
export function checkToken(ways: Ways, token: string): Promise<Verdict> | undefined {
  if (ways.access !== undefined && isAccessToken(token)) return by("grant", ways.access(token));
  if (ways.jwt !== undefined && isJwt(token)) return by("token", ways.jwt(token));
  if (ways.introspection === undefined) return undefined;
  return by("introspection", ways.introspection(token));
}

/** A password that is not local: of the application, or an opaque token. Prepared. Undefined: no way is for such a one. */
export async function checkElsewhere(ways: Ways, username: string, password: string): Promise<Verdict | undefined> {
  let verdict: Verdict | undefined;
  if (ways.passwords !== undefined) {
    verdict = { ...passwordVerdict(username, await ways.passwords(username, password)), by: "application" };
    if (verdict.kind === "right") return verdict;
  }
  if (ways.introspection === undefined || !OPAQUE.test(password)) return verdict;
  const second = await by("introspection", ways.introspection(password));
  return verdict?.kind === "unavailable" && second.kind === "wrong" ? verdict : second;
}

function passwordVerdict(username: string, isRight: boolean | undefined): TokenVerdict {
  if (isRight === undefined) return { kind: "unavailable", reason: "the application could not be asked" };
  return isRight ? { kind: "right", username, expires: undefined } : wrong("the application says no");
}

async function by(way: Way, verdict: TokenVerdict | Promise<TokenVerdict>): Promise<Verdict> {
  return { ...(await verdict), by: way };
}

/** The domains of a process share a registry, which knows each name once. */
const counters = new WeakMap<Metrics, LabelledCounter>();

export function checksCounter(metrics: Metrics): LabelledCounter {
  let counter = counters.get(metrics);
  if (counter === undefined) {
    counter = metrics.labelled("kith_login_checks_total", "Passwords and tokens checked, by who checked and result.", [
      "by",
      "result",
    ]);
    counters.set(metrics, counter);
  }
  return counter;
}
