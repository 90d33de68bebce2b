/** What the application is told, put together: the hub, the log of each domain, delivery and streams. docs/events.md */
import type { Clock } from "./clock.ts";
import type { Config, DomainConfig } from "./config/config.ts";
import type { Problem } from "./contacts/contacts.ts";
import { EventStreams } from "./http/events/streams.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { appEvents } from "./modules/app-events/index.ts";
import { WebhookMetrics, Webhooks } from "./net/events/webhooks.ts";
import { createHttpClient } from "./net/http-client.ts";
import type { AppEvent } from "./sessions/app-events.ts";
import { EventHub } from "./sessions/event-hub.ts";
import type { Module } from "./sessions/module.ts";
import { postOf } from "./source-of.ts";
import type { Storage } from "./storage/storage.ts";

export interface EventParts {
  readonly hub: EventHub;
  readonly streams: EventStreams;
  /** Finds out who is here. */
  readonly module: Module;
}

interface Around {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Connections to the application beside those that ask for contacts: as many events are on their way at once. */
const CONNECTIONS = 16;
/** Problems that one event names. */
const MOST_PROBLEMS = 20;

export function startEvents(config: Config, around: Around, opened: AsyncDisposableStack): EventParts {
  const { storage, clock, log, metrics } = around;
  const { kept, age, waiting, dead, streams } = config.limits.events;
  const limits = { count: kept, age, waiting, dead };
  const domains = new Map(
    config.domains.map(({ domain, events }) => {
      return [domain, { log: storage.events(domain, limits), isQueued: events.url !== null }];
    }),
  );
  const hub = new EventHub({ domains, readerAge: age, clock, log, metrics });
  const webhookMetrics = new WebhookMetrics(metrics);
  for (const domain of config.domains) startWebhooks(domain, hub, around, webhookMetrics, opened);
  const settings = new Map(config.domains.map(({ domain, events }) => [domain, events]));
  return {
    hub,
    streams: new EventStreams({ hub, most: streams, clock, log, metrics }),
    module: appEvents(hub, (domain) => settings.get(domain)),
  };
}

function startWebhooks(
  config: DomainConfig,
  hub: EventHub,
  { clock, log }: Around,
  metrics: WebhookMetrics,
  opened: AsyncDisposableStack,
): void {
  const { domain } = config;
  const { url, timeout, retryFor } = config.events;
  const held = hub.logOf(domain);
  if (url === null || held === undefined) return;
  const client = createHttpClient({ connections: CONNECTIONS, connectTimeout: timeout });
  opened.defer(() => client.close());
  const webhooks = new Webhooks({
    domain,
    url,
    events: held,
    post: postOf(config, client.fetch, clock),
    timeout,
    retryFor,
    clock,
    random: Math.random,
    log,
    metrics,
  });
  opened.defer(() => webhooks.close());
  hub.watchQueue(domain, webhooks.wake);
  webhooks.wake();
}

/** Names the first of them, and counts the rest. */
export function problemsEvent(user: string, problems: readonly Problem[]): AppEvent {
  const more = Math.max(0, problems.length - MOST_PROBLEMS);
  return { type: "contacts.problems", user, data: { problems: problems.slice(0, MOST_PROBLEMS), more } };
}
