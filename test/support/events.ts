/** A log of events in memory with a hub before it, and the sessions that feed it. */
import { silentLog } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import { appEvents } from "../../src/modules/app-events/index.ts";
import type { AppEvent } from "../../src/sessions/app-events.ts";
import { EventHub } from "../../src/sessions/event-hub.ts";
import type { EventLimits, EventLog } from "../../src/sessions/event-log.ts";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { FakeClock } from "./clock.ts";
import { type TestHost, testHost } from "./sessions.ts";

export const DOMAIN = "localhost";
export const SETTLE = 2000;
export const GRACE = 10_000;

const LIMITS: EventLimits = { count: 10_000, age: 7 * 86_400_000, waiting: 10_000, dead: 100 };

export interface EventWorldOptions {
  readonly isQueued?: boolean;
  readonly clock?: FakeClock;
  /** That of an earlier run; else one of its own. */
  readonly storage?: Storage;
  readonly limits?: Partial<EventLimits>;
  readonly addresses?: boolean;
}

export interface EventWorld extends TestHost {
  readonly hub: EventHub;
  readonly log: EventLog;
  readonly storage: Storage;
  /** All that was logged, as `user type state`. */
  told(): readonly string[];
}

export function eventWorld(options: EventWorldOptions = {}): EventWorld {
  const { clock = new FakeClock(), isQueued = false } = options;
  const storage = options.storage ?? openStorage({ kind: "memory" }, { clock, log: silentLog });
  const log = storage.events(DOMAIN, { ...LIMITS, ...options.limits });
  const hub = new EventHub({
    domains: new Map([[DOMAIN, { log, isQueued }]]),
    readerAge: 86_400_000,
    clock,
    log: silentLog,
    metrics: new Metrics(),
  });
  const settings = { settle: SETTLE, grace: GRACE, addresses: options.addresses ?? false };
  const host = testHost({ clock, modules: [appEvents(hub, (domain) => (domain === DOMAIN ? settings : undefined))] });
  return {
    ...host,
    hub,
    log,
    storage,
    told: () =>
      log.after(log.floor, 10_000).map(({ type, user, data }) => `${user} ${type} ${JSON.parse(data)["state"]}`),
  };
}

export function sessionEvent(user: string, resource: string): AppEvent {
  return { type: "session", user, data: { state: "started", resource, transport: "memory" } };
}
