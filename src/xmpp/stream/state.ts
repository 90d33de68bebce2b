/** RFC 6120 §4 to §7: what the stream machine knows, hears and wants done. */
import type { SaslOutcome } from "../sasl/mechanism.ts";
import type { Sasl2Request } from "../sasl/sasl2-request.ts";
import type { StanzaCondition } from "../stanza/error.ts";
import type { StanzaName } from "../stanza/stanza.ts";
import type { Element } from "../xml/element.ts";
import type { StreamHeader } from "../xml/sink.ts";
import type { StreamElement, XmlFault } from "../xml/stream-element.ts";
import type { StreamCondition } from "./error.ts";
import type { EnableWish, ResumeWish } from "./management-wish.ts";
import type { RegisterAnswer, RegisterRequest } from "./register.ts";

/** `stream`: one document per connection (RFC 6120). `frames`: a document per WebSocket message (RFC 7395). */
export type Framing = "stream" | "frames";

/** Who logged in, in prepared form. */
export interface Login {
  readonly domain: string;
  readonly username: string;
}

/** What a client was shown before its login: it holds for all its tries on this stream. */
export interface Offer {
  readonly domain: string;
  /** Whom the client's header names, as sent. */
  readonly from: string | undefined;
  readonly mechanisms: readonly string[];
  /** XEP-0484: those that take a token. */
  readonly tokenMechanisms: readonly string[];
}

/** A login by XEP-0388 that was right: what its `<success/>` will say. */
export interface Sasl2Success {
  readonly data: Uint8Array | undefined;
  readonly token: { readonly secret: string; readonly expiry: string } | undefined;
}

/** Who waits for a resource: an IQ with this id (RFC 6120 §7), or the login itself (XEP-0386). `failed`: what is said of a resumption. */
export type BindAsker =
  | { readonly kind: "iq"; readonly id: string }
  | { readonly kind: "login"; readonly success: Sasl2Success; readonly failed: string };

/** Who waits for a session to be resumed: a `<resume/>` of its own (XEP-0198 §5), or the login itself (§9.2). */
export type ResumeAsker =
  | { readonly kind: "stream" }
  | { readonly kind: "login"; readonly success: Sasl2Success; readonly bind: Sasl2Device | undefined };

/** `request`: what came with the login by XEP-0388; undefined: it goes by RFC 6120 §6. */
interface Attempt {
  readonly tries: number;
  readonly offer: Offer;
  readonly request: Sasl2Request | undefined;
}

export type StreamState =
  /** Waiting for the stream header: the first, the one after TLS, or (with `login`) the one after SASL. */
  | { readonly phase: "header"; readonly tries: number; readonly login: Login | undefined }
  /** Features were sent: STARTTLS or SASL may begin. */
  | { readonly phase: "negotiating"; readonly tries: number; readonly offer: Offer }
  /** `<proceed/>` was sent and the handshake is under way. */
  | { readonly phase: "securing"; readonly tries: number }
  /** The mechanism is working on what the client said. */
  | ({ readonly phase: "verifying" } & Attempt)
  /** A challenge was sent. */
  | ({ readonly phase: "challenged" } & Attempt)
  /** A client that came by a link waits for the answer to the IQ of this id (XEP-0077). */
  | { readonly phase: "registering"; readonly tries: number; readonly offer: Offer; readonly id: string }
  /** Logged in, without a resource. */
  | { readonly phase: "binding"; readonly login: Login }
  /** The sessions were asked for the resource. */
  | { readonly phase: "bind-asked"; readonly login: Login; readonly asker: BindAsker }
  /** The sessions were asked to resume one. */
  | { readonly phase: "resume-asked"; readonly login: Login; readonly asker: ResumeAsker }
  /** `isManaged`: by XEP-0198. */
  | { readonly phase: "bound"; readonly jid: string; readonly domain: string; readonly isManaged: boolean }
  /** Our end of the stream is closed, or the connection is gone. */
  | { readonly phase: "closed" };

export type StreamInput =
  /**
   * The header of the peer; with frames the first document, which should be an `<open/>` (RFC 7395 §3.4). `id`: a fresh
   * random stream id for our own header (RFC 6120 §4.7.3).
   */
  | { readonly kind: "header"; readonly header: StreamHeader; readonly id: string }
  | { readonly kind: "element"; readonly element: StreamElement }
  /** `id`: for our header, if none was sent yet (RFC 6120 §4.9.1.2). */
  | { readonly kind: "fault"; readonly fault: XmlFault; readonly id: string }
  /** The peer closed its side of the stream. */
  | { readonly kind: "end" }
  /** The peer closed its side of the transport, without a word. */
  | { readonly kind: "half-closed" }
  | { readonly kind: "tls-started" }
  | { readonly kind: "sasl"; readonly outcome: SaslOutcome }
  | { readonly kind: "registered"; readonly answer: RegisterAnswer }
  | { readonly kind: "bind-result"; readonly result: BindAnswer }
  | { readonly kind: "enabled"; readonly answer: EnableAnswer }
  | { readonly kind: "resume-result"; readonly answer: ResumeAnswer }
  /** The peer acknowledged more than it was sent. XEP-0198 §6 */
  | { readonly kind: "too-high"; readonly h: number; readonly sent: number }
  /** Somebody here ends the stream: a deadline, a limit, a conflict, a shutdown. Undefined: without an error. */
  | {
      readonly kind: "cut";
      readonly condition: StreamCondition | undefined;
      readonly text: string | undefined;
      readonly id: string;
    }
  /** The transport is closed: nothing can be said any more. */
  | { readonly kind: "gone" };

/** How the sessions took an `<enable/>`. `id`: the stream may be resumed by it, within so many seconds. */
export interface EnableAnswer {
  readonly id: string | undefined;
  readonly max: number;
}

export type ResumeAnswer =
  | { readonly ok: true; readonly jid: string; readonly id: string; readonly h: number }
  | { readonly ok: false; readonly reason: "off" }
  /** There is no such session of this account; `h`: there was, and it had handled so many. */
  | { readonly ok: false; readonly reason: "unknown"; readonly h: number | undefined }
  | { readonly ok: false; readonly reason: "too-high"; readonly h: number; readonly sent: number };

/** `enabled`: it was asked for at once. */
export type BindAnswer =
  /** `inline`: what `<bound/>` says of what was asked for with it (XEP-0386 §3.2), as XML. */
  | { readonly ok: true; readonly jid: string; readonly enabled: EnableAnswer | undefined; readonly inline?: string }
  | { readonly ok: false; readonly condition: StanzaCondition; readonly text: string };

export type StreamEffect =
  /** Write this text; with frames it is one frame. */
  | { readonly kind: "send"; readonly text: string }
  /** Write this stanza: `<name` and `tail`, as in `Connection.send`. */
  | { readonly kind: "send-stanza"; readonly name: StanzaName; readonly tail: string }
  /** RFC 6120 §5.4.3: all that was read behind `<starttls/>` is an injection; without it the handshake begins. */
  | { readonly kind: "start-tls" }
  | {
      readonly kind: "sasl-start";
      readonly offer: Offer;
      readonly mechanism: string;
      readonly data: Uint8Array | undefined;
      readonly request: Sasl2Request | undefined;
    }
  | { readonly kind: "sasl-step"; readonly data: Uint8Array }
  /** Forget the exchange under way, if there is one. */
  | { readonly kind: "sasl-forget" }
  /** Ask whoever makes passwords for links, answer with `registered`. */
  | { readonly kind: "register"; readonly domain: string; readonly request: RegisterRequest }
  /**
   * The login is known, and what follows is read with the limits after login. `restarts`: it is a new stream (RFC 6120
   * §6.4.6); otherwise the same goes on (XEP-0388 §2.6.1).
   */
  | { readonly kind: "authenticated"; readonly login: Login; readonly restarts: boolean }
  /** Ask the sessions, answer at once with `bind-result`. `device`: by XEP-0386, where the server makes the resource. */
  | {
      readonly kind: "bind";
      readonly login: Login;
      readonly resource: string | undefined;
      readonly device: Sasl2Device | undefined;
    }
  /** Ask the session, answer at once with `enabled`. */
  | { readonly kind: "enable"; readonly wish: EnableWish }
  /** Ask the sessions, answer at once with `resume-result`; then what was not acknowledged follows. */
  | { readonly kind: "resume"; readonly login: Login; readonly wish: ResumeWish }
  /** Say how many stanzas were handled. */
  | { readonly kind: "acknowledge" }
  /** The client has handled so many; where that is too much, answer with `too-high`. */
  | { readonly kind: "acknowledged"; readonly h: number }
  /** The element of this input was a stanza, and is dealt with. */
  | { readonly kind: "handled" }
  /** The element of this input is a stanza for the session. */
  | { readonly kind: "deliver" }
  /** Nothing is sent after what was sent so far: flush and end. `reason` is for the log and the metrics. */
  | { readonly kind: "end"; readonly reason: string };

/** XEP-0386 §3.2: what a resource is made of, and what else is asked for with it. */
export interface Sasl2Device {
  readonly tag: string | undefined;
  /** Of the user agent. */
  readonly id: string | undefined;
  /** XEP-0198 §9.1 */
  readonly enable: EnableWish | undefined;
  readonly inline: readonly Element[];
}

export interface StreamStep {
  readonly state: StreamState;
  readonly effects: readonly StreamEffect[];
}

/** What stays the same for a connection, or is asked at the moment it is needed. */
export interface StreamSettings {
  readonly framing: Framing;
  /** Prepared names; the first speaks where the client named none that is served. */
  readonly domains: readonly string[];
  /** TLS can be started on this connection. */
  readonly offersTls: () => boolean;
  /** TLS is on, or plaintext is allowed: SASL may begin. */
  readonly maySasl: () => boolean;
  /** Names of the mechanisms of a domain on this connection, best first. */
  readonly mechanisms: (domain: string) => readonly string[];
  /** Those that take a token (XEP-0484). */
  readonly tokenMechanisms: (domain: string) => readonly string[];
  /** Who asks to register is answered, if only with the reason why not. */
  readonly mayRegister: (domain: string) => boolean;
  /** Somebody may come with a link (XEP-0445): it is told to clients. */
  readonly offersRegister: (domain: string) => boolean;
  /** Types of channel binding that this connection has (XEP-0440). */
  readonly channelBindings: () => readonly string[];
  /** Features after login that the modules registered. */
  readonly features: (domain: string) => readonly Element[];
  /** Sessions whose connection is lost may be resumed (XEP-0198). */
  readonly resumes: boolean;
  /** What can be asked for with a resource (XEP-0386 §3.1): their names. */
  readonly inlineFeatures: () => readonly string[];
  /** SASL failures after which the stream ends. */
  readonly tries: number;
  /** XEP-0478: octets of a stanza before and after login, and seconds without traffic (undefined: no limit). */
  readonly advertised: {
    readonly bytesBefore: number;
    readonly bytesAfter: number;
    readonly idleSeconds: number | undefined;
  };
}
