/** The ports of the configuration, opened; WebSocket on both HTTP listeners. */
import type { Server as NodeHttpServer } from "node:http";
import type { Server as NodeHttpsServer } from "node:https";
import type { Config } from "./config/config.ts";
import { WEBSOCKET_PATH } from "./http/host-meta.ts";
import { listenHttp, type Upgrade } from "./http/listener.ts";
import { TrustedProxies } from "./http/proxy.ts";
import type { Log } from "./log.ts";
import type { Certificate } from "./net/certificate.ts";
import { listen } from "./net/listener.ts";
import { createWebSocketGate } from "./net/websocket.ts";
import type { Parts } from "./parts.ts";

export interface Ports {
  readonly c2s?: number;
  readonly c2sTls?: number;
  readonly http?: number;
  readonly https?: number;
}

export interface Listeners {
  readonly ports: Ports;
  attach(server: NodeHttpServer | NodeHttpsServer): void;
}

/** HTTP calls under way at the end may take so long. */
const GRACE_MS = 2000;
/** RFC 7395 frames repeat the namespace and may hold it more than once: a little above the limit of a stanza. */
const FRAME_SLACK = 4096;

/**
 * Each listener that was opened is on `opened`, so that a failure of a later one closes it. They close together with the
 * goodbye to everybody: an HTTP listener ends only when the WebSockets on it have.
 */
export async function startListeners(
  config: Config,
  parts: Parts,
  certificate: Certificate,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<Listeners> {
  const { address } = config.listen;
  const upgrade = upgradeOf(config, parts);
  const closers: (() => void | Promise<void>)[] = [];
  opened.defer(async () => {
    await Promise.all([...closers.map((close) => close()), parts.goodbye()]);
  });
  const ports: { -readonly [Key in keyof Ports]: Ports[Key] } = {};
  for (const [key, kind] of [
    ["c2s", "tcp"],
    ["c2sTls", "tls"],
  ] as const) {
    const port = config.listen[key];
    if (port === null) continue;
    const listener = await listen({
      kind,
      address,
      port,
      certificate,
      accept: (transport) => parts.c2s.accept(transport),
    });
    closers.push(() => listener.close());
    ports[key] = listener.port;
  }
  const { bodyTime, headerTime } = config.limits.http;
  for (const key of ["http", "https"] as const) {
    const port = config.listen[key];
    if (port === null) continue;
    const tls = key === "https" ? certificate.current : undefined;
    const listener = await listenHttp({ app: parts.app, upgrade, tls, address, port, bodyTime, headerTime, log });
    closers.push(() => listener.close(GRACE_MS));
    if (key === "https") certificate.onReload((credentials) => listener.setCertificate(credentials));
    ports[key] = listener.port;
  }
  return { ports, attach: (server) => attach(server, upgrade) };
}

function upgradeOf(config: Config, parts: Parts): Upgrade {
  const proxies = new TrustedProxies(config.http.trustProxy);
  const gate = createWebSocketGate({
    maxPayload: config.limits.session.stanzaBytes + FRAME_SLACK,
    accept: (transport) => parts.c2s.accept(transport),
  });
  return (request, socket, head) => {
    if (request.url?.split("?")[0] !== WEBSOCKET_PATH) return false;
    const { address, secure } = proxies.callerOf(request);
    gate.handleUpgrade(request, socket, head, { address, secure });
    return true;
  };
}

/** Only our own path is taken; any other upgrade is left to the other listeners of that server. */
function attach(server: NodeHttpServer | NodeHttpsServer, upgrade: Upgrade): void {
  server.on("upgrade", (request, socket, head) => {
    if (upgrade(request, socket, head) || server.listenerCount("upgrade") > 1) return;
    socket.destroy();
  });
}
