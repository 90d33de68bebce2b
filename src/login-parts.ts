/** From a domain's configuration to the ways in: local accounts, tokens, passwords that the application checks. */
import { open } from "node:fs/promises";
import type { Clock } from "./clock.ts";
import type { Config, DomainConfig } from "./config/config.ts";
import { isHttpUrl } from "./config/fields.ts";
import { NEVER, withDeadline } from "./contacts/deadline.ts";
import { decodeUtf8 } from "./contacts/exchange.ts";
import type { Fetch } from "./contacts/fetch.ts";
import type { Log } from "./log.ts";
import { type AppPasswords, type AppPasswordsOptions, createAppPasswords } from "./login/app-passwords.ts";
import { type AskApplication, createApplication } from "./login/application.ts";
import { createAuthenticator, type Logins } from "./login/authenticator.ts";
import { createExistence } from "./login/existence.ts";
import { UNKNOWN_USERS } from "./login/fake-keys.ts";
import type { Hasher } from "./login/hasher.ts";
import { createAccessTokenCheck } from "./login/oauth/check.ts";
import type { Registration } from "./login/oauth/registration.ts";
import { createPasswordCheck } from "./login/password-check.ts";
import { createIntrospection } from "./login/tokens/introspection.ts";
import type { CheckToken } from "./login/tokens/token.ts";
import { NO_WAYS, type Ways } from "./login/ways.ts";
import type { Metrics } from "./metrics.ts";
import { createHttpClient } from "./net/http-client.ts";
import { postOf } from "./source-of.ts";
import type { Storage } from "./storage/storage.ts";

interface Around {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly hasher: Hasher;
  /** Of the domains with an authorization server. */
  readonly registrations: ReadonlyMap<string, Registration>;
  /** As in `AuthenticatorOptions`. */
  readonly isSpraying: (address: string) => boolean;
  /** Where a domain's own authorization server describes itself (RFC 8414). */
  readonly metadataUrl: (domain: string) => string | undefined;
  /** What let somebody in was not taken back. */
  readonly isHeld: (domain: string, username: string, credential: string) => boolean;
}

/** Connections to each of those who are asked about passwords and tokens. */
const CONNECTIONS = 16;
/** ms, for a key set. */
const KEYS_DEADLINE = 5000;
/** Octets of a key set. */
const KEYS_BYTES = 262_144;
const ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"];

/** By domain. */
export function startLogins(config: Config, around: Around, opened: AsyncDisposableStack): ReadonlyMap<string, Logins> {
  const { storage, clock, log, metrics, hasher, isSpraying, isHeld } = around;
  const serverSecret = storage.secrets.get(UNKNOWN_USERS);
  const all = new Map<string, Logins>();
  for (const settings of config.domains) {
    const { domain } = settings;
    const accounts = settings.accounts.local ? storage.accounts : undefined;
    const ways = waysOf(settings, around, opened);
    const { fast } = settings.accounts;
    const devices = fast === null ? {} : { devices: { store: storage.devices, limits: fast, isHeld } };
    const { appPasswords } = storage;
    const apps = settings.accounts.appPasswords ? { appPasswords } : {};
    const common = { domain, accounts, ways, clock, log, metrics, serverSecret, hasher, isSpraying };
    all.set(domain, createAuthenticator({ ...common, ...apps, ...devices }));
  }
  return all;
}

/** Those that may be made, listed and taken back; taking one back ends its sessions. */
export function startAppPasswords(config: Config, around: Around, ended: AppPasswordsOptions["ended"]): AppPasswords {
  const { storage, clock, log, hasher } = around;
  return createAppPasswords({
    store: storage.appPasswords,
    accounts: storage.accounts,
    serverSecret: storage.secrets.get(UNKNOWN_USERS),
    domains: new Set(config.domains.flatMap(({ domain, accounts }) => (accounts.appPasswords ? [domain] : []))),
    hasher,
    clock,
    log,
    ended,
  });
}

function waysOf(config: DomainConfig, around: Around, opened: AsyncDisposableStack): Ways {
  const { domain } = config;
  const { http, tokens } = config.accounts;
  const { clock, log, storage } = around;
  const registration = around.registrations.get(domain);
  const own: Ways = {
    ...NO_WAYS,
    access: registration && accessOf(domain, registration, storage, clock),
    discovery: () => tokens?.discovery ?? (registration !== undefined ? around.metadataUrl(domain) : undefined),
  };
  if (http.url === null && tokens === null) return own;
  const client = createHttpClient({ connections: CONNECTIONS, connectTimeout: http.timeout });
  opened.defer(() => client.close());
  const asked = http.url === null ? {} : applicationOf(config, http.url, client.fetch, around);
  if (tokens === null) return { ...own, ...asked };
  return {
    ...own,
    ...asked,
    jwt: jwtOf(config, tokens, client.fetch, clock, log),
    introspection: introspectionOf(domain, tokens, client.fetch, clock),
    endSessionAtExpiry: tokens.endSessionAtExpiry,
  };
}

function accessOf(domain: string, registration: Registration, { oauth }: Storage, clock: Clock): Ways["access"] {
  const isTakenBack = (clientId: string): boolean => registration.isTakenBack(clientId);
  return createAccessTokenCheck({ domain, store: oauth, clock, isTakenBack });
}

/** What the application is asked about logins. */
function applicationOf(
  config: DomainConfig,
  url: string,
  fetch: Fetch,
  { clock, log, storage }: Around,
): Pick<Ways, "passwords" | "existence"> {
  const { domain } = config;
  const { timeout, cache, exists } = config.accounts.http;
  const post = postOf(config, fetch, clock);
  const ask: AskApplication = createApplication({ domain, clock, log, url, post, deadline: timeout });
  const accounts = config.accounts.local ? storage.accounts : undefined;
  return {
    passwords: createPasswordCheck({ ask, clock, cache }),
    existence: exists ? createExistence({ domain, accounts, ask, clock, cache }) : undefined,
  };
}

type Tokens = NonNullable<DomainConfig["accounts"]["tokens"]>;

function jwtOf({ domain }: DomainConfig, tokens: Tokens, fetch: Fetch, clock: Clock, log: Log): Ways["jwt"] {
  const { secret, jwks, issuer, audience, algorithms, userClaim, clockTolerance, maxAge } = tokens;
  if (secret.length === 0 && jwks === null) return undefined;
  return loadedLater(async () => {
    const [{ createJwtCheck }, { KeySet }] = await Promise.all([
      import("./login/tokens/jwt.ts"),
      import("./login/tokens/key-set.ts"),
    ]);
    return createJwtCheck({
      domain,
      clock,
      secrets: secret,
      keySet: jwks === null ? undefined : new KeySet({ load: keysFrom(jwks, fetch, clock), clock, log }),
      algorithms: algorithms.length > 0 ? algorithms : ALGORITHMS,
      issuer: issuer ?? undefined,
      audience: audience ?? undefined,
      userClaim,
      clockTolerance,
      maxAge: maxAge ?? undefined,
    });
  });
}

/** A server without tokens starts 20 ms earlier; one with them loads this while it starts. */
function loadedLater(load: () => Promise<CheckToken>): CheckToken {
  const loading = load();
  loading.catch(() => undefined); // the first login hears of it
  return async (token) => (await loading)(token);
}

function introspectionOf(domain: string, tokens: Tokens, fetch: Fetch, clock: Clock): Ways["introspection"] {
  const { url, clientId, clientSecret, cache, timeout } = tokens.introspection;
  if (url === null) return undefined;
  return createIntrospection({
    domain,
    clock,
    fetch,
    url,
    clientId: clientId ?? "",
    clientSecret: clientSecret ?? "",
    cache,
    deadline: timeout,
    userClaim: tokens.userClaim,
    issuer: tokens.issuer ?? undefined,
    audience: tokens.audience ?? undefined,
  });
}

function keysFrom(place: string, fetch: Fetch, clock: Clock): () => Promise<unknown> {
  return isHttpUrl(place) ? () => keysOfUrl(place, fetch, clock) : () => keysOfFile(place);
}

async function keysOfUrl(url: string, fetch: Fetch, clock: Clock): Promise<unknown> {
  const deadline = withDeadline(clock, KEYS_DEADLINE, NEVER);
  const { signal } = deadline;
  const headers = { accept: "application/jwk-set+json, application/json", "accept-encoding": "identity" };
  try {
    const request = fetch({ url, method: "GET", headers, signal, maxBytes: KEYS_BYTES });
    const response = await Promise.race([request, deadline.aborted]);
    if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`);
    return JSON.parse(decodeUtf8(response.body) ?? "");
  } finally {
    deadline.end();
  }
}

async function keysOfFile(path: string): Promise<unknown> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > KEYS_BYTES) throw new Error(`the key set has more than ${KEYS_BYTES} bytes`);
  return JSON.parse(await file.readFile("utf8"));
}
