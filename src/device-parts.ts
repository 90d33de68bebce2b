/** Links by which a device makes itself an app password, and who answers the clients that come by one. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Log } from "./log.ts";
import type { AppPasswords } from "./login/app-passwords.ts";
import { DeviceLinks } from "./login/device-links.ts";
import { createRegistrar } from "./login/device-registration.ts";
import { GUESS_LIMITS, Guesses } from "./login/guesses.ts";
import type { Metrics } from "./metrics.ts";
import type { Registrar } from "./xmpp/stream/register.ts";

export interface DeviceSurroundings {
  readonly appPasswords: AppPasswords;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** As for logins. */
  readonly isSpraying: (address: string) => boolean;
}

export interface DeviceParts {
  readonly deviceLinks: DeviceLinks;
  /** By domain; where app passwords are switched off there is none. */
  readonly registrars: ReadonlyMap<string, Registrar>;
}

export function startDevices(config: Config, surroundings: DeviceSurroundings): DeviceParts {
  const { appPasswords, clock, log, metrics, isSpraying } = surroundings;
  const links = new DeviceLinks({ appPasswords, clock });
  const counter = metrics.labelled("kith_device_links_total", "Clients that came to register, by what came of it.", [
    "result",
  ]);
  const guesses = new Guesses(clock, GUESS_LIMITS, isSpraying);
  const registrars = new Map<string, Registrar>();
  for (const { domain, accounts } of config.domains) {
    if (!accounts.appPasswords) continue;
    registrars.set(domain, createRegistrar({ domain, links, appPasswords, guesses, log, counter }));
  }
  return { deviceLinks: links, registrars };
}
