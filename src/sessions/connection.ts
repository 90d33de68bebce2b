/** What a session knows of the connection that carries it; built in `net/`, a recorder in tests. */
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import type { Copies } from "../xmpp/stream/acks.ts";
import type { StreamCondition } from "../xmpp/stream/error.ts";

export interface Connection {
  /**
   * Sends one stanza: `<name` + `tail`, where `tail` begins with the attributes (each with its leading space) or ">" and
   * ends with the end tag. Never an xmlns of its own for jabber:client: the transport adds it where its framing wants
   * it (RFC 7395 §3.3.3). Output of one turn of the event loop leaves in one write. After the end it is ignored.
   * `copies`: who else is sent the same message, for a connection that outlives its line (XEP-0198).
   */
  send(name: StanzaName, tail: string, copies?: Copies): void;
  /**
   * Sends stanzas of one kind that are produced piece by piece as the socket drains. Each `next()` yields a tail as for
   * `send`, or the first part of one: both begin with a space (an attribute) and open a new stanza; or a continuation
   * of the stanza before, which begins with "<". What is sent later waits behind it. Not counted against the queue's bytes.
   */
  sendSlices(name: StanzaName, tails: Iterator<string>): void;
  /** Ends the stream, with a stream error if a condition is given. Idempotent. */
  close(condition?: StreamCondition, text?: string): void;
  readonly transport: "tcp" | "tls" | "websocket" | "memory";
  readonly secure: boolean;
  /** Address of the peer, after trusted proxies. */
  readonly address: string;
  /** What let it in, where that can be taken back by itself (a grant, an app password, a device). */
  readonly credential?: string | undefined;
  /** What let its device in before it came back by a token: it ends with that too. */
  readonly origin?: string | undefined;
}

/** What a connection by XEP-0198 runs over: it may be lost, and another take its place (`managed-connection.ts`). */
export interface Line extends Connection {
  /** When its login ends, ms since the epoch; infinite: it lasts. RFC 6120 §4.9.3.16 */
  readonly endsAt: number;
  /** Text of the stream itself. */
  raw(text: string): void;
  /** `one` is flushed when this turn has handled its input; where nothing was sent before it, together with what is sent now. */
  atTurnEnd(one: { flush(): void }): void;
  /** The session goes on over another line: this one ends, and has nothing to do with it any more. XEP-0198 §5 */
  replaced(): void;
}
