/** RFC 7395 over the library `ws`: text messages in and out. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { ChannelBindings } from "../xmpp/sasl/mechanism.ts";
import type { Receiver, Transport } from "./transport.ts";
import type { UpgradePeer } from "./websocket.ts";

const NO_BINDINGS: ChannelBindings = {};
const HIGH_WATER = 65_536;
/** RFC 6455 §7.4.1 */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

const TRANSPORT: unique symbol = Symbol("transport");
interface Carrying {
  [TRANSPORT]?: WebSocketTransport;
}

export class WebSocketTransport implements Transport {
  readonly kind = "websocket";
  readonly framing = "frames";
  readonly offersTls = false;
  readonly secure: boolean;
  readonly address: string;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  #receiver: Receiver | undefined;
  #isFull = false;
  #isClosed = false;

  constructor(webSocket: WebSocket, socket: Duplex, peer: UpgradePeer) {
    this.secure = peer.secure;
    this.address = peer.address;
    this.#webSocket = webSocket;
    this.#socket = socket;
    (webSocket as Carrying)[TRANSPORT] = this;
    (socket as Carrying)[TRANSPORT] = this;
    webSocket.on("error", onError);
    webSocket.on("close", onClose);
  }

  get buffered(): number {
    return this.#webSocket.bufferedAmount;
  }

  get written(): number {
    return (this.#socket as Partial<Socket>).bytesWritten ?? 0;
  }

  attach(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#webSocket.on("message", onMessage);
    this.#socket.on("data", onOctets);
    this.#socket.on("drain", onDrain);
  }

  write(text: string, more = false): boolean {
    if (this.#isClosed) return true;
    this.#webSocket.send(text, { fin: !more });
    this.#isFull = this.#socket.writableLength >= HIGH_WATER;
    return !this.#isFull;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  /** RFC 7395 §3.9: TLS is a matter of the HTTP listener. */
  startTls(): void {
    this.destroy();
  }

  /** No client in a browser can know them. */
  channelBindings(): ChannelBindings {
    return NO_BINDINGS;
  }

  /** RFC 6455 §5.5.2: the browser answers, whatever its page is busy with. */
  ping(): boolean {
    this.#webSocket.ping();
    return true;
  }

  end(): void {
    this.#webSocket.resume();
    this.#webSocket.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  /** @internal */
  take(data: RawData, isBinary: boolean): void {
    // RFC 7395 §3.2: text only.
    if (isBinary) this.#webSocket.close(UNSUPPORTED_DATA, "XMPP travels in text messages");
    else this.#receiver?.onMessage(data.toString());
  }

  /** @internal */
  count(octets: number): void {
    this.#receiver?.onOctets(octets);
  }

  /** @internal */
  drained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#receiver?.onDrain();
  }

  /** @internal */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#receiver?.onClose();
  }
}

function onMessage(this: WebSocket & Carrying, data: RawData, isBinary: boolean): void {
  this[TRANSPORT]?.take(data, isBinary);
}

function onOctets(this: Duplex & Carrying, chunk: Uint8Array): void {
  this[TRANSPORT]?.count(chunk.length);
}

function onDrain(this: Duplex & Carrying): void {
  this[TRANSPORT]?.drained();
}

function onClose(this: WebSocket & Carrying): void {
  this[TRANSPORT]?.closed();
}

/** A peer that breaks off or breaks the protocol: `ws` closes with the right code, and `close` follows. */
function onError(): void {
  // Nothing is left to do here.
}
