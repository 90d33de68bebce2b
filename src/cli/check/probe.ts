/** Asks a domain's application as the server does, and remembers what came over the wire. */
import { type Clock, systemClock } from "../../clock.ts";
import type { DomainConfig } from "../../config/config.ts";
import type { Fetch, FetchResponse } from "../../contacts/fetch.ts";
import type { Answer, Source } from "../../contacts/source.ts";
import { contactsUrl } from "../../contacts/url.ts";
import { createHttpClient } from "../../net/http-client.ts";
import { sourceOf } from "../../source-of.ts";

export interface Asked {
  readonly answer: Answer;
  /** Undefined: there was none, or the contacts come from a function. */
  readonly response: FetchResponse | undefined;
  readonly ms: number;
  /** When the answer came, ms since the epoch. */
  readonly at: number;
}

export interface Probe extends AsyncDisposable {
  readonly config: DomainConfig;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** Whom it asks, for messages: the URL without its password. */
  readonly whom: string;
  ask(username: string, etag?: string): Promise<Asked>;
}

/** One question at a time. @throws KithError `config-invalid` */
export function openProbe(config: DomainConfig): Probe {
  const client = createHttpClient({ connections: 4, connectTimeout: config.contacts.timeout });
  let response: FetchResponse | undefined;
  const fetch: Fetch = async (request) => {
    response = await client.fetch(request);
    return response;
  };
  const source: Source = sourceOf(config, fetch, systemClock);
  return {
    config,
    clock: systemClock,
    fetch,
    whom: whomOf(config),
    async ask(username, etag) {
      response = undefined;
      const began = performance.now();
      const answer = await source.ask(username, etag, new AbortController().signal);
      return { answer, response, ms: Math.round(performance.now() - began), at: systemClock.now() };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function whomOf({ contacts, contactsFunction }: DomainConfig): string {
  if (contactsFunction !== undefined) return "the contacts function";
  return shownUrl(contacts.url ?? contacts.batchUrl ?? "");
}

/** Without user and password. */
export function shownUrl(url: string): string {
  return contactsUrl(url)?.shown ?? "its URL";
}
