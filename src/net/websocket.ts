/** RFC 7395: a stream in the messages of a WebSocket, on the HTTP listener. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { isLoopback } from "../addresses.ts";
import type { Transport } from "./transport.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

/** What the HTTP listener knows of the peer, proxies considered. */
export interface UpgradePeer {
  readonly address: string;
  readonly secure: boolean;
}

export interface WebSocketGate {
  /** Takes over an upgrade of /xmpp-websocket; answers 400 itself where the request is not one of RFC 7395. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, peer: UpgradePeer): void;
}

export interface WebSocketOptions {
  /** Octets of a message that are read at all; more closes with 1009. The stream's own limits lie below. */
  readonly maxPayload: number;
  readonly accept: (transport: Transport) => void;
}

const SUBPROTOCOL = "xmpp";
const REFUSAL = "The subprotocol xmpp is needed (Sec-WebSocket-Protocol: xmpp, RFC 7395).\n";

export function createWebSocketGate(options: WebSocketOptions): WebSocketGate {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory per connection and mixes secrets with what others send.
    perMessageDeflate: false,
    maxPayload: options.maxPayload,
    handleProtocols: (protocols) => protocols.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  return {
    handleUpgrade(request, socket, head, peer) {
      if (!asksForXmpp(request)) {
        refuse(socket);
        return;
      }
      socket.setMaxListeners(0);
      server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
        // A page on this machine talks to nobody on the way: browsers take such a connection for secure as well.
        const secure = peer.secure || isLoopback(peer.address);
        options.accept(new WebSocketTransport(webSocket, socket, { address: peer.address, secure }));
      });
    },
  };
}

/** RFC 7395 §3.1: the client must offer the subprotocol. */
function asksForXmpp(request: IncomingMessage): boolean {
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((name) => name.trim() === SUBPROTOCOL);
}

function refuse(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${REFUSAL.length}\r\nConnection: close\r\n\r\n${REFUSAL}`,
  );
}
