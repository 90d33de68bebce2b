/** Contract §1: asks the application over HTTP. */
import type { Clock } from "../clock.ts";
import { readContactsText } from "./contract.ts";
import { withDeadline } from "./deadline.ts";
import { decodeUtf8, fetchFailure, withRetry, wrongResponse } from "./exchange.ts";
import { type Fetch, FetchError, type FetchRequest, type FetchResponse } from "./fetch.ts";
import { readFreshness } from "./freshness.ts";
import { PARSED_AT_ONCE } from "./json-chunks.ts";
import { type Answer, failure, type Source, timedOut } from "./source.ts";
import type { ContactsUrl } from "./url.ts";

export interface HttpSourceOptions {
  readonly domain: string;
  readonly url: ContactsUrl;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From 0 to 1, for the pause before the second try. */
  readonly random: () => number;
  readonly yieldNow: () => Promise<void>;
  /** ms, for everything from leaving the queue to the last byte of the last try. */
  readonly timeout: number;
  readonly maxBytes: number;
  /** `contacts.bearer`. */
  readonly bearer: string | undefined;
  /** For example `Kith/1.0.0`. */
  readonly userAgent: string;
}

const ETAG = /^[\x20-\x7e]{1,1024}$/;

export function httpSource(options: HttpSourceOptions): Source {
  const headers = headersOf(options);
  return {
    async ask(username, etag, signal) {
      const url = options.url.for(username);
      if (url === undefined) return { kind: "unaddressable" };
      const deadline = withDeadline(options.clock, options.timeout, signal);
      try {
        const request: FetchRequest = {
          url,
          method: "GET",
          headers: etag === undefined ? headers : { ...headers, "if-none-match": etag },
          signal: deadline.signal,
          maxBytes: options.maxBytes,
        };
        const response = await Promise.race([withRetry(request, options), deadline.aborted]);
        return await read(username, etag, response, options);
      } catch (error) {
        if (deadline.signal.aborted) return timedOut(options.timeout, signal);
        if (error instanceof FetchError) return fetchFailure(error, options.maxBytes);
        throw error;
      } finally {
        deadline.end();
      }
    },
  };
}

function headersOf(options: HttpSourceOptions): Record<string, string> {
  const authorization = options.bearer === undefined ? options.url.authorization : `Bearer ${options.bearer}`;
  return {
    accept: "application/json, text/plain;q=0.9, */*;q=0.8", // A2
    "accept-encoding": "identity",
    "user-agent": options.userAgent,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

async function read(
  username: string,
  etag: string | undefined,
  response: FetchResponse,
  options: HttpSourceOptions,
): Promise<Answer> {
  const freshness = readFreshness(response.header("cache-control"), response.header("age"));
  if (response.status === 304 && etag !== undefined) return { kind: "not-modified", freshness };
  if (response.status === 404) return { kind: "not-found" };
  const wrong = wrongResponse(response); // any status but 200 and 304 is a failed fetch
  if (wrong !== undefined) return wrong;
  if (response.body.byteLength > PARSED_AT_ONCE) await options.yieldNow(); // its chunks have just been joined
  const text = decodeUtf8(response.body);
  if (text === undefined) return failure("not-json", "the answer is not UTF-8", "alive");
  const owner = `${username}@${options.domain}`;
  const reading = await readContactsText(text, { owner, now: options.clock.now() }, options.yieldNow);
  if (!reading.ok) return failure(reading.failure, reading.message, "alive");
  const newEtag = response.header("etag");
  return {
    kind: "list",
    list: reading.list,
    problems: reading.problems,
    etag: newEtag !== undefined && ETAG.test(newEtag) ? newEtag : undefined,
    freshness: freshness ?? { maxAge: 0, staleIfError: undefined },
  };
}
