/** Whether there still is such a person, asked where something other than a password lets somebody in for a long time. */
import type { Clock } from "../clock.ts";
import { Lru } from "../lru.ts";
import type { SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { AccountStore } from "./accounts.ts";
import type { AskApplication } from "./application.ts";
import type { Attempt } from "./audit.ts";

/** `username`: prepared. Undefined: nobody could be asked, and that keeps nobody out. Never rejects. */
export type Existence = (username: string) => Promise<boolean | undefined>;

export interface ExistenceOptions {
  readonly domain: string;
  /** Undefined: no local account may log in, and so none says anything. */
  readonly accounts: AccountStore | undefined;
  readonly ask: AskApplication;
  readonly clock: Clock;
  /** ms for which an answer of the application counts. */
  readonly cache: number;
}

/** People about whom an answer is remembered; the one longest unused goes first. */
const MOST_KEPT = 10_000;

/** Whoever has a local account is there; of anybody else the application says it. */
export function createExistence({ domain, accounts, ask, clock, cache }: ExistenceOptions): Existence {
  const kept = new Lru<{ readonly exists: boolean; readonly until: number }>(MOST_KEPT);
  const underWay = new Map<string, Promise<boolean | undefined>>();

  async function asked(username: string): Promise<boolean | undefined> {
    const exists = await ask(username);
    underWay.delete(username);
    if (exists !== undefined) kept.set(username, { exists, until: clock.now() + cache });
    return exists;
  }

  return async (username) => {
    if (accounts?.get(domain, username) !== undefined) return true;
    const known = kept.get(username);
    if (known !== undefined && clock.now() < known.until) return known.exists;
    const flight = underWay.get(username) ?? asked(username);
    underWay.set(username, flight);
    return flight;
  };
}

const GONE: SaslOutcome = { kind: "failure", condition: "not-authorized" };

/** The same exchange; what was made for a grant, an app password or a device lets in only who still is there. */
export function ofTheLiving(exchange: SaslExchange, attempt: Attempt, existence: Existence): SaslExchange {
  return {
    async step(data) {
      const outcome = await exchange.step(data);
      // A device that signs itself out by this login has no credential any more.
      const isLasting = outcome.kind === "success" && (outcome.credential !== undefined || attempt.by === "device");
      if (!isLasting) return outcome;
      if ((await existence(outcome.username)) !== false) return outcome;
      attempt.reason = "the application knows nobody of this name";
      return GONE;
    },
  };
}
