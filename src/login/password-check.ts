/** Passwords that the application checks, and what was right remembered for a short time. */
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { isSameSecret } from "../xmpp/sasl/scram-keys.ts";
import type { AskApplication } from "./application.ts";

export interface PasswordCheckOptions {
  readonly ask: AskApplication;
  readonly clock: Clock;
  /** ms for which a right password is not asked about again. */
  readonly cache: number;
}

/** Both prepared. Undefined: the application could not be asked. Never rejects. */
export type CheckPassword = (username: string, password: string) => Promise<boolean | undefined>;

/** People whose password is remembered; the one longest unused goes first. */
const MOST_KEPT = 10_000;
const KEY_OCTETS = 32;

/**
 * What was right is remembered as an HMAC by a key of this process, for a short time and in memory alone. A wrong
 * password, another right one and a failure of the application end that.
 */
export function createPasswordCheck({ ask, clock, cache }: PasswordCheckOptions): CheckPassword {
  const key = randomBytes(KEY_OCTETS);
  const kept = new Map<string, { readonly mac: Uint8Array; readonly until: number }>();

  return async (username, password) => {
    const mac = createHmac("sha256", key).update(`${username}\0${password}`).digest();
    const known = kept.get(username);
    if (known !== undefined && clock.now() < known.until && isSameSecret(known.mac, mac)) return true;
    const verdict = await ask(username, password);
    kept.delete(username);
    if (verdict === true) {
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? "");
      kept.set(username, { mac, until: clock.now() + cache });
    }
    return verdict;
  };
}
