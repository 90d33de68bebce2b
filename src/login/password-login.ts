/** A whole login with a password for a page of ours: the same limits on guessing, ways in and audit log as by SASL. */
import type { Clock } from "../clock.ts";
import type { SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import { preparePassword } from "../xmpp/sasl/password.ts";
import { type Attempt, type Audit, watched } from "./audit.ts";
import { userOf } from "./tokens/user-of.ts";

/** As the person typed it, and where from. */
export interface TypedLogin {
  /** A localpart, or an address of the domain. */
  readonly username: string;
  readonly password: string;
  /** Of the peer, after trusted proxies. */
  readonly address: string;
}

/** `right`: `username` is prepared. `busy`: it could not be judged now; HTTP says 429. A wrong one may be answered late. */
export type TypedOutcome =
  | { readonly kind: "right"; readonly username: string }
  | { readonly kind: "wrong" }
  | { readonly kind: "busy" };

/** One domain's. Never rejects. */
export type TypedPasswordLogin = (typed: TypedLogin) => Promise<TypedOutcome>;

/** What the audit log calls it, in the place of a SASL mechanism. */
const MECHANISM = "web form";

const WRONG: SaslOutcome = { kind: "failure", condition: "not-authorized" };

interface TypedPasswordLoginParts {
  readonly domain: string;
  readonly clock: Clock;
  readonly audit: Audit;
  /** Judges a localpart and a password, both prepared, within the limits on guessing. */
  readonly judge: (username: string, password: string, attempt: Attempt) => Promise<SaslOutcome>;
}

export function createTypedPasswordLogin({ domain, clock, audit, judge }: TypedPasswordLoginParts): TypedPasswordLogin {
  return async (typed) => {
    const context = { domain, secure: true, channelBindings: {}, address: typed.address };
    const unknown = { user: undefined, by: undefined, reason: undefined };
    const attempt: Attempt = { mechanism: MECHANISM, context, since: clock.now(), ...unknown };
    const exchange = watched({ step: () => judged(typed, attempt) }, (outcome, cause) =>
      audit(attempt, outcome, cause),
    );
    const outcome = await exchange.step(undefined);
    if (outcome.kind === "success") return { kind: "right", username: outcome.username };
    const isBusy = outcome.kind === "failure" && outcome.condition === "temporary-auth-failure";
    return { kind: isBusy ? "busy" : "wrong" };
  };

  function judged(typed: TypedLogin, attempt: Attempt): SaslOutcome | Promise<SaslOutcome> {
    const username = userOf(typed.username, domain);
    const password = preparePassword(typed.password);
    // Nobody can have such a name or password, so that no try is counted, as by PLAIN.
    return username === undefined || password === undefined ? WRONG : judge(username, password, attempt);
  }
}

/** By domain. */
export type PasswordLogins = ReadonlyMap<string, { readonly typedPassword: TypedPasswordLogin }>;

/** The same for all domains of the server. `domain`: prepared; nobody is of one that is not ours. */
export function passwordLogin(
  logins: PasswordLogins,
): (typed: TypedLogin & { readonly domain: string }) => Promise<TypedOutcome> {
  return async ({ domain, ...typed }) => (await logins.get(domain)?.typedPassword(typed)) ?? { kind: "wrong" };
}
