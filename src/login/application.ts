/** `accounts.http.url`: what the application says about its people, by signed POST. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { admit, type BreakerState, CLOSED, failed, succeeded } from "../contacts/breaker.ts";
import type { SignedPost } from "../contacts/signed-post.ts";
import type { Log } from "../log.ts";

export interface ApplicationOptions {
  readonly domain: string;
  readonly url: string;
  readonly post: SignedPost;
  readonly clock: Clock;
  readonly log: Log;
  /** ms. */
  readonly deadline: number;
}

/**
 * Whether the password is right; without one, whether there is such a person. Both prepared. Undefined: the application
 * could not be asked. Never rejects.
 */
export type AskApplication = (username: string, password?: string) => Promise<boolean | undefined>;

/** Of the answer. */
const MOST_BYTES = 4096;

/** One circuit breaker for both questions: they are of one address. */
export function createApplication(options: ApplicationOptions): AskApplication {
  const { clock, log, domain } = options;
  let breaker: BreakerState = CLOSED;

  return async (username, password) => {
    const admitted = admit(breaker, clock.now(), false);
    breaker = admitted.state;
    if (!admitted.allowed) return undefined;
    const limits = { deadlineMs: options.deadline, maxBytes: MOST_BYTES };
    const what = password === undefined ? "existence" : "password";
    const question = password === undefined ? { user: username, domain } : { user: username, domain, password };
    const answer = await options.post(options.url, `${what}_${randomUUID()}`, question, limits);
    if (!answer.ok && answer.health === "sick") breaker = failed(breaker, clock.now(), username);
    else breaker = succeeded(breaker);
    const verdict = answer.ok && answer.status === 200 ? okOf(answer.json) : undefined;
    if (verdict === undefined) {
      const reason = answer.ok ? 'its answer is not 200 with {"ok": true} or {"ok": false}' : answer.message;
      log.warn("the application could not be asked about a login", { domain, user: username, what, reason });
    }
    return verdict;
  };
}

function okOf(json: unknown): boolean | undefined {
  const ok =
    typeof json === "object" && json !== null && Object.hasOwn(json, "ok") ? Reflect.get(json, "ok") : undefined;
  return typeof ok === "boolean" ? ok : undefined;
}
