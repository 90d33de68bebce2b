/**
 * One client's connection: the shell around the stream machine (xmpp/stream). It reads, steps and performs the effects.
 * One object is everything that a connection needs, for there are many: reader's sink, transport's receiver, owner of the
 * outbox, the `Connection` that the session sees, and settings of the machine (`c2s-settings.ts`).
 */
import type { Connection, Line } from "../sessions/connection.ts";
import type { SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { Stanza, StanzaName } from "../xmpp/stanza/stanza.ts";
import type { StreamCondition } from "../xmpp/stream/error.ts";
import { STREAM_START, step } from "../xmpp/stream/machine.ts";
import { ackText } from "../xmpp/stream/management-text.ts";
import type { EnableWish } from "../xmpp/stream/management-wish.ts";
import { NS_FRAMING } from "../xmpp/stream/namespaces.ts";
import type { StreamEffect, StreamInput, StreamState } from "../xmpp/stream/state.ts";
import { readDocument } from "../xmpp/xml/document.ts";
import { type StreamHeader, XmlReader, type XmlSink } from "../xmpp/xml/reader.ts";
import type { StreamElement, XmlFault } from "../xmpp/xml/stream-element.ts";
import { escapeAttr } from "../xmpp/xml/write.ts";
import { Bucket } from "./bucket.ts";
import { C2sLogin } from "./c2s-login.ts";
import { C2sSession } from "./c2s-session.ts";
import { C2sSettings } from "./c2s-settings.ts";
import type { Flushable } from "./cork.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import type { C2sShared, Throttled } from "./shared.ts";
import type { Receiver, Transport } from "./transport.ts";

/** Why reading is paused; several may hold at once. */
const HOLD_ANSWER = 1;
const HOLD_RATE = 2;
const HOLD_OUTPUT = 4;
/** Proxies close a WebSocket that is quiet for a minute: it is pinged before, ms. */
const FRAMES_QUIET = 45_000;

export class C2sConnection extends C2sSettings implements Line, Receiver, XmlSink, OutboxOwner, Throttled {
  readonly #outbox: Outbox;
  readonly #bucket: Bucket;
  readonly #reader: XmlReader | undefined;
  #state: StreamState = STREAM_START;
  readonly #session = new C2sSession();
  readonly #login = new C2sLogin();
  /** Frames that were read already when an answer had to be awaited: at most what one read of the socket gave. */
  #frames: string[] | undefined;
  #holds = 0;
  #isLoggedIn = false;
  /** ms since the epoch: when it came, and from the end of the stream on, when that was. */
  #since: number;
  #heard: number;
  /** When the client was pinged last. */
  #pinged = 0;
  /** Since when it takes nothing of what we write; 0: it does. */
  #blocked = 0;
  /** When it last took something of what it had not been taking. */
  #took = 0;
  #counted = 0;

  constructor(shared: C2sShared, line: Transport) {
    super(shared, line);
    const now = shared.clock.now();
    this.#outbox = new Outbox(line, shared.cork, this, shared.limits.queue);
    this.#bucket = new Bucket(shared.profiles.rateBefore, now);
    this.#reader = line.framing === "stream" ? new XmlReader(shared.profiles.xmlBefore, this) : undefined;
    this.#since = now;
    this.#heard = now;
  }

  /** Begins to read. */
  start(): void {
    this.line.attach(this);
  }

  // The connection as its session sees it.

  get transport(): Connection["transport"] {
    return this.line.kind;
  }

  get secure(): boolean {
    return this.line.secure;
  }

  get address(): string {
    return this.line.address;
  }

  get credential(): string | undefined {
    return this.#login.credential;
  }

  get origin(): string | undefined {
    return this.#login.origin;
  }

  get endsAt(): number {
    return this.#login.endsAt;
  }

  send(name: StanzaName, tail: string): void {
    this.#outbox.send(name, tail);
  }

  sendSlices(name: StanzaName, tails: Iterator<string>): void {
    this.#outbox.sendSlices(name, tails);
  }

  close(condition?: StreamCondition, text?: string): void {
    this.#step({ kind: "cut", condition, text, id: this.shared.newId() });
  }

  raw(text: string): void {
    this.#outbox.raw(text);
  }

  atTurnEnd(one: Flushable): void {
    this.shared.cork.add(one);
  }

  /** XEP-0198 §5: what waits here is said on the other line. */
  replaced(): void {
    this.#session.forget();
    this.#outbox.drop();
    this.close("conflict", "The session was resumed on another connection.");
  }

  /** Closes the transport without a word. */
  destroy(): void {
    this.line.destroy();
  }

  // What the transport tells.

  onData(chunk: Uint8Array): void {
    this.onOctets(chunk.length);
    if (this.#state.phase === "closed") return;
    try {
      this.#reader?.write(chunk);
    } catch (error) {
      this.onBroken(error);
    }
  }

  onMessage(text: string): void {
    if (this.#state.phase === "closed") return;
    if ((this.#holds & HOLD_ANSWER) === 0) {
      try {
        this.#readFrame(text);
      } catch (error) {
        this.onBroken(error);
      }
    } else if (this.#frames === undefined) this.#frames = [text];
    else this.#frames.push(text);
  }

  onOctets(octets: number): void {
    const now = this.shared.clock.now();
    this.shared.received(octets);
    this.#heard = now;
    if (this.#state.phase === "closed" || this.#bucket.take(octets, this.#rate, now)) return;
    this.#hold(HOLD_RATE);
    this.shared.throttle.add(this);
  }

  onDrain(): void {
    if (this.#blocked !== 0) this.#blocked = this.#took = this.shared.clock.now();
    this.#outbox.drained();
  }

  onSecure(): void {
    this.#reader?.reset();
    this.#login.secured();
    this.#step({ kind: "tls-started" });
  }

  onEnd(): void {
    this.#step({ kind: "half-closed" });
  }

  onClose(): void {
    this.#outbox.kill();
    this.#step({ kind: "gone" });
    this.#reader?.end();
    this.shared.throttle.remove(this);
    this.#count();
    this.shared.gone(this);
  }

  // What the reader tells.

  header(header: StreamHeader): void {
    this.#step({ kind: "header", header, id: this.shared.newId() });
  }

  element(element: StreamElement): void {
    const next = step(this.#state, { kind: "element", element }, this);
    this.#state = next.state;
    for (const effect of next.effects) {
      if (effect.kind === "deliver") this.#session.receive(element as Stanza);
      else this.#perform(effect);
    }
  }

  end(): void {
    this.#step({ kind: "end" });
  }

  fault(fault: XmlFault): void {
    this.#step({ kind: "fault", fault, id: this.shared.newId() });
  }

  // What the outbox and the throttle tell.

  onOverflow(): void {
    this.close("policy-violation", "Too much waits for this client: it reads too slowly.");
  }

  onBroken(error: unknown): void {
    this.shared.log.error("connection broke", { error, address: this.line.address });
    this.line.destroy();
  }

  onBlocked(blocked: boolean): void {
    this.#blocked = blocked ? this.shared.clock.now() : 0;
    // A client that does not take its answers may not go on asking.
    if (this.#state.phase === "closed") return;
    if (blocked) this.#hold(HOLD_OUTPUT);
    else this.#release(HOLD_OUTPUT);
  }

  tryResume(now: number): boolean {
    if (!this.#bucket.isOpen(this.#rate, now)) return false;
    this.#release(HOLD_RATE);
    return true;
  }

  /** Called once a second for every connection: all deadlines of this file. */
  sweep(now: number): void {
    const { limits } = this.shared;
    this.#count();
    if (this.#state.phase === "closed") {
      if (now - this.#since > limits.closing) this.line.destroy();
    } else if (!this.#session.isThere && now - this.#since > limits.loginTime) {
      this.close("connection-timeout", "The login took too long.");
    } else if (now >= this.#login.endsAt) {
      this.close("reset", "The login has expired: log in again."); // RFC 6120 §4.9.3.16
    } else if (this.#blocked !== 0 && now - this.#blocked > limits.stalled) {
      this.#outbox.drop();
      this.close("connection-timeout", "Nothing of what waits for this client was taken for too long.");
    } else if (this.#session.managed?.isOverdue(now, this.#heard, this.#took, limits.idleAnswer)) {
      this.close("connection-timeout", "The request for an acknowledgement was not answered.");
    } else {
      this.#session.managed?.remind();
      this.#sweepIdle(now);
    }
  }

  #sweepIdle(now: number): void {
    const { idle, idleAnswer } = this.shared.limits;
    if (idle === 0) return;
    const quiet = now - this.#heard;
    const patience = this.line.framing === "frames" ? Math.min(idle, FRAMES_QUIET) : idle;
    if (quiet > idle + idleAnswer && this.#pinged > this.#heard) {
      this.close("connection-timeout", "The ping was not answered.");
    } else if (quiet > patience && now - this.#pinged > patience) {
      this.#pinged = now;
      this.#ping();
    }
  }

  /** XEP-0199 §4.1; any octet of the client is an answer. */
  #ping(): void {
    if (this.#state.phase !== "bound" || this.line.ping()) return;
    const { domain, jid } = this.#state;
    this.#sendStanza("iq", pingTail(domain, jid, this.shared.newId()));
  }

  get #rate(): { readonly rate: number; readonly burst: number } {
    return this.#isLoggedIn ? this.shared.profiles.rateAfter : this.shared.profiles.rateBefore;
  }

  #count(): void {
    const { written } = this.line;
    if (written > this.#counted) this.shared.sent(written - this.#counted);
    this.#counted = written;
  }

  #readFrame(text: string): void {
    const { profiles } = this.shared;
    const read = readDocument(text, this.#isLoggedIn ? profiles.xmlAfter : profiles.xmlBefore);
    if (!read.ok) {
      // COMPAT(clients that keep TCP alive with a space, and do so here as well)
      if (text.trim() !== "") this.fault(read.fault);
      return;
    }
    const { element } = read;
    // RFC 7395 §3.6; a stream opens with <open/>, and what comes in its place is refused as a header.
    if (element.ns === NS_FRAMING && element.name === "close") this.end();
    else if (this.#state.phase !== "header") this.element(element);
    else this.header({ name: element.name, ns: element.ns, defaultNs: "", attrs: element.attrs });
  }

  #step(input: StreamInput): void {
    const next = step(this.#state, input, this);
    this.#state = next.state;
    for (const effect of next.effects) this.#perform(effect);
  }

  #perform(effect: StreamEffect): void {
    switch (effect.kind) {
      case "send":
        this.#outbox.raw(effect.text);
        break;
      case "send-stanza":
        this.#sendStanza(effect.name, effect.tail);
        break;
      case "start-tls":
        this.#startTls();
        break;
      case "sasl-start":
        this.#startSasl(effect);
        break;
      case "sasl-step":
        this.#stepSasl(effect.data);
        break;
      case "sasl-forget":
        this.#login.forget();
        break;
      case "register":
        this.#register(effect);
        break;
      case "authenticated":
        this.#authenticated(effect);
        break;
      case "bind":
        this.#bind(effect);
        break;
      case "enable":
        this.#enable(effect.wish);
        break;
      case "resume":
        this.#resume(effect);
        break;
      case "acknowledge":
        this.#outbox.raw(ackText(this.#session.managed?.handled ?? 0));
        break;
      case "acknowledged":
        this.#acknowledged(effect.h);
        break;
      case "handled":
        this.#session.managed?.handle();
        break;
      case "end":
        this.#finish(effect.reason);
        break;
      case "deliver":
        break; // performed where the element is at hand
    }
  }

  /** RFC 6120 §5.4.3.3: what came behind `<starttls/>` came on the open line and is not to be trusted. */
  #startTls(): void {
    if ((this.#reader?.discard() ?? 0) > 0) {
      this.#outbox.kill();
      this.shared.log.warn("bytes behind starttls", { address: this.line.address });
      this.line.destroy();
      return;
    }
    this.#outbox.flush();
    this.line.startTls();
  }

  #startSasl(effect: Extract<StreamEffect, { readonly kind: "sasl-start" }>): void {
    this.#await(this.#login.start(this.shared, effect, this.context(effect.offer.domain)), (o) => this.#settleSasl(o));
  }

  #stepSasl(data: Uint8Array): void {
    this.#await(this.#login.step(this.shared, data), (outcome) => this.#settleSasl(outcome));
  }

  #register(effect: Extract<StreamEffect, { readonly kind: "register" }>): void {
    const answer = this.#login.register(this.shared, effect, this.line.address);
    if (answer !== undefined) this.#await(answer, (known) => this.#step({ kind: "registered", answer: known }));
  }

  /** Nothing is read on before an answer is there. */
  #await<T>(answer: T | Promise<T>, settle: (answer: T) => void): void {
    if (!(answer instanceof Promise)) {
      settle(answer);
      return;
    }
    this.#hold(HOLD_ANSWER);
    this.#reader?.pause();
    answer
      .then((settled) => {
        settle(settled);
        this.#answered();
      })
      .catch((error: unknown) => this.onBroken(error));
  }

  #settleSasl(outcome: SaslOutcome): void {
    this.#login.settle(outcome);
    this.#step({ kind: "sasl", outcome });
  }

  /** Goes on with what arrived while the answer was worked on, in order. */
  #answered(): void {
    if (this.#state.phase === "closed") return;
    this.#release(HOLD_ANSWER);
    this.#reader?.resume();
    const frames = this.#frames;
    this.#frames = undefined;
    for (const text of frames ?? []) this.onMessage(text);
  }

  #authenticated({ login, restarts }: Extract<StreamEffect, { readonly kind: "authenticated" }>): void {
    const { profiles, clock, sessions } = this.shared;
    this.#isLoggedIn = true;
    this.#bucket.fill(profiles.rateAfter, clock.now());
    if (restarts) this.#reader?.reset(profiles.xmlAfter);
    else this.#reader?.setLimits(profiles.xmlAfter);
    this.shared.loggedIn(this);
    this.#login.arrived = sessions.authenticated(login.domain, login.username, this);
  }

  #bind(effect: Extract<StreamEffect, { readonly kind: "bind" }>): void {
    const result = this.#session.bind(this.shared, effect, this);
    if (result.ok) this.#login.arrived();
    this.#step({ kind: "bind-result", result });
    // Closed by the sessions themselves while they bound it.
    if (this.#state.phase === "closed") this.#session.end("closed");
  }

  #enable(wish: EnableWish): void {
    const answer = this.#session.enable(wish, this);
    if (answer !== undefined) this.#step({ kind: "enabled", answer });
  }

  #resume(effect: Extract<StreamEffect, { readonly kind: "resume" }>): void {
    const answer = this.#session.resume(this.shared, effect, this);
    if (answer.ok) this.#login.arrived();
    this.#step({ kind: "resume-result", answer });
    if (answer.ok) this.#session.managed?.resend(effect.login.domain);
  }

  #acknowledged(h: number): void {
    const { managed } = this.#session;
    if (managed?.acknowledge(h) === "too-high") this.#step({ kind: "too-high", h, sent: managed.sent });
  }

  /** One of this file, which is counted like any other. */
  #sendStanza(name: StanzaName, tail: string): void {
    (this.#session.managed ?? this.#outbox).send(name, tail);
  }

  /** The stream is over: the session hears it now, whatever becomes of the transport. */
  #finish(reason: string): void {
    this.#since = this.shared.clock.now();
    this.#login.forget();
    this.#frames = undefined;
    this.shared.ended(this, reason);
    this.shared.log.debug("stream closed", { reason, jid: this.#session.jid, address: this.line.address });
    this.#outbox.end(); // before the session ends: nothing of what that causes follows our end of the stream
    this.#login.arrived();
    this.#session.end(reason);
    // Read and dropped from here on: a socket closed over unread octets would take our last words with it.
    this.#holds = 0;
    this.line.resume();
  }

  #hold(reason: number): void {
    if (this.#holds === 0) this.line.pause();
    this.#holds |= reason;
  }

  #release(reason: number): void {
    if ((this.#holds & reason) === 0) return;
    this.#holds &= ~reason;
    if (this.#holds === 0) this.line.resume();
  }
}

function pingTail(from: string, to: string, id: string): string {
  return ` type="get" id="${id}" from="${escapeAttr(from)}" to="${escapeAttr(to)}"><ping xmlns="urn:xmpp:ping"/></iq>`;
}
