/** The TCP listeners: one with STARTTLS, one with TLS from the start (XEP-0368). */
import { createServer, type Server, type Socket } from "node:net";
import { KithError } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import { SocketTransport } from "./socket-transport.ts";
import type { Transport } from "./transport.ts";

export interface ListenOptions {
  readonly kind: "tcp" | "tls";
  /** Address to bind to. */
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Undefined: no STARTTLS. With `tls` it is needed. */
  readonly certificate: Certificate | undefined;
  readonly accept: (transport: Transport) => void;
}

export interface Listener {
  /** Really bound. */
  readonly port: number;
  /** Accepts nobody any more; connections that exist are not touched. */
  close(): void;
}

/** Between probes of a peer that is silent, ms. */
const KEEP_ALIVE = 60_000;
const HIGH_WATER = 65_536;
const BACKLOG = 4096;

/** KithError `listen-failed`: the port is taken or not allowed. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer(
    {
      // A peer that closes its side first still hears our end of the stream. RFC 6120 §4.4
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE,
      highWaterMark: HIGH_WATER,
    },
    (socket) => accept(socket, options),
  );
  await bind(server, options);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : options.port;
  return {
    port,
    close() {
      server.close();
    },
  };
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const where = `${options.address}:${options.port}`;
      reject(new KithError("listen-failed", `${where} cannot be opened: ${cause.message}`, { cause }));
    };
    server.once("error", fail);
    server.listen({ host: options.address, port: options.port, backlog: BACKLOG }, () => {
      server.removeListener("error", fail);
      // Out of file descriptors and the like: this one connection is lost, the listener goes on.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function accept(socket: Socket, options: ListenOptions): void {
  const transport = new SocketTransport(options.kind, socket, addressOf(socket), options.certificate);
  if (options.kind === "tls") transport.startTls();
  options.accept(transport);
}

/** IPv4 in its own form, also on a socket that listens for both. */
export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
