/** The contact lists of each domain, put together by the configuration. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { createContacts } from "./contacts/cache.ts";
import type { Contacts } from "./contacts/contacts.ts";
import { ContactsMetrics } from "./contacts/contacts-metrics.ts";
import type { Proposals } from "./contacts/proposals.ts";
import type { ContactsWatch } from "./contacts/watch.ts";
import { problemsEvent } from "./event-parts.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createHttpClient } from "./net/http-client.ts";
import type { EventSink } from "./sessions/app-events.ts";
import type { DomainParts } from "./sessions/make-core.ts";
import { askedOf } from "./source-of.ts";
import type { Storage } from "./storage/storage.ts";

export function startContacts(
  config: Config,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
  storage: Storage,
  metrics: Metrics,
  watches: ReadonlyMap<string, ContactsWatch>,
  events: EventSink,
  opened: AsyncDisposableStack,
): ReadonlyMap<string, Contacts> {
  const contactsMetrics = new ContactsMetrics(metrics);
  const all = new Map<string, Contacts>();
  for (const domain of config.domains) {
    const { concurrency, timeout, notFound } = domain.contacts;
    const client = createHttpClient({ connections: concurrency, connectTimeout: timeout });
    opened.defer(() => client.close());
    const watch = watches.get(domain.domain);
    const contacts = createContacts({
      ...(watch === undefined ? {} : { observer: watch }),
      problemsChanged: (username, problems) => events.emit(domain.domain, problemsEvent(username, problems)),
      domain: domain.domain,
      source: askedOf(domain, config.limits.batch, client.fetch, clock),
      store: storage.contacts(domain.domain),
      concurrency,
      notFound,
      clock,
      log,
      metrics: contactsMetrics,
    });
    opened.defer(() => contacts.close());
    watch?.listenTo(contacts);
    all.set(domain.domain, contacts);
  }
  return all;
}

export function heldBy(contacts: ReadonlyMap<string, Contacts>, domain: string): Contacts {
  const found = contacts.get(domain);
  if (found === undefined) throw new TypeError(`no contacts for ${domain}`);
  return found;
}

/** What the sessions of each domain are given. */
export function domainParts(
  contacts: ReadonlyMap<string, Contacts>,
  proposals: ReadonlyMap<string, Proposals>,
  storage: Storage,
): ReadonlyMap<string, DomainParts> {
  const domains = new Map<string, DomainParts>();
  for (const [name, held] of contacts) {
    const parts = { contacts: held, lastSeen: storage.lastSeen(name) };
    const proposed = proposals.get(name);
    domains.set(name, proposed === undefined ? parts : { ...parts, proposals: proposed });
  }
  return domains;
}
