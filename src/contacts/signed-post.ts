/**
 * Contract §1, authentication to the application: the one way in which Kith posts to it. Signed by Standard Webhooks with
 * `contacts.secret`, the bearer beside it, within a deadline and a size.
 */
import { Webhook } from "standardwebhooks";
import type { FetchFailure } from "./contacts.ts";
import { NEVER, type Signal, withDeadline } from "./deadline.ts";
import { decodeUtf8, type ExchangeOptions, fetchFailure, withRetry, wrongResponse } from "./exchange.ts";
import { FetchError, type FetchResponse } from "./fetch.ts";
import { type FailedAnswer, failure, timedOut } from "./source.ts";
import { contactsUrl } from "./url.ts";

export interface SignedPostOptions extends ExchangeOptions {
  /** `contacts.secret`, `whsec_…`; without it posts carry id and time, and no signature. */
  readonly secret: string | undefined;
  /** `contacts.bearer`. */
  readonly bearer: string | undefined;
  /** For example `Kith/1.0.0`. */
  readonly userAgent: string;
}

export interface PostLimits {
  /** ms, for everything from now to the last byte of the last try. */
  readonly deadlineMs: number;
  /** Of the answer. */
  readonly maxBytes: number;
  /** Any 2xx is a good answer, whatever its body is. */
  readonly unread?: boolean;
  /** Ends it at once. */
  readonly signal?: Signal;
}

export type PostAnswer =
  | {
      readonly ok: true;
      /** 200 to 299. */
      readonly status: number;
      readonly text: string;
      /** Parsed when it is read; undefined: the answer is not JSON. */
      readonly json: unknown;
      /** By lower-case name. */
      header(name: string): string | undefined;
    }
  | {
      readonly ok: false;
      readonly failure: FetchFailure;
      /** Quotes neither the URL nor the answer. */
      readonly message: string;
      readonly health: FailedAnswer["health"];
      /** Undefined: there was no response. */
      readonly status: number | undefined;
    };

/**
 * Posts `body` as JSON. `id` names the message (`webhook-id`) and must be the same whenever the same message is sent
 * again: what is done for it must be done once, as one retry follows a refused or broken connection and a 5xx. Never
 * rejects.
 */
export type SignedPost = (url: string, id: string, body: unknown, limits: PostLimits) => Promise<PostAnswer>;

export function signedPost(options: SignedPostOptions): SignedPost {
  const webhook = options.secret === undefined ? undefined : new Webhook(options.secret);
  const targets = new Map<string, Target>();
  return async (url, id, body, { deadlineMs, maxBytes, unread = false, signal: outer = NEVER }) => {
    const target = targetOf(targets, url);
    const text = JSON.stringify(body);
    const sentAt = new Date(options.clock.now());
    const authorization = options.bearer === undefined ? target.authorization : `Bearer ${options.bearer}`;
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": options.userAgent,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
      ...(webhook === undefined ? {} : { "webhook-signature": webhook.sign(id, sentAt, text) }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const deadline = withDeadline(options.clock, deadlineMs, outer);
    const { signal } = deadline;
    try {
      const request = { url: target.href, method: "POST", headers, body: text, signal, maxBytes, unread } as const;
      return read(await Promise.race([withRetry(request, options), deadline.aborted]), unread);
    } catch (error) {
      if (signal.aborted) return failed(timedOut(deadlineMs, outer), undefined);
      if (error instanceof FetchError) return failed(fetchFailure(error, maxBytes), undefined);
      throw error;
    } finally {
      deadline.end();
    }
  };
}

interface Target {
  readonly href: string;
  /** `Basic …` of a URL that carries user and password. */
  readonly authorization: string | undefined;
}

/** URLs come from the configuration: there are few. */
function targetOf(targets: Map<string, Target>, text: string): Target {
  const known = targets.get(text);
  if (known !== undefined) return known;
  const url = contactsUrl(text);
  if (url === undefined) throw new TypeError("a URL to post to is not http or https");
  const target = { href: url.shown, authorization: url.authorization };
  targets.set(text, target);
  return target;
}

function read(response: FetchResponse, unread: boolean): PostAnswer {
  const { status } = response;
  if (unread && status >= 200 && status < 300) {
    return { ok: true, status, text: "", json: undefined, header: (name) => response.header(name) };
  }
  const wrong = wrongResponse(response, (code) => code >= 200 && code < 300);
  if (wrong !== undefined) return failed(wrong, status);
  const text = decodeUtf8(response.body);
  if (text === undefined) return failed(failure("not-json", "the answer is not UTF-8", "alive"), status);
  return {
    ok: true,
    status,
    text,
    get json() {
      return parse(text);
    },
    header: (name) => response.header(name),
  };
}

function failed({ failure: code, message, health }: FailedAnswer, status: number | undefined): PostAnswer {
  return { ok: false, failure: code, message, health, status };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
