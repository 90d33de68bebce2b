/** From a domain's configuration to whom its contacts are asked of, and how it is posted to. */
import type { Clock } from "./clock.ts";
import type { DomainConfig } from "./config/config.ts";
import type { Limits } from "./config/limits.ts";
import { BROKE } from "./contacts/asker.ts";
import { batchSource } from "./contacts/batch-source.ts";
import type { Fetch } from "./contacts/fetch.ts";
import { httpSource } from "./contacts/http-source.ts";
import { type SignedPost, signedPost } from "./contacts/signed-post.ts";
import { type BatchSource, inProcessSource, type Source } from "./contacts/source.ts";
import { contactsUrl } from "./contacts/url.ts";
import { KithError } from "./errors.ts";
import { VERSION } from "./version.ts";

const USER_AGENT = `Kith/${VERSION}`;
const yieldNow = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Whom the server asks. @throws KithError `config-invalid` where the URL cannot name a user */
export function askedOf(
  config: DomainConfig,
  batch: Limits["batch"],
  fetch: Fetch,
  clock: Clock,
): Source | BatchSource {
  const isBatch = config.contactsFunction === undefined && config.contacts.batchUrl !== null;
  return isBatch ? batchOf(config, batch, fetch, clock) : sourceOf(config, fetch, clock);
}

/** Asked for one person at a time, of `contacts.url` where there is one. @throws KithError `config-invalid` as above */
export function sourceOf(config: DomainConfig, fetch: Fetch, clock: Clock): Source {
  const { domain, contacts, contactsFunction } = config;
  const { timeout, maxBytes, bearer } = contacts;
  const common = { domain, clock, timeout, maxBytes, yieldNow };
  if (contactsFunction !== undefined) return inProcessSource(contactsFunction, common);
  if (contacts.url === null && contacts.batchUrl !== null) {
    const batch = batchOf(config, { users: 1, delay: 0 }, fetch, clock);
    return {
      async ask(username, _etag, signal) {
        const answer = await batch.askMany([username], signal);
        return answer.kind === "failed" ? answer : (answer.answers.get(username) ?? BROKE);
      },
    };
  }
  const url = contactsUrl(contacts.url ?? "");
  if (url === undefined) {
    throw new KithError("config-invalid", `contacts.url of ${domain}: "%s" may stand in its path and query only`);
  }
  return httpSource({
    ...common,
    url,
    fetch,
    random: Math.random,
    bearer: bearer ?? undefined,
    userAgent: USER_AGENT,
  });
}

function batchOf(config: DomainConfig, batch: Limits["batch"], fetch: Fetch, clock: Clock): BatchSource {
  const { timeout, maxBytes, batchUrl } = config.contacts;
  const post = postOf(config, fetch, clock);
  return batchSource({
    domain: config.domain,
    clock,
    timeout,
    maxBytes,
    yieldNow,
    ...batch,
    url: batchUrl ?? "",
    post,
  });
}

/** Posts to this domain's application, signed with its secret. */
export function postOf({ contacts }: DomainConfig, fetch: Fetch, clock: Clock): SignedPost {
  return signedPost({
    fetch,
    clock,
    random: Math.random,
    secret: contacts.secret ?? undefined,
    bearer: contacts.bearer ?? undefined,
    userAgent: USER_AGENT,
  });
}
