/** Everything behind the listeners, built by the configuration: storage, contacts, sessions, logins, routes. */
import type { Hono } from "hono";
import { authorizationServers } from "./authorization-parts.ts";
import { belongingsOf, clientAccessBy } from "./belongings.ts";
import type { Clock } from "./clock.ts";
import { commandModules } from "./command-parts.ts";
import type { Config } from "./config/config.ts";
import type { Limits } from "./config/limits.ts";
import { domainParts, heldBy, startContacts } from "./contact-parts.ts";
import type { Contacts } from "./contacts/contacts.ts";
import { ContactsWatch } from "./contacts/watch.ts";
import { createCredentials } from "./credentials.ts";
import { startDevices } from "./device-parts.ts";
import { startEvents } from "./event-parts.ts";
import { createApp } from "./http/app.ts";
import type { HttpEnv } from "./http/context.ts";
import type { Belongings } from "./http/oauth/belongings.ts";
import type { HttpDomain } from "./http/options.ts";
import { TrustedProxies } from "./http/proxy.ts";
import { ADMIN_TOKEN_FILE, keptToken, makeToken } from "./http/token-file.ts";
import type { Ports } from "./listeners.ts";
import type { Log } from "./log.ts";
import { createHasher } from "./login/hasher.ts";
import { startAppPasswords, startLogins } from "./login-parts.ts";
import { metadataUrl } from "./metadata-url.ts";
import { Metrics } from "./metrics.ts";
import { clientAccess } from "./modules/client-access.ts";
import { MODULES } from "./modules/index.ts";
import { type C2s, createC2s } from "./net/c2s.ts";
import type { C2sLimits } from "./net/limits.ts";
import { oauthOptions, registrationsOf, registriesOf } from "./oauth-parts.ts";
import { startProposals } from "./proposal-parts.ts";
import type { EventHub } from "./sessions/event-hub.ts";
import type { SessionHost } from "./sessions/host.ts";
import type { SessionLimits } from "./sessions/limits.ts";
import { createSessions } from "./sessions/sessions.ts";
import { sprayWatch } from "./spray-watch.ts";
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
  const domains = domainParts(contacts, proposals, storage);
  const registrations = registrationsOf(config);
  const registries = registriesOf(config, registrations);
  const credentials = createCredentials(storage, () => sessions);
  const belongings = new Map<string, Belongings>();
  const sessions: SessionHost = createSessions({
    domains,
    clock,
    log,
    metrics,
    limits: sessionLimits(config.limits),
    modules: [
      ...MODULES,
      events.module,
      clientAccess(clientAccessBy((domain) => belongings.get(domain), storage)),
      ...commandModules(config, { clock, log, registries }),
    ],
    software: { name: "Kith", version: VERSION },
    resourceKey: storage.secrets.get("resources"),
    isHeld: credentials.isHeld,
  });
  const proxies = new TrustedProxies(config.http.trustProxy);
  const hasher = createHasher();
  let ports: Ports = {};
  const loginParts = {
    storage,
    clock,
    log,
    metrics,
    hasher,
    registrations,
    isSpraying: sprayWatch({ limits: config.limits.login, proxies, clock, log }),
    metadataUrl: (domain: string) => metadataUrl(config, ports, domain),
    isHeld: credentials.isHeld,
  };
  const logins = startLogins(config, loginParts, opened);
  const appPasswords = startAppPasswords(config, loginParts, credentials.ended);
  const { deviceLinks, registrars } = startDevices(config, { ...loginParts, appPasswords });
  const c2s = createC2s({
    sessions,
    authenticators: logins,
    registrars,
    limits: c2sLimits(config.limits),
    clock,
    log,
    metrics,
    allowPlaintext: config.allowPlaintext,
    isTrusted: (address) => proxies.has(address),
  });
  const accounts = kicking(storage.accounts, sessions, deviceLinks);
  const tokens = tokensOf(config, surroundings);
  for (const { domain, accounts: ways } of config.domains) {
    const adding = ways.appPasswords ? deviceLinks : undefined;
    const held = { storage, sessions, credentials, appPasswords, deviceLinks: adding };
    belongings.set(domain, belongingsOf(domain, held));
  }
  const around = { storage, logins, credentials, belongings, registrations, clock, log };
  const servers = authorizationServers(config, around, opened);
  const oauth = oauthOptions(config, registries, servers);
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
      domains: httpDomains(config, contacts, storage),
      bodyTime: config.limits.http.bodyTime,
      online: (jid) => sessions.online(jid),
      lastActivity: (jid) => sessions.lastActivity(jid),
      keptAnswers: storage.keptAnswers,
      streams: events.streams,
      ...(oauth === undefined ? {} : { oauth }),
      notReady: () => [...(isReady ? [] : ["listeners"]), ...(isWell(storage, config) ? [] : ["storage"])],
      accounts,
      appPasswords,
      deviceLinks,
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

function httpDomains(config: Config, contacts: ReadonlyMap<string, Contacts>, storage: Storage): readonly HttpDomain[] {
  return config.domains.map((domain) => ({
    name: domain.domain,
    publicUrl: domain.http.publicUrl,
    maxList: domain.contacts.maxBytes,
    contacts: heldBy(contacts, domain.domain),
    seenIds: storage.seenIds(`webhook:${domain.domain}`),
    secrets: domain.http.secrets.length > 0 ? domain.http.secrets : config.http.secrets,
  }));
}

function sessionLimits({ session }: Limits): Partial<SessionLimits> {
  return {
    perUser: session.perUser,
    pending: session.pendingIqs,
    directed: session.directedPresence,
    iqTime: session.iqTime,
    resumeTime: session.resume,
    unackedStanzas: session.unackedStanzas,
    unackedLength: session.unackedBytes,
  };
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
