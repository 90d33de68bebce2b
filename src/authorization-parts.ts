/** The authorization server of each domain with a registration key, put together by the configuration. */
import type { Clock, Timer } from "./clock.ts";
import type { Config, DomainConfig } from "./config/config.ts";
import type { Credentials } from "./credentials.ts";
import type { Belongings } from "./http/oauth/belongings.ts";
import type { Handoff, OAuthDomain } from "./http/oauth/domain.ts";
import type { Log } from "./log.ts";
import type { Logins } from "./login/authenticator.ts";
import type { Registration } from "./login/oauth/registration.ts";
import type { Storage } from "./storage/storage.ts";

export interface AuthorizationSurroundings {
  readonly storage: Storage;
  readonly credentials: Credentials;
  /** Of every domain. */
  readonly belongings: ReadonlyMap<string, Belongings>;
  readonly logins: ReadonlyMap<string, Logins>;
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
  const belongings = surroundings.belongings.get(name);
  if (registration === undefined || login === undefined || belongings === undefined) return undefined;
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
    belongings,
    revoke(grantId) {
      const grant = surroundings.credentials.endGrant(grantId);
      if (grant !== undefined) log.info("grant taken back", { domain: name, user: grant.username, grant: grantId });
    },
    checkPassword: login.typedPassword,
    async isCurrent(username, since) {
      const account = storage.accounts.get(name, username);
      if (account !== undefined) return account.changed <= since;
      return !isLocalOnly(domain) && (await login.existence(username)) !== false;
    },
    handoff: handoffOf(domain),
  };
}

/** Nobody but the local accounts says who there is. */
function isLocalOnly({ accounts, login }: DomainConfig): boolean {
  return accounts.local && accounts.http.url === null && accounts.tokens === null && login.url === null;
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
