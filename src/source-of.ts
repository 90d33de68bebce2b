/** From a domain's configuration to whom its contacts are asked of. */
import type { Clock } from "./clock.ts";
import type { DomainConfig } from "./config/config.ts";
import type { Fetch } from "./contacts/fetch.ts";
import { httpSource } from "./contacts/http-source.ts";
import { inProcessSource, type Source } from "./contacts/source.ts";
import { contactsUrl } from "./contacts/url.ts";
import { KithError } from "./errors.ts";
import { VERSION } from "./version.ts";

const yieldNow = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** @throws KithError `config-invalid` where the URL cannot name a user */
export function sourceOf({ domain, contacts, contactsFunction }: DomainConfig, fetch: Fetch, clock: Clock): Source {
  const { timeout, maxBytes, bearer } = contacts;
  if (contactsFunction !== undefined) return inProcessSource(contactsFunction, { domain, clock, timeout, yieldNow });
  const url = contactsUrl(contacts.url ?? "");
  if (url === undefined) {
    throw new KithError("config-invalid", `contacts.url of ${domain}: "%s" may stand in its path and query only`);
  }
  const userAgent = `Kith/${VERSION}`;
  const token = bearer ?? undefined;
  return httpSource({
    domain,
    url,
    fetch,
    clock,
    random: Math.random,
    yieldNow,
    timeout,
    maxBytes,
    bearer: token,
    userAgent,
  });
}
