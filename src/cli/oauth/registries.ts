/** Which domain a command about OAuth clients is for. */
import type { Config } from "../../config/config.ts";
import type { Registration } from "../../login/oauth/registration.ts";
import { registrationsOf } from "../../oauth-parts.ts";
import { prepareDomain } from "../../xmpp/jid/domain.ts";
import { UsageError } from "../command.ts";

export type Registrations = readonly (readonly [domain: string, Registration])[];

/** Those with a key: of the domain that was named, or of all. @throws UsageError: it is not served */
export function registrationsAt(config: Config, named: string | undefined): Registrations {
  const all = [...registrationsOf(config)];
  if (named === undefined) return all;
  const domain = prepareDomain(named);
  const served = config.domains.map((one) => one.domain);
  if (domain === undefined || !served.includes(domain))
    throw new UsageError(`${named} is not served here, only ${served.join(", ")}`);
  return all.filter(([name]) => name === domain);
}

export function missingKey(config: Config, named: string | undefined): string {
  const where = named ?? config.domains.map((one) => one.domain).join(", ");
  return [
    `${where} has no key that signs clients. Give it one of 32 characters or more:`,
    `  "oauth": { "registrationKey": "\${KITH_OAUTH_KEY}" }`,
    "A good one: openssl rand -hex 32. See docs/login.md.",
  ].join("\n");
}
