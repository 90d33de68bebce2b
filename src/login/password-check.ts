/** `accounts.http.url`: passwords that the application checks, by signed POST. */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { admit, type BreakerState, CLOSED, failed, succeeded } from "../contacts/breaker.ts";
import type { SignedPost } from "../contacts/signed-post.ts";
import type { Log } from "../log.ts";
import { isSameSecret } from "../xmpp/sasl/scram-keys.ts";

export interface PasswordCheckOptions {
  readonly domain: string;
  readonly url: string;
  readonly post: SignedPost;
  readonly clock: Clock;
  readonly log: Log;
  /** ms. */
  readonly deadline: number;
  /** ms for which a right password is not asked about again. */
  readonly cache: number;
}

/** Both prepared. Undefined: the application could not be asked. Never rejects. */
export type CheckPassword = (username: string, password: string) => Promise<boolean | undefined>;

/** Of the answer. */
const MOST_BYTES = 4096;
/** People whose password is remembered; the one longest unused goes first. */
const MOST_KEPT = 10_000;
const KEY_OCTETS = 32;

/**
 * What was right is remembered as an HMAC by a key of this process, for a short time and in memory alone. A wrong
 * password, another right one and a failure of the application end that.
 */
export function createPasswordCheck(options: PasswordCheckOptions): CheckPassword {
  const { clock, log, domain } = options;
  const key = randomBytes(KEY_OCTETS);
  const kept = new Map<string, { readonly mac: Uint8Array; readonly until: number }>();
  let breaker: BreakerState = CLOSED;

  async function ask(username: string, password: string): Promise<boolean | undefined> {
    const admitted = admit(breaker, clock.now(), false);
    breaker = admitted.state;
    if (!admitted.allowed) return undefined;
    const limits = { deadlineMs: options.deadline, maxBytes: MOST_BYTES };
    const answer = await options.post(
      options.url,
      `password_${randomUUID()}`,
      { user: username, domain, password },
      limits,
    );
    if (!answer.ok && answer.health === "sick") breaker = failed(breaker, clock.now(), username);
    else breaker = succeeded(breaker);
    const verdict = answer.ok && answer.status === 200 ? okOf(answer.json) : undefined;
    if (verdict === undefined) {
      const reason = answer.ok ? 'its answer is not 200 with {"ok": true} or {"ok": false}' : answer.message;
      log.warn("the application could not check a password", { domain, user: username, reason });
    }
    return verdict;
  }

  return async (username, password) => {
    const mac = createHmac("sha256", key).update(`${username}\0${password}`).digest();
    const known = kept.get(username);
    if (known !== undefined && clock.now() < known.until && isSameSecret(known.mac, mac)) return true;
    const verdict = await ask(username, password);
    kept.delete(username);
    if (verdict === true) {
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? "");
      kept.set(username, { mac, until: clock.now() + options.cache });
    }
    return verdict;
  };
}

function okOf(json: unknown): boolean | undefined {
  const ok =
    typeof json === "object" && json !== null && Object.hasOwn(json, "ok") ? Reflect.get(json, "ok") : undefined;
  return typeof ok === "boolean" ? ok : undefined;
}
