/** HTTP to applications: the `Fetch` of `contacts/fetch.ts` on undici's pool. RFC 9110, RFC 9112. */
import { Agent, type Dispatcher } from "undici";
import {
  type Fetch,
  FetchError,
  type FetchErrorKind,
  type FetchRequest,
  type FetchResponse,
} from "../contacts/fetch.ts";

export interface HttpClient {
  readonly fetch: Fetch;
  /** Ends all connections; what is under way fails. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** Connections to one origin. */
  readonly connections: number;
  /** ms until a connection must stand. */
  readonly connectTimeout: number;
}

/** More is not received of an answer that nobody reads, or that is an error anyway. */
const MOST_UNREAD = 65_536;

/** No redirects, no decoding; connections are kept. Deadlines are the callers', by their signals. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
    connect: { timeout: options.connectTimeout },
  });
  return {
    fetch: (request) => new Promise((resolve, reject) => new Exchange(agent, request, resolve, reject).start()),
    close: () => agent.destroy(),
  };
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #agent: Agent;
  readonly #request: FetchRequest;
  readonly #resolve: (response: FetchResponse) => void;
  readonly #reject: (error: FetchError) => void;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #status = 0;
  #headers: Readonly<Record<string, string | readonly string[] | undefined>> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  readonly #onAbort = (): void => this.#fail(new FetchError("aborted", "the request was ended"));

  constructor(
    agent: Agent,
    request: FetchRequest,
    resolve: (response: FetchResponse) => void,
    reject: (error: FetchError) => void,
  ) {
    this.#agent = agent;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { url, method, headers, body, signal } = this.#request;
    if (signal.aborted) {
      this.#onAbort();
      return;
    }
    signal.addEventListener("abort", this.#onAbort);
    const { origin, path } = splitUrl(url);
    try {
      this.#agent.dispatch({ origin, path, method, headers, body: body ?? null }, this);
    } catch (error) {
      this.#fail(classified(error));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new FetchError("aborted", "nobody waits for the answer"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  ): void {
    if (status < 200) return; // RFC 9110 §15.2: an interim response, the real one follows
    this.#status = status;
    this.#headers = headers;
    if (this.#isRead && Number(headers["content-length"]) > this.#request.maxBytes) this.#failTooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#length += chunk.length;
    this.#chunks.push(chunk);
    if (this.#isRead) {
      if (this.#length > this.#request.maxBytes) this.#failTooLarge();
    } else if (this.#length > MOST_UNREAD) {
      this.#finish();
      this.#controller?.abort(new FetchError("too-large", "the rest is not wanted"));
    }
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(classified(error));
  }

  get #isRead(): boolean {
    return this.#status === 200 && this.#request.unread !== true;
  }

  #finish(): void {
    if (!this.#settle()) return;
    const headers = this.#headers;
    const [first] = this.#chunks;
    this.#resolve({
      status: this.#status,
      header(name) {
        const value = headers[name];
        return value === undefined || typeof value === "string" ? value : value.join(", ");
      },
      body: this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks),
    });
  }

  #failTooLarge(): void {
    this.#fail(new FetchError("too-large", `the body is larger than ${this.#request.maxBytes} bytes`));
  }

  #fail(error: FetchError): void {
    if (!this.#settle()) return;
    this.#controller?.abort(error);
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

/** Whatever is in the URL reaches the application as it is: no second parser folds dots in it. */
function splitUrl(url: string): { readonly origin: string; readonly path: string } {
  const host = url.indexOf("//") + 2;
  const slash = url.indexOf("/", host);
  if (slash === -1) return { origin: url, path: "/" };
  const hash = url.indexOf("#", slash);
  return { origin: url.slice(0, slash), path: url.slice(slash, hash === -1 ? undefined : hash) };
}

const KINDS: Readonly<Record<string, FetchErrorKind>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

const MESSAGES: Readonly<Record<FetchErrorKind, string>> = {
  refused: "the application refuses connections",
  reset: "the application closed the connection",
  dns: "the application's host name is not known",
  tls: "the application's certificate or TLS is not acceptable",
  aborted: "the request was ended",
  "too-large": "the answer is too large",
  failed: "the application could not be reached",
};

function classified(error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  const code = codeOf(error);
  const isTls = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(code);
  const kind = isTls ? "tls" : (KINDS[code] ?? "failed");
  return new FetchError(kind, code === "" ? MESSAGES[kind] : `${MESSAGES[kind]} (${code})`, { cause: error });
}

/** Of a host with several addresses the first error counts. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "";
}
