/** One HTTP or HTTPS port: node's server around the app, WebSocket upgrades handed on. */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContextOptions } from "node:tls";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { KithError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { HttpEnv } from "./context.ts";
import { lastProblem, problem } from "./problem.ts";

/** Takes over the socket of an upgrade request; false: it is none that we serve. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

export interface ListenerOptions {
  readonly app: Hono<HttpEnv>;
  readonly upgrade: Upgrade;
  /** Undefined: plain HTTP. */
  readonly tls: SecureContextOptions | undefined;
  readonly address: string;
  readonly port: number;
  /** Milliseconds until the headers of a request must be complete. */
  readonly headerTime: number;
  /** Milliseconds until its body must be complete. */
  readonly bodyTime: number;
  readonly log: Log;
}

export interface HttpListener {
  readonly port: number;
  /** New connections get the new certificate. */
  setCertificate(tls: SecureContextOptions): void;
  /** No new calls; those under way have `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** What node's parser refuses, by its codes; everything else is no HTTP at all. */
const BROKEN: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: lastProblem(408, "The request was not complete in time."),
  HPE_HEADER_OVERFLOW: lastProblem(431, "The headers of the request are too large."),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: lastProblem(413, "The chunks of the body carry too many extensions."),
};
const NO_HTTP = lastProblem(400, "This is no HTTP/1.1 request: look at its first line, its headers and its length.");
const NOT_FOUND = lastProblem(404, "No WebSocket is served at this path.");
const MOST_HEADERS = 100;

/** @throws KithError `listen-failed` */
export async function listenHttp(options: ListenerOptions): Promise<HttpListener> {
  const { server, setCertificate } = makeServer(options);
  server.on("upgrade", upgradeOf(options));
  server.on("clientError", refuseBroken);
  server.maxHeadersCount = MOST_HEADERS;
  await listen(server, options.address, options.port);
  server.on("error", (error) => options.log.error("http listener failed", { error: error.message }));
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate,
    close: (graceMs) => closeServer(server, graceMs),
  };
}

/** The part of a node server that answers requests. */
function requestListener(app: Hono<HttpEnv>): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener((request, env) => app.fetch(request, env as HttpEnv["Bindings"]), {
    hostname: "localhost",
    overrideGlobalObjects: false,
    errorHandler: () => problem(400, "The request cannot be read: look at its path and its Host header."),
  });
  return (request, response) => void listener(request, response);
}

function upgradeOf(options: Pick<ListenerOptions, "upgrade" | "log">) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", (error) => options.log.debug("upgrade connection failed", { error: error.message }));
    if (!options.upgrade(request, socket, head)) socket.end(NOT_FOUND);
  };
}

/** Ends a connection whose request no route will see. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
  else socket.end(BROKEN[error.code ?? ""] ?? NO_HTTP, () => socket.destroy());
}

function makeServer(options: ListenerOptions) {
  const settings: ServerOptions = {
    headersTimeout: options.headerTime,
    // The body's own deadline answers with 408; this one ends what is left after it.
    requestTimeout: options.headerTime + options.bodyTime + 1000,
    connectionsCheckingInterval: 1000,
    // A request without a Host header gets its 400 from the app, as every other mistake does.
    requireHostHeader: false,
  };
  const listener = requestListener(options.app);
  if (options.tls === undefined) {
    return { server: createServer(settings, listener), setCertificate: () => undefined };
  }
  const server = createTlsServer({ ...settings, ...options.tls }, listener);
  return { server, setCertificate: (tls: SecureContextOptions) => server.setSecureContext(tls) };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new KithError("listen-failed", `http port ${port} on ${address}: ${cause.message}`, { cause }));
    });
    server.listen(port, address, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
