/** One call to Kith: signed or with the token, tried again where that may help, ended by a deadline. */
import { KithApiError, KithNetworkError, type ProblemDetail } from "./errors.ts";
import { signWebhook } from "./webhook.ts";

export interface CallSettings {
  /** Ends with a slash. */
  readonly base: string;
  readonly token: string | undefined;
  readonly secret: string | undefined;
  readonly domain: string | undefined;
  readonly fetch: typeof fetch;
  /** Milliseconds of one try, answer included. */
  readonly timeout: number;
  /** Milliseconds of all tries together. */
  readonly deadline: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Milliseconds before the second try; doubled for each further one. */
  readonly backoff: number;
}

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds of all tries together, instead of that of `createKith`. */
  readonly deadline?: number;
  /** Names the change, so that it happens once however often it is asked for (24 h); made anew for each call. */
  readonly idempotencyKey?: string;
}

export interface Call extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base, encoded. */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A signature does instead of the token. */
  readonly signable?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** No pause is longer, milliseconds. */
const LONGEST_PAUSE = 10_000;

/**
 * The answer of a status below 300.
 * @throws KithApiError, KithNetworkError, or the reason of `signal`
 */
export async function call(settings: CallSettings, request: Call): Promise<Answer> {
  const deadline = AbortSignal.timeout(request.deadline ?? settings.deadline);
  const ends = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  const prepared = prepare(settings, request);
  const name = nameOf(request);
  for (let tries = 0; ; tries++) {
    const outcome = await tryOnce(settings, request, prepared, ends);
    if ("status" in outcome && outcome.status < 300) return outcome;
    request.signal?.throwIfAborted();
    const failure = "status" in outcome ? apiError(name, outcome) : unreachable(name, outcome.error, ends.aborted);
    if (ends.aborted || tries >= settings.retries || !mayRetry(outcome, request.method)) throw failure;
    const after = "status" in outcome ? outcome.retryAfter : 0;
    if (after > (request.deadline ?? settings.deadline)) throw failure;
    await pause(Math.max(after, pauseOf(settings.backoff, tries)), ends);
    request.signal?.throwIfAborted();
    if (ends.aborted) throw failure;
  }
}

export function nameOf({ method, path }: Pick<Call, "method" | "path">): string {
  return `${method} /${path}`;
}

export function urlOf(settings: CallSettings, { path, query = [] }: Pick<Call, "path" | "query">): string {
  const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
  if (settings.domain !== undefined) search.set("domain", settings.domain);
  const text = search.toString();
  return `${settings.base}${path}${text === "" ? "" : `?${text}`}`;
}

/** @throws RangeError: URLs cannot name `.` and `..`, which are folded away even when they are encoded */
export function segment(user: string): string {
  if (user === "" || user === "." || user === "..")
    throw new RangeError(`${JSON.stringify(user)} cannot stand in a URL`);
  return encodeURIComponent(user);
}

interface Prepared {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What stays the same over all tries: the key above all. */
function prepare(settings: CallSettings, request: Call): Prepared {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (request.method !== "GET") headers["idempotency-key"] = request.idempotencyKey ?? crypto.randomUUID();
  if (settings.token !== undefined) headers["authorization"] = `Bearer ${settings.token}`;
  else if (request.signable !== true) {
    throw new TypeError(`${nameOf(request)} needs createKith({ token }): a secret signs refresh and edges only`);
  }
  return { url: urlOf(settings, request), headers: { ...headers, ...request.headers }, body };
}

type Outcome = (Answer & { readonly retryAfter: number }) | { readonly error: unknown };

async function tryOnce(settings: CallSettings, request: Call, prepared: Prepared, ends: AbortSignal): Promise<Outcome> {
  const signal = AbortSignal.any([ends, AbortSignal.timeout(settings.timeout)]);
  const { body } = prepared;
  const headers = { ...prepared.headers, ...(await signature(settings, body ?? "")) };
  try {
    const response = await settings.fetch(prepared.url, {
      method: request.method,
      headers,
      signal,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.text(), retryAfter: retryAfterOf(response) };
  } catch (error) {
    return { error }; // whatever fetch throws is a connection that failed
  }
}

/** Made anew for each try: Kith takes an id once, and the time must be near. */
async function signature({ token, secret }: CallSettings, body: string): Promise<Record<string, string>> {
  if (token !== undefined || secret === undefined) return {};
  return signWebhook(`msg_${crypto.randomUUID()}`, body, secret);
}

/** 409: a try before this one is still at work on the same key. */
function mayRetry(outcome: Outcome, method: Call["method"]): boolean {
  if ("error" in outcome) return true;
  const { status } = outcome;
  return status === 429 || (status >= 502 && status <= 504) || (status === 409 && method !== "GET");
}

function retryAfterOf(response: Response): number {
  const seconds = response.headers.get("retry-after");
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : 0;
}

/** Between half of the doubled pause and all of it. */
export function pauseOf(backoff: number, tries: number): number {
  return Math.min(LONGEST_PAUSE, backoff * 2 ** Math.min(tries, 20)) * (0.5 + Math.random() / 2);
}

/** Ends early when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

export function apiError(name: string, { status, body }: Answer): KithApiError {
  return new KithApiError(name, status, body, problemOf(body));
}

function unreachable(name: string, cause: unknown, isLate: boolean): KithNetworkError {
  const isTimeout = isLate || (cause instanceof Error && cause.name === "TimeoutError");
  const message = isTimeout ? "no answer in time" : `no answer (${cause instanceof Error ? cause.message : "?"})`;
  return new KithNetworkError(isTimeout ? "timeout" : "unreachable", `${name}: ${message}`, { cause });
}

function problemOf(body: string): ProblemDetail | undefined {
  const value = parse(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const text = (name: string): string | undefined => {
    const member: unknown = Reflect.get(value, name);
    return typeof member === "string" ? member : undefined;
  };
  const detail = text("detail") ?? text("message");
  const title = text("title");
  const type = text("type");
  return {
    ...(type === undefined ? {} : { type }),
    ...(title === undefined ? {} : { title }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Undefined: `body` is not JSON. */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // the caller says what that means
  }
}
