/** What a stream runs on: TCP, TLS, WebSocket or a pipe in memory. The c2s shell knows no more than this. */
import type { ChannelBindings } from "../xmpp/sasl/mechanism.ts";
import type { Framing } from "../xmpp/stream/state.ts";

export type TransportKind = "tcp" | "tls" | "websocket" | "memory";

/** Who hears what happens on a transport. Methods and not listeners: a connection is one object without closures. */
export interface Receiver {
  /** `framing: "stream"`: octets as they came. */
  onData(chunk: Uint8Array): void;
  /** `framing: "frames"`: one text message. */
  onMessage(text: string): void;
  /** `framing: "frames"`: octets as they came in, before they are a message: for rates only. */
  onOctets(octets: number): void;
  /** What was written has left: more may follow. */
  onDrain(): void;
  /** The handshake that `startTls` began is complete. */
  onSecure(): void;
  /** The peer has closed its side and may still read ours. */
  onEnd(): void;
  /** Nothing is read or written any more. Called once. */
  onClose(): void;
}

export interface Transport {
  /** How the connection began; `tcp` stays `tcp` after STARTTLS. */
  readonly kind: TransportKind;
  readonly framing: Framing;
  /** Octets that arrive and leave are encrypted, or come from a trusted proxy that says so. */
  readonly secure: boolean;
  /** Of the peer, after trusted proxies. */
  readonly address: string;
  /** `startTls` may be called. */
  readonly offersTls: boolean;
  /** Octets that wait for the peer, after what the kernel took. */
  readonly buffered: number;
  /** Octets written so far. */
  readonly written: number;
  /** From here on the receiver hears; before, nothing is read. Called once. */
  attach(receiver: Receiver): void;
  /**
   * `text` leaves; false: wait for `onDrain` before more is written. With frames it is one message, or with `more` a
   * part of one that goes on with the next call.
   */
  write(text: string, more?: boolean): boolean;
  /** Everything between the two leaves in one write. */
  cork(): void;
  uncork(): void;
  /** Stops and starts reading. A few messages that were read already may still come with frames. */
  pause(): void;
  resume(): void;
  startTls(): void;
  /** Empty without TLS. RFC 5929, RFC 9266 */
  channelBindings(): ChannelBindings;
  /** Asks the peer for a sign of life by the transport's own means. False: it has none. */
  ping(): boolean;
  /** Flushes, closes our side; what still comes is read and dropped. */
  end(): void;
  /** Closes both sides now. */
  destroy(): void;
}
