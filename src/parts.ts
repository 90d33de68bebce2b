/** Everything behind the listeners, built by the configuration: storage, contacts, sessions, logins, routes. */
import type { Hono } from "hono";
import { authorizationServers } from "./authorization-parts.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { Limits } from "./config/limits.ts";
import { createContacts } from "./contacts/cache.ts";
import type { Contacts } from "./contacts/contacts.ts";
import { ContactsMetrics } from "./contacts/contacts-metrics.ts";
import { ContactsWatch } from "./contacts/watch.ts";
import { problemsEvent, startEvents } from "./event-parts.ts";
import { createApp } from "./http/app.ts";
import type { HttpEnv } from "./http/context.ts";
import { TrustedProxies } from "./http/proxy.ts";
import { ADMIN_TOKEN_FILE, keptToken, makeToken } from "./http/token-file.ts";
import type { Ports } from "./listeners.ts";
import type { Log } from "./log.ts";
import { createHasher } from "./login/hasher.ts";
import { startLogins } from "./login-parts.ts";
import { metadataUrl } from "./metadata-url.ts";
import { Metrics } from "./metrics.ts";
import { MODULES } from "./modules/index.ts";
import { type C2s, createC2s } from "./net/c2s.ts";
import { createHttpClient } from "./net/http-client.ts";
import type { C2sLimits } from "./net/limits.ts";
import { oauthOptions, registrationsOf } from "./oauth-parts.ts";
import { startProposals } from "./proposal-parts.ts";
import type { EventSink } from "./sessions/app-events.ts";
import type { EventHub } from "./sessions/event-hub.ts";
import { createSessions } from "./sessions/sessions.ts";
import { askedOf } from "./source-of.ts";
import { openStorage, type Storage } from "./storage/storage.ts";
import { createUsers, kicking, type Users } from "./users.ts";
import { VERSION } from "./version.ts";

export interface Parts {
  readonly contacts: ReadonlyMap<string, Contacts>;
  readonly c2s: C2s;
  readonly users: Users;
  readonly events: EventHub;
  readonly app: Hono<HttpEnv>;
  readonly metrics: Metrics;
  readonly token: string;
  /** The listeners are open: /readyz says so from now on. */
  ready(ports: Ports): void;
  /** Not ready any more; everybody is told and gone when it settles. */
  goodbye(): Promise<void>;
}

export interface PartsSurroundings {
  readonly log: Log;
  readonly clock: Clock;
  readonly dataFolder: string | undefined;
}

/** Everything that was opened is on `opened`, to be closed in the opposite order. */
export function startParts(config: Config, surroundings: PartsSurroundings, opened: AsyncDisposableStack): Parts {
  const { log, clock } = surroundings;
  const metrics = new Metrics();
  metrics.addProcess();
  const storage = openStorage(config.storage, { clock, log });
  opened.defer(() => storage.close());
  const watches = new Map(config.domains.map(({ domain }) => [domain, new ContactsWatch(clock)]));
  const events = startEvents(config, { storage, clock, log, metrics }, opened);
  const contacts = startContacts(config, surroundings, storage, metrics, watches, events.hub, opened);
  const proposals = startProposals(config, { clock, log, metrics, events: events.hub }, opened);
  const domains = new Map(
    [...contacts].map(([name, held]) => {
      const proposed = proposals.get(name);
      const parts = { contacts: held, lastSeen: storage.lastSeen(name) };
      return [name, proposed === undefined ? parts : { ...parts, proposals: proposed }];
    }),
  );
  const { session } = config.limits;
  const sessions = createSessions({
    domains,
    clock,
    log,
    metrics,
    limits: {
      perUser: session.perUser,
      pending: session.pendingIqs,
      directed: session.directedPresence,
      iqTime: session.iqTime,
    },
    modules: [...MODULES, events.module],
    software: { name: "Kith", version: VERSION },
  });
  const proxies = new TrustedProxies(config.http.trustProxy);
  const hasher = createHasher();
  const registrations = registrationsOf(config);
  let ports: Ports = {};
  const loginParts = {
    storage,
    clock,
    log,
    metrics,
    hasher,
    registrations,
    metadataUrl: (domain: string) => metadataUrl(config, ports, domain),
  };
  const logins = startLogins(config, loginParts, opened);
  const c2s = createC2s({
    sessions,
    authenticators: logins,
    limits: c2sLimits(config.limits),
    clock,
    log,
    metrics,
    allowPlaintext: config.allowPlaintext,
    isTrusted: (address) => proxies.has(address),
  });
  const accounts = kicking(storage.accounts, sessions);
  const tokens = tokensOf(config, surroundings);
  const servers = authorizationServers(config, { storage, sessions, logins, registrations, clock, log }, opened);
  const oauth = oauthOptions(config, registrations, servers);
  let isReady = false;
  const sentTo = new Set(config.domains.flatMap((domain) => (domain.events.url === null ? [] : [domain.domain])));
  const admin = {
    tokens: adminTokensOf(config, surroundings),
    version: VERSION,
    startedAt: clock.now(),
    watches,
    people: (domain: string) => sessions.people(domain),
    events: (domain: string) => (sentTo.has(domain) ? events.hub.logOf(domain)?.queue : undefined),
  };
  const app = createApp(
    {
      ...config.http,
      tokens,
      domains: config.domains.map((domain) => ({
        name: domain.domain,
        publicUrl: domain.http.publicUrl,
        maxList: domain.contacts.maxBytes,
        contacts: heldBy(contacts, domain.domain),
        seenIds: storage.seenIds(`webhook:${domain.domain}`),
        secrets: domain.http.secrets.length > 0 ? domain.http.secrets : config.http.secrets,
      })),
      bodyTime: config.limits.http.bodyTime,
      online: (jid) => sessions.online(jid),
      lastActivity: (jid) => sessions.lastActivity(jid),
      keptAnswers: storage.keptAnswers,
      streams: events.streams,
      ...(oauth === undefined ? {} : { oauth }),
      notReady: () => [...(isReady ? [] : ["listeners"]), ...(isWell(storage, config) ? [] : ["storage"])],
      accounts,
      metrics,
      clock,
      log,
    },
    admin,
  );
  return {
    contacts,
    c2s,
    events: events.hub,
    app,
    metrics,
    users: createUsers(accounts, hasher, clock, sessions.domains),
    token: tokens[0],
    ready(bound) {
      ports = bound;
      isReady = true;
    },
    async goodbye() {
      isReady = false;
      sessions.close();
      await events.streams.close();
      await c2s.close();
    },
  };
}

/** The database can be read. */
function isWell(storage: Storage, config: Config): boolean {
  try {
    storage.accounts.list(config.domains[0].domain, "", 1);
    return true;
  } catch {
    return false; // /readyz tells it; whoever needs the storage logs why
  }
}

function startContacts(
  config: Config,
  { log, clock }: PartsSurroundings,
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

function heldBy(contacts: ReadonlyMap<string, Contacts>, domain: string): Contacts {
  const found = contacts.get(domain);
  if (found === undefined) throw new TypeError(`no contacts for ${domain}`);
  return found;
}

/** Those of the configuration, or the one that is kept in the data folder. */
function tokensOf(config: Config, { log, dataFolder }: PartsSurroundings): readonly [string, ...string[]] {
  const [first, ...others] = config.http.tokens;
  if (first !== undefined) return [first, ...others];
  if (dataFolder === undefined) return [makeToken()];
  const { token, path } = keptToken(dataFolder);
  log.info("the token of the HTTP side is in a file", { path });
  return [token];
}

/** Those of the configuration, or the one that is kept in the data folder; without one `http.tokens` alone open the page. */
function adminTokensOf(config: Config, { log, dataFolder }: PartsSurroundings): readonly string[] {
  if (config.http.adminTokens.length > 0 || dataFolder === undefined) return config.http.adminTokens;
  const { token, path } = keptToken(dataFolder, ADMIN_TOKEN_FILE);
  log.info("the token of the page at /admin is in a file; `kith admin` prints its address", { path });
  return [token];
}

function c2sLimits({ beforeLogin, session, connections }: Limits): C2sLimits {
  return {
    bytesBeforeLogin: beforeLogin.stanzaBytes,
    depthBeforeLogin: beforeLogin.depth,
    loginTime: beforeLogin.time,
    loginTries: beforeLogin.tries,
    rateBeforeLogin: beforeLogin.bytesPerSecond,
    burstBeforeLogin: beforeLogin.burst,
    bytes: session.stanzaBytes,
    depth: session.depth,
    elements: session.elements,
    rate: session.bytesPerSecond,
    burst: session.burst,
    queue: session.queueBytes,
    stalled: session.queueTime,
    idle: session.idle,
    idleAnswer: session.idleAnswer,
    closing: session.closing,
    connectionsPerAddress: connections.perAddress,
    connections: connections.total,
  };
}
