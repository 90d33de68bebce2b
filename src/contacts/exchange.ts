/** What all calls to the application share: one second try, what a status means, the body as text. Contract §1. */
import type { Clock } from "../clock.ts";
import { type Fetch, FetchError, type FetchErrorKind, type FetchRequest, type FetchResponse } from "./fetch.ts";
import { type FailedAnswer, failure } from "./source.ts";

export interface ExchangeOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From 0 to 1, for the pause before the second try. */
  readonly random: () => number;
}

const RETRIED: ReadonlySet<FetchErrorKind> = new Set(["refused", "reset"]);

/** One retry after 100 to 400 ms, only for refused, reset and 5xx. */
export async function withRetry(request: FetchRequest, options: ExchangeOptions): Promise<FetchResponse> {
  try {
    const response = await options.fetch(request);
    if (response.status < 500) return response;
  } catch (error) {
    if (!(error instanceof FetchError && RETRIED.has(error.kind))) throw error;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const pause = options.clock.after(100 + 300 * options.random(), resolve);
  request.signal.addEventListener("abort", () => {
    pause.cancel();
    resolve();
  });
  await promise;
  if (request.signal.aborted) throw new FetchError("aborted", "ended while waiting for the second try");
  return options.fetch(request);
}

/** Why there is no response. */
export function fetchFailure(error: FetchError, maxBytes: number): FailedAnswer {
  if (error.kind === "too-large") return failure("too-large", `the answer is larger than ${maxBytes} bytes`, "alive");
  return failure(error.kind === "refused" ? "refused" : "failed", error.message, "sick");
}

/** Any status but those that `isGood` names is a failure; so is a body in another encoding than was asked for. */
export function wrongResponse(
  response: FetchResponse,
  isGood: (status: number) => boolean = (status) => status === 200,
): FailedAnswer | undefined {
  const { status } = response;
  if (status >= 300 && status < 400 && status !== 304) {
    return failure("redirect", `the application redirects (${status}), which is not followed`, "alive");
  }
  if (!isGood(status)) {
    return failure("status", `the application answered ${status}`, status >= 500 ? "sick" : "alive");
  }
  const encoding = response.header("content-encoding")?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
    return failure("encoding", "the answer has a content encoding although identity was asked for", "alive");
  }
  return undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true }); // skips a byte order mark

/** Undefined: the body is not UTF-8. */
export function decodeUtf8(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
