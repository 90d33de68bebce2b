/** A connection without a network: both ends in this process, for tests and scenarios. */
import type { ChannelBindings } from "../xmpp/sasl/mechanism.ts";
import type { Framing } from "../xmpp/stream/state.ts";
import type { Receiver, Transport } from "./transport.ts";

export interface MemoryOptions {
  readonly framing?: Framing;
  readonly address?: string;
  readonly secure?: boolean;
  readonly offersTls?: boolean;
  readonly bindings?: ChannelBindings;
  /** Hears what the server writes; with frames whole messages. */
  readonly onText?: (text: string) => void;
  /** Hears pings of the transport; without it there are none. */
  readonly onPing?: () => void;
  /** Hears that the server closed. */
  readonly onEnd?: () => void;
}

const utf8 = new TextEncoder();

/** The server's end is the `Transport`; the other methods are the client's. */
export class MemoryTransport implements Transport {
  readonly kind = "memory";
  readonly framing: Framing;
  readonly address: string;
  readonly #options: MemoryOptions;
  #receiver: Receiver | undefined;
  #arrived: (Uint8Array | string)[] = [];
  #frame = "";
  #unread = 0;
  /** Something was written that it has not taken, be it the empty end of a frame. */
  #isFull = false;
  #isSecure: boolean;
  #isHolding = false;
  #isPaused = false;
  #state: "open" | "ending" | "closed" = "open";
  /** Everything the server wrote so far. */
  output = "";
  /** How often the server wrote. */
  writes = 0;
  written = 0;

  constructor(options: MemoryOptions = {}) {
    this.#options = options;
    this.framing = options.framing ?? "stream";
    this.address = options.address ?? "127.0.0.1";
    this.#isSecure = options.secure ?? false;
  }

  get secure(): boolean {
    return this.#isSecure;
  }

  get offersTls(): boolean {
    return (this.#options.offersTls ?? false) && !this.#isSecure;
  }

  get buffered(): number {
    return this.#unread;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** The server has ended its side, or more. */
  get isEnded(): boolean {
    return this.#state !== "open";
  }

  /** The client says something: octets, or a message where the framing is frames. */
  say(input: string | Uint8Array): void {
    if (this.#state === "closed") return;
    this.#arrived.push(typeof input === "string" && this.framing === "stream" ? utf8.encode(input) : input);
    this.#read();
  }

  /** The client reads nothing from now on, or reads again. */
  hold(isHolding: boolean): void {
    this.#isHolding = isHolding;
    if (!isHolding) this.drain();
  }

  /** A client that reads nothing takes what was written so far. */
  drain(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#unread = 0;
    this.#receiver?.onDrain();
  }

  /** The client closes its side and still reads. */
  finish(): void {
    this.#receiver?.onEnd();
  }

  /** The client is gone, with or without a word. */
  vanish(): void {
    this.#close();
  }

  attach(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#read();
  }

  write(text: string, more = false): boolean {
    if (this.#state !== "open") return true;
    this.writes += 1;
    this.written += text.length;
    this.output += text;
    if (more) this.#frame += text;
    else {
      this.#options.onText?.(this.#frame + text);
      this.#frame = "";
    }
    if (!this.#isHolding) return true;
    this.#unread += text.length;
    this.#isFull = true;
    return false;
  }

  cork(): void {
    // Writing costs nothing here.
  }

  uncork(): void {
    // Nothing was held back.
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  startTls(): void {
    this.#isSecure = true;
    this.#receiver?.onSecure();
  }

  channelBindings(): ChannelBindings {
    return this.#isSecure ? (this.#options.bindings ?? {}) : {};
  }

  ping(): boolean {
    this.#options.onPing?.();
    return this.#options.onPing !== undefined;
  }

  /** The client answers by closing as well, unless it reads nothing. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#options.onEnd?.();
    if (!this.#isHolding) this.#close();
  }

  destroy(): void {
    this.#close();
  }

  #close(): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#options.onEnd?.();
    this.#state = "closed";
    this.#arrived = [];
    this.#receiver?.onClose();
  }

  #read(): void {
    while (!this.#isPaused && this.#receiver !== undefined) {
      const next = this.#arrived.shift();
      if (next === undefined) return;
      if (typeof next !== "string") this.#receiver.onData(next);
      else {
        this.#receiver.onOctets(next.length);
        this.#receiver.onMessage(next);
      }
    }
  }
}
