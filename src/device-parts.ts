/** How single devices get in: app passwords, links by which they make one, and who answers clients that come by a link. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Log } from "./log.ts";
import { type AppPasswords, createAppPasswords } from "./login/app-passwords.ts";
import { DeviceLinks } from "./login/device-links.ts";
import { createRegistrar } from "./login/device-registration.ts";
import { UNKNOWN_USERS } from "./login/fake-keys.ts";
import type { Hasher } from "./login/hasher.ts";
import type { Metrics } from "./metrics.ts";
import type { SessionHost } from "./sessions/host.ts";
import type { Storage } from "./storage/storage.ts";
import { takeBack } from "./take-back.ts";
import type { Registrar } from "./xmpp/stream/register.ts";

export interface DeviceSurroundings {
  readonly storage: Storage;
  readonly sessions: SessionHost;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface DeviceParts {
  readonly appPasswords: AppPasswords;
  readonly deviceLinks: DeviceLinks;
  /** By domain; where app passwords are switched off there is none. */
  readonly registrars: ReadonlyMap<string, Registrar>;
}

export function startDevices(config: Config, surroundings: DeviceSurroundings): DeviceParts {
  const { storage, sessions, hasher, clock, log, metrics } = surroundings;
  const domains = config.domains.filter(({ accounts }) => accounts.appPasswords).map(({ domain }) => domain);
  const appPasswords = createAppPasswords({
    store: storage.appPasswords,
    accounts: storage.accounts,
    serverSecret: storage.secrets.get(UNKNOWN_USERS),
    domains: new Set(domains),
    hasher,
    clock,
    log,
    takeBack: (what) => takeBack({ storage, sessions }, what),
  });
  const deviceLinks = new DeviceLinks({ appPasswords, clock });
  const counter = metrics.labelled("kith_device_links_total", "Clients that came to register, by what came of it.", [
    "result",
  ]);
  const registrars = domains.map((domain): [string, Registrar] => {
    return [domain, createRegistrar({ domain, links: deviceLinks, appPasswords, clock, log, counter })];
  });
  return { appPasswords, deviceLinks, registrars: new Map(registrars) };
}
