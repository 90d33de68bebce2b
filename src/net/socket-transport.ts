/** A stream over a socket of Node: TCP with or without STARTTLS (RFC 6120 §5), and TLS from the start (XEP-0368). */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ChannelBindings } from "../xmpp/sasl/mechanism.ts";
import type { Certificate, Credentials } from "./certificate.ts";
import type { Receiver, Transport } from "./transport.ts";

/** Sockets know their transport, so that all of them share the same listeners. */
const TRANSPORT: unique symbol = Symbol("transport");
interface Carrying {
  [TRANSPORT]?: SocketTransport;
}

const NO_BINDINGS: ChannelBindings = {};

export class SocketTransport implements Transport {
  readonly kind: "tcp" | "tls";
  readonly framing = "stream";
  readonly address: string;
  readonly #certificate: Certificate | undefined;
  #socket: Socket;
  #credentials: Credentials | undefined;
  #receiver: Receiver | undefined;
  #bindings: ChannelBindings | undefined;
  #isSecure = false;
  #isClosed = false;

  /** `certificate` undefined: no STARTTLS. */
  constructor(kind: "tcp" | "tls", socket: Socket, address: string, certificate: Certificate | undefined) {
    this.kind = kind;
    this.address = address;
    this.#certificate = certificate;
    this.#socket = socket;
    (socket as Carrying)[TRANSPORT] = this;
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  get secure(): boolean {
    return this.#isSecure;
  }

  get offersTls(): boolean {
    return this.#certificate !== undefined && this.#credentials === undefined;
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  get written(): number {
    return this.#socket.bytesWritten;
  }

  attach(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#socket.on("data", onData);
    this.#socket.on("end", onEnd);
    this.#socket.on("drain", onDrain);
  }

  write(text: string): boolean {
    return this.#isClosed || this.#socket.write(text);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  startTls(): void {
    const certificate = this.#certificate;
    if (certificate === undefined) return;
    const plain = this.#socket;
    plain.removeListener("data", onData);
    plain.removeListener("end", onEnd);
    plain.removeListener("drain", onDrain);
    plain.removeListener("close", onClose);
    this.#credentials = certificate.current;
    const socket = new TLSSocket(plain, {
      isServer: true,
      secureContext: this.#credentials.context,
      ALPNProtocols: ["xmpp-client"], // XEP-0368 §2
    });
    (socket as Carrying)[TRANSPORT] = this;
    this.#socket = socket;
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.once("secure", onSecure);
    if (this.#receiver !== undefined) this.attach(this.#receiver);
  }

  channelBindings(): ChannelBindings {
    const socket = this.#socket;
    const credentials = this.#credentials;
    if (!this.#isSecure || !(socket instanceof TLSSocket) || credentials === undefined) return NO_BINDINGS;
    this.#bindings ??= bindingsOf(socket, credentials);
    return this.#bindings;
  }

  ping(): boolean {
    return false;
  }

  end(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @internal */
  hear(event: "drain" | "secure" | "end" | "close"): void {
    switch (event) {
      case "end":
        this.#receiver?.onEnd();
        break;
      case "drain":
        this.#receiver?.onDrain();
        break;
      case "secure":
        this.#isSecure = true;
        this.#receiver?.onSecure();
        break;
      case "close":
        if (this.#isClosed) return;
        this.#isClosed = true;
        this.#receiver?.onClose();
        break;
    }
  }

  /** @internal */
  take(chunk: Uint8Array): void {
    this.#receiver?.onData(chunk);
  }
}

function bindingsOf(socket: TLSSocket, credentials: Credentials): ChannelBindings {
  const bindings: { -readonly [Type in keyof ChannelBindings]: ChannelBindings[Type] } = {};
  // RFC 9266 §2: with TLS 1.2 only under the extended master secret, of which Node does not tell.
  if (socket.getProtocol() === "TLSv1.3") {
    bindings["tls-exporter"] = socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  }
  if (credentials.endPoint !== undefined) bindings["tls-server-end-point"] = credentials.endPoint;
  return bindings;
}

function onData(this: Socket & Carrying, chunk: Uint8Array): void {
  this[TRANSPORT]?.take(chunk);
}

function onDrain(this: Socket & Carrying): void {
  this[TRANSPORT]?.hear("drain");
}

function onSecure(this: Socket & Carrying): void {
  this[TRANSPORT]?.hear("secure");
}

function onEnd(this: Socket & Carrying): void {
  this[TRANSPORT]?.hear("end");
}

function onClose(this: Socket & Carrying): void {
  this[TRANSPORT]?.hear("close");
}

/** A peer that breaks off is ordinary; `close` follows and says all that matters. */
function onError(this: Socket & Carrying): void {
  this.destroy();
}
