/** How a test client reaches the server: TCP with STARTTLS, direct TLS, WebSocket, or a pipe inside the process. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";

export interface Wire {
  /** RFC 7395 framing: each message is one document. */
  readonly framed: boolean;
  write(text: string): void;
  onText(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  /** Only TCP: goes on inside TLS. */
  startTls?(): Promise<void>;
  /** Cuts without a word, as a network does. */
  destroy(): void;
  /** Stops and goes on reading, as a slow peer does. */
  pause(): void;
  resume(): void;
}

function overSocket(first: Socket): Wire {
  let socket = first;
  let onText: (text: string) => void = () => undefined;
  let onClose: () => void = () => undefined;
  const attach = (): void => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    socket.on("data", (chunk: Buffer) => onText(decoder.decode(chunk, { stream: true })));
    socket.on("close", () => onClose());
    socket.on("error", () => onClose());
  };
  attach();
  return {
    framed: false,
    write: (text) => void socket.write(text),
    onText: (listener) => {
      onText = listener;
    },
    onClose: (listener) => {
      onClose = listener;
    },
    async startTls() {
      const plain = socket;
      plain.removeAllListeners();
      socket = await secured({ socket: plain });
      attach();
    },
    destroy: () => socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

function secured(
  options: { socket: Socket } | { port: number; host: string; ALPNProtocols: string[] },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({ ...options, rejectUnauthorized: false, servername: "localhost" }, () => {
      tls.removeListener("error", reject);
      resolve(tls);
    });
    tls.once("error", reject);
  });
}

export function openTcp(port: number): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.removeListener("error", reject);
      resolve(overSocket(socket));
    });
    socket.once("error", reject);
  });
}

/** XEP-0368. */
export async function openTls(port: number): Promise<Wire> {
  return overSocket(await secured({ port, host: "127.0.0.1", ALPNProtocols: ["xmpp-client"] }));
}

export function openWebSocket(url: string): Promise<Wire> {
  const socket = new WebSocket(url, "xmpp", { rejectUnauthorized: false });
  let onText: (text: string) => void = () => undefined;
  let onClose: () => void = () => undefined;
  socket.on("message", (data) => onText(String(data)));
  socket.on("close", () => onClose());
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => {
      socket.off("error", reject);
      socket.on("error", () => onClose());
      resolve({
        framed: true,
        write: (text) => socket.send(text),
        onText: (listener) => {
          onText = listener;
        },
        onClose: (listener) => {
          onClose = listener;
        },
        destroy: () => socket.terminate(),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
      });
    });
  });
}
