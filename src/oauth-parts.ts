/** OAuth clients, put together: each domain's registration, as its configuration has it. */
import type { Config, DomainConfig } from "./config/config.ts";
import type { OAuthDomain } from "./http/oauth/domain.ts";
import type { OauthOptions } from "./http/oauth/options.ts";
import type { CheckMetadata } from "./login/oauth/register-client.ts";
import { Registration } from "./login/oauth/registration.ts";

/** By domain; those without `oauth.registrationKey` are absent. */
export function registrationsOf(config: Pick<Config, "domains">): ReadonlyMap<string, Registration> {
  const all = new Map<string, Registration>();
  for (const domain of config.domains) {
    const registration = registrationOf(domain);
    if (registration !== undefined) all.set(domain.domain, registration);
  }
  return all;
}

/** How clients of each domain register. `check`: the authorization server's own view of a client. */
export function registriesOf(
  config: Pick<Config, "domains">,
  registrations: ReadonlyMap<string, Registration>,
  check?: CheckMetadata,
): OauthOptions["registries"] {
  const all = config.domains.flatMap(({ domain, oauth }) => {
    const registration = registrations.get(domain);
    if (registration === undefined) return [];
    const { registration: policy, registrationTokens: tokens } = oauth;
    return [[domain, { domain, registration, check, policy, tokens }] as const];
  });
  return new Map(all);
}

/** What the HTTP side is given; undefined: no domain has a key. */
export function oauthOptions(
  config: Config,
  registries: OauthOptions["registries"],
  servers: ReadonlyMap<string, OAuthDomain>,
): OauthOptions | undefined {
  if (registries.size === 0) return undefined;
  const { registrations: burst, registrationsPerSecond: rate, pages, pagesPerSecond } = config.limits.oauth;
  return { registries, registrationRate: { rate, burst }, servers, pageRate: { rate: pagesPerSecond, burst: pages } };
}

function registrationOf({ domain, oauth }: DomainConfig): Registration | undefined {
  const { registrationKey: keys, compat, denied, issuedSince } = oauth;
  if (keys.length === 0) return undefined;
  return new Registration({
    domain,
    keys,
    compat,
    denied: new Set(denied),
    issuedSince: issuedSince === null ? undefined : Date.parse(issuedSince) / 1000,
  });
}
