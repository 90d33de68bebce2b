/** The handlers for node:http and Express: no types of Node are needed, only their shape. */
import type { Handler } from "./answers.ts";

/** `http.IncomingMessage`, as far as it is used; Express adds the last two. */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableEnded?: boolean;
  readonly originalUrl?: string;
  /** What a body parser left. */
  readonly body?: unknown;
}

/** `http.ServerResponse`, as far as it is used. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body?: Uint8Array): unknown;
  destroy(): unknown;
  on(event: "close", listener: () => void): unknown;
}

/** A listener of `http.createServer`, and a handler of Express and Connect. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void) => void;

export interface NodeHandlerOptions {
  /** Told what the handler threw when there is no `next`; by default it goes to the console. */
  readonly onError?: (error: unknown) => void;
}

/** Serves a handler with node:http or Express. The answer is held in memory whole before it is sent. */
export function toNodeHandler(handler: Handler, { onError = report }: NodeHandlerOptions = {}): NodeHandler {
  return (request, response, next) => {
    serve(handler, request, response).catch((error: unknown) => {
      if (next !== undefined) return next(error);
      onError(error);
      if (response.headersSent) response.destroy();
      else {
        response.statusCode = 500;
        response.end();
      }
    });
  };
}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: an error nobody else will tell of, in somebody else's program
  console.error(error);
}

/** Methods that a Request cannot have (https://fetch.spec.whatwg.org/#forbidden-method). */
const FORBIDDEN = /^(CONNECT|TRACE|TRACK)$/i;

async function serve(handler: Handler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const isForbidden = FORBIDDEN.test(request.method ?? "");
  const answer = isForbidden ? new Response(null, { status: 405 }) : await handler(requestOf(request, gone.signal));
  const body = new Uint8Array(await answer.arrayBuffer());
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => {
    response.setHeader(name, value);
  });
  if (request.method !== "HEAD" && answer.status !== 304) response.setHeader("content-length", String(body.byteLength));
  response.end(body);
}

function requestOf(request: NodeRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(":")) headers.set(name, [value].flat().join(", "));
  }
  const path = request.originalUrl ?? request.url ?? "/";
  const method = request.method ?? "GET";
  // The host is the caller's to choose: only the path and query of this address mean anything.
  const url = new URL(`http://localhost${path.startsWith("/") ? path : "/"}`);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const init = { method, headers, signal, body: bodyOf(request), duplex: "half" };
  return new Request(url, init as RequestInit);
}

/** @throws TypeError: a body parser was faster, and a signature covers what it threw away */
function bodyOf(request: NodeRequest): string | Uint8Array | ReadableStream<Uint8Array> {
  const { body } = request;
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  if (request.readableEnded === true) {
    throw new TypeError("the body was parsed already: put this handler before express.json(), or use express.raw()");
  }
  const chunks = request[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(typeof value === "string" ? new TextEncoder().encode(value) : value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
