/** The whole server: the only place that knows every part. Whoever embeds Kith begins at `createServer`. */
import type { Server as NodeHttpServer } from "node:http";
import type { Server as NodeHttpsServer } from "node:https";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { mistakeLine } from "./config/mistake.ts";
import { parseConfig } from "./config/parse.ts";
import type { ConfigInput } from "./config/schema.ts";
import type { Contacts, RefreshResult } from "./contacts/contacts.ts";
import type { ContactsFunction } from "./contacts/source.ts";
import { KithError } from "./errors.ts";
import { type Ports, startListeners } from "./listeners.ts";
import { type Log, silentLog } from "./log.ts";
import { loadCertificate } from "./net/certificate.ts";
import type { Transport } from "./net/transport.ts";
import { type Parts, startParts } from "./parts.ts";
import type { AppEvent } from "./sessions/app-events.ts";
import type { TimedEvent } from "./sessions/event-hub.ts";
import type { Users } from "./users.ts";
import { prepareDomain } from "./xmpp/jid/domain.ts";
import { prepareLocalpart } from "./xmpp/jid/localpart.ts";

/** The configuration of contract §5, in code: `contacts` may be a function. Paths are relative to the working folder. */
export type ServerOptions = Omit<ConfigInput, "contacts"> & {
  readonly contacts?: ConfigInput["contacts"] | ContactsFunction;
  /** Nothing is logged without it. */
  readonly log?: Log;
};

const EVENT_TYPES = {
  presence: "presence",
  session: "session",
  proposal: "proposal",
  problem: "contacts.problems",
} as const;

/** What `server.on` listens to; `problem` is the event `contacts.problems`. */
export type EventName = keyof typeof EVENT_TYPES;
export type ServerEvent<Name extends EventName> = TimedEvent<Extract<AppEvent, { type: (typeof EVENT_TYPES)[Name] }>>;

export interface RefreshOptions {
  /** Which domain's users, in any spelling; not needed when there is one. */
  readonly domain?: string;
  /** Fetches and tells the differences; keeps and sends nothing. */
  readonly dryRun?: boolean;
}

export interface Server {
  /** Really bound; a listener that is off is absent. */
  readonly ports: Ports;
  readonly users: Users;
  /** A token of the HTTP side: the first of `http.tokens`, or the one that was made. */
  readonly token: string;
  /** Fetches these people's contacts again: contract §4. Settles within 12 s. RangeError: a name is no localpart. */
  refresh(usernames: readonly string[], options?: RefreshOptions): Promise<ReadonlyMap<string, RefreshResult>>;
  /**
   * Calls `listener` for each event of a kind (docs/events.md), after what happened is done with; what it throws is
   * logged. Returns what ends it.
   */
  on<Name extends EventName>(name: Name, listener: (event: ServerEvent<Name>) => void): () => void;
  /** Serves `/xmpp-websocket` on somebody else's HTTP server too, beside what it serves already. */
  attach(httpServer: NodeHttpServer | NodeHttpsServer): void;
  /** A connection that came in some other way, for example a pipe in memory. */
  accept(transport: Transport): void;
  /** Reads the certificate's files again; what is wrong with them is logged, and the old one stays. */
  reloadCertificate(): Promise<void>;
  /** Says goodbye to everybody and ends. Idempotent. */
  close(): Promise<void>;
}

/** @throws KithError `config-invalid` with every mistake, `listen-failed`, `storage-failed`, `tls-invalid` */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { log = silentLog, ...input } = options;
  const result = parseConfig(input, { folder: process.cwd(), environment: process.env });
  if (!result.ok) throw new KithError("config-invalid", result.mistakes.map(mistakeLine).join("\n"));
  return startServer(result.config, { log, dataFolder: result.config.dataFolder });
}

export interface Surroundings {
  readonly log: Log;
  readonly clock?: Clock;
  /** Where a certificate and a token are kept that had to be made; undefined keeps them in memory. */
  readonly dataFolder: string | undefined;
}

/** Starts a server by a checked configuration: all of it, or nothing is left running. */
export async function startServer(
  config: Config,
  { log, dataFolder, clock = systemClock }: Surroundings,
): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const certificate = await loadCertificate({
    ...config.tls,
    dataFolder: dataFolder ?? null,
    domains: config.domains.map((domain) => domain.domain),
    log,
  });
  const parts = startParts(config, { log, clock, dataFolder }, opened);
  const listeners = await startListeners(config, parts, certificate, log, opened);
  parts.ready(listeners.ports);
  log.info("ready", { ...listeners.ports });
  const closing = opened.move();
  let closed: Promise<void> | undefined;
  return {
    ports: listeners.ports,
    users: parts.users,
    token: parts.token,
    refresh: (usernames, options) => refresh(parts, usernames, options),
    on: (name, listener) => parts.events.on(EVENT_TYPES[name], listener as (event: ServerEvent<EventName>) => void),
    attach: listeners.attach,
    accept: (transport) => parts.c2s.accept(transport),
    async reloadCertificate() {
      await certificate.reload().catch((error: unknown) => {
        log.error("certificate could not be reloaded: the old one stays", { error: String(error) });
      });
    },
    close() {
      closed ??= closing.disposeAsync();
      return closed;
    },
  };
}

async function refresh(
  parts: Parts,
  usernames: readonly string[],
  { domain, dryRun = false }: RefreshOptions = {},
): Promise<ReadonlyMap<string, RefreshResult>> {
  const names = usernames.map((name) => {
    const prepared = prepareLocalpart(name);
    if (prepared === undefined) throw new RangeError(`${JSON.stringify(name)} is no localpart`);
    return prepared;
  });
  return contactsOf(parts.contacts, domain).refreshMany([...new Set(names)], { dryRun });
}

function contactsOf(contacts: ReadonlyMap<string, Contacts>, domain: string | undefined): Contacts {
  const [first] = contacts.values();
  const found = domain === undefined && contacts.size === 1 ? first : contacts.get(prepareDomain(domain ?? "") ?? "");
  if (found === undefined) throw new RangeError(`which domain? One of ${[...contacts.keys()].join(", ")}`);
  return found;
}
