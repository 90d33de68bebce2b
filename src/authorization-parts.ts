/** The authorization server of each domain with a registration key, put together by the configuration. */
import type { Clock, Timer } from "./clock.ts";
import type { Config, DomainConfig } from "./config/config.ts";
import type { Credentials } from "./credentials.ts";
import type { Belongings } from "./http/oauth/belongings.ts";
import type { Handoff, OAuthDomain } from "./http/oauth/domain.ts";
import type { Log } from "./log.ts";
import { credentialOf as appCredential } from "./login/app-password.ts";
import type { AppPasswords } from "./login/app-passwords.ts";
import type { Logins } from "./login/authenticator.ts";
import { type DeviceLinks, LINK_LIFETIME } from "./login/device-links.ts";
import { credentialOf as deviceCredential } from "./login/devices.ts";
import { grantCredential } from "./login/oauth/check.ts";
import type { Registration } from "./login/oauth/registration.ts";
import type { SessionHost } from "./sessions/host.ts";
import type { Storage } from "./storage/storage.ts";

export interface AuthorizationSurroundings {
  readonly storage: Storage;
  readonly sessions: SessionHost;
  readonly logins: ReadonlyMap<string, Logins>;
  readonly credentials: Credentials;
  readonly appPasswords: AppPasswords;
  readonly deviceLinks: DeviceLinks;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms */
const SWEEP_EVERY = 60_000;
const SWEEP_AGAIN = 1000;
/** Seconds that a grant without tokens stays: its first token comes within a minute. */
const IDLE_GRANT = 24 * 60 * 60;

/** By domain. */
export function authorizationServers(
  config: Config,
  surroundings: AuthorizationSurroundings,
  opened: AsyncDisposableStack,
): ReadonlyMap<string, OAuthDomain> {
  const servers = new Map<string, OAuthDomain>();
  for (const domain of config.domains) {
    const server = serverOf(domain, config, surroundings);
    if (server !== undefined) servers.set(domain.domain, server);
  }
  if (servers.size > 0) opened.defer(sweeping(surroundings));
  return servers;
}

function serverOf(
  domain: DomainConfig,
  config: Config,
  surroundings: AuthorizationSurroundings,
): OAuthDomain | undefined {
  const { storage, logins, registrations, clock, log } = surroundings;
  const { domain: name, oauth } = domain;
  const registration = registrations.get(name);
  const login = logins.get(name);
  if (registration === undefined || login === undefined) return undefined;
  return {
    name,
    publicUrl: domain.http.publicUrl ?? config.http.publicUrl ?? undefined,
    keys: oauth.registrationKey,
    registers: oauth.registration !== "off",
    accessToken: oauth.accessToken,
    refreshToken: oauth.refreshToken,
    underWay: config.limits.oauth.underWay,
    store: storage.oauth,
    clock,
    log,
    clientOf(clientId) {
      const verified = registration.verify(clientId, Math.floor(clock.now() / 1000));
      return verified.ok ? verified.client : undefined;
    },
    belongings: belongingsOf(domain, surroundings),
    revoke(grantId) {
      const grant = surroundings.credentials.endGrant(grantId);
      if (grant !== undefined) log.info("grant taken back", { domain: name, user: grant.username, grant: grantId });
    },
    checkPassword: login.typedPassword,
    async isCurrent(username, since) {
      const account = storage.accounts.get(name, username);
      return account === undefined ? !isLocalOnly(domain) : account.changed <= since;
    },
    handoff: handoffOf(domain),
  };
}

/** What people let in to the accounts of one domain. */
function belongingsOf({ domain: name, accounts }: DomainConfig, surroundings: AuthorizationSurroundings): Belongings {
  const { storage, sessions, credentials, appPasswords, deviceLinks } = surroundings;
  return {
    grants: (username) => storage.oauth.grants(name, username),
    appPasswords: (username) => appPasswords.list(name, username),
    devices: (username) => storage.devices.list(name, username),
    sessions: (username) => sessions.online(`${username}@${name}`),
    credentialOf: (kind, id) => CREDENTIAL_OF[kind](id),
    end(username, kind, id) {
      switch (kind) {
        case "app":
          if (storage.oauth.grant(id)?.username !== username || storage.oauth.grant(id)?.domain !== name) return false;
          return credentials.endGrant(id) !== undefined;
        case "app-password":
          return appPasswords.revoke(name, username, id);
        case "device":
          return credentials.endDevice(name, username, id);
        case "session":
          return sessions.kickOne(`${username}@${name}/${id}`, "This session was ended from another one.");
      }
    },
    endAll(username) {
      deviceLinks.revokeAll(name, username);
      credentials.endAll(name, username, "Everything was signed out.");
    },
    ...(accounts.appPasswords ? addingTo(name, surroundings) : { addPassword: undefined, addLink: undefined }),
  };
}

function addingTo(
  domain: string,
  { appPasswords, deviceLinks }: AuthorizationSurroundings,
): Pick<Belongings, "addPassword" | "addLink"> {
  return {
    async addPassword(username, name) {
      const made = await appPasswords.create({ domain, username, name });
      return made.ok ? { ok: true, password: made.password } : { ok: false, reason: REASONS[made.reason] };
    },
    addLink(username, name) {
      const made = deviceLinks.create({ domain, username, name, lifetime: LINK_LIFETIME.preset });
      if (!made.ok) return { ok: false, reason: REASONS[made.reason] };
      return { ok: true, uri: made.uri, expires: made.link.expires };
    },
  };
}

const CREDENTIAL_OF = {
  app: grantCredential,
  "app-password": (id: string) => appCredential({ id }),
  device: deviceCredential,
} as const;

const REASONS = {
  off: "No app passwords are made here.",
  name: "Give it a name of at most 64 characters.",
  weak: "This password is too weak.",
  many: "There are as many app passwords as there may be: remove one first.",
  full: "Too many links are open. Try again in some minutes.",
  busy: "This could not be done at this moment. Try again.",
} as const;

function isLocalOnly({ accounts }: DomainConfig): boolean {
  return accounts.local && accounts.http.url === null && accounts.tokens === null;
}

function handoffOf({ login, contacts }: DomainConfig): Handoff | undefined {
  const secret = login.secret ?? contacts.secret;
  return login.url === null || secret === null ? undefined : { url: login.url, secret };
}

/** Forgets what is over, a little at a time. */
function sweeping({ storage, clock, log }: AuthorizationSurroundings): () => void {
  let timer: Timer;
  const sweep = (): void => {
    let more = false;
    try {
      const now = Math.floor(clock.now() / 1000);
      more = storage.oauth.sweep(now, now - IDLE_GRANT);
    } catch (error) {
      log.error("tokens that are over could not be forgotten", { error: String(error) });
    }
    timer = clock.after(more ? SWEEP_AGAIN : SWEEP_EVERY, sweep);
  };
  timer = clock.after(SWEEP_EVERY, sweep);
  return () => timer.cancel();
}
