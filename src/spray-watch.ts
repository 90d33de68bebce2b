/** Password spraying: one address that tries the passwords of many people. Counted for all domains together. */

import { sourceOf } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import type { Limits } from "./config/limits.ts";
import type { TrustedProxies } from "./http/proxy.ts";
import { AddressRate } from "./http/rate.ts";
import type { Log } from "./log.ts";
import { Lru } from "./lru.ts";

interface SprayWatchParts {
  readonly limits: Limits["login"];
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms until the same address is named in the log again. */
const TELL_EVERY = 60_000;
const MOST_TOLD = 1000;

/**
 * Counts a wrong login, and says whether there are too many from its address. A right password is never refused for that:
 * behind one address there may be a whole school, in which somebody always has a device with an old password.
 */
export function sprayWatch({ limits, proxies, clock, log }: SprayWatchParts): (address: string) => boolean {
  const rate = { burst: limits.wrong, rate: limits.wrongPerSecond };
  const wrongTries = new AddressRate({ rate, proxies, clock, exemptsLoopback: true });
  const told = new Lru<{ readonly at: number }>(MOST_TOLD);
  return (address) => {
    if (wrongTries.take(address).ok) return false;
    const source = sourceOf(address);
    const now = clock.now();
    if (now - (told.get(source)?.at ?? Number.NEGATIVE_INFINITY) >= TELL_EVERY) {
      told.set(source, { at: now });
      log.warn("many wrong logins from one address", { address });
    }
    return true;
  };
}
