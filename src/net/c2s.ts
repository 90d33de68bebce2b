/** The client side of the server: connections of all transports, their caps, their deadlines and their end. */
import { randomUUID } from "node:crypto";
import { isLoopback, SourceCounts, sourceOf } from "../addresses.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { SessionHost } from "../sessions/host.ts";
import type { Authenticator } from "../xmpp/sasl/mechanism.ts";
import type { Registrar } from "../xmpp/stream/register.ts";
import { C2sConnection } from "./c2s-connection.ts";
import { Cork } from "./cork.ts";
import type { C2sLimits } from "./limits.ts";
import { type C2sShared, profilesOf, Throttle } from "./shared.ts";
import type { Transport, TransportKind } from "./transport.ts";

export interface C2sOptions {
  readonly sessions: SessionHost;
  /** By prepared domain. */
  readonly authenticators: ReadonlyMap<string, Authenticator>;
  /** By prepared domain: where chat programs may come by a link. */
  readonly registrars?: ReadonlyMap<string, Registrar>;
  readonly limits: C2sLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly allowPlaintext: boolean;
  /** Addresses without a limit of their own, besides loopback: trusted proxies. */
  readonly isTrusted?: (address: string) => boolean;
  /** Fresh, unpredictable stream ids. */
  readonly newId?: () => string;
  /** Runs its argument when this turn of the event loop has handled its input. */
  readonly defer?: (action: () => void) => void;
}

export interface C2s {
  accept(transport: Transport): void;
  /** Says system-shutdown to everybody; settles when all are gone, within 3 s. */
  close(): Promise<void>;
  /** Connections, logged in or not. */
  readonly size: number;
}

const SWEEP = 1000;
const GOODBYE = 3000;
/** Refusing in words costs something too: above this share of the cap nobody is answered. */
const DEAF = 1.1;

export function createC2s(options: C2sOptions): C2s {
  return new Connections(options);
}

class Connections implements C2s {
  readonly #options: C2sOptions;
  readonly #shared: C2sShared;
  readonly #all = new Map<object, C2sConnection>();
  readonly #sources = new SourceCounts();
  /** The source that a connection before login counts for. */
  readonly #counted = new WeakMap<object, string>();
  readonly #byKind: Record<TransportKind, number> = { tcp: 0, tls: 0, websocket: 0, memory: 0 };
  #timer: Timer;
  #closed: (() => void) | undefined;
  #isClosing = false;

  constructor(options: C2sOptions) {
    const { metrics, clock } = options;
    const received = metrics.counter("kith_received_bytes_total", "Octets received from clients");
    const sent = metrics.counter("kith_sent_bytes_total", "Octets sent to clients");
    const ended = metrics.labelled("kith_streams_closed_total", "Streams that ended, by reason", ["reason"]);
    metrics.gauges("kith_connections", "Connections of clients", "transport", () => this.#byKind);
    this.#options = options;
    this.#shared = {
      sessions: options.sessions,
      authenticators: options.authenticators,
      registrars: options.registrars ?? new Map(),
      limits: options.limits,
      profiles: profilesOf(options.limits),
      allowPlaintext: options.allowPlaintext,
      clock,
      log: options.log,
      cork: new Cork(options.defer ?? setImmediate),
      throttle: new Throttle(clock),
      newId: options.newId ?? randomUUID,
      received: (octets) => received.add(octets),
      sent: (octets) => sent.add(octets),
      loggedIn: (connection) => this.#freeSource(connection),
      ended: (connection, reason) => {
        ended.add({ reason });
        this.#freeSource(connection);
      },
      gone: (connection) => this.#remove(connection),
    };
    this.#timer = clock.after(SWEEP, () => this.#sweep());
  }

  get size(): number {
    return this.#all.size;
  }

  accept(transport: Transport): void {
    const { connections } = this.#options.limits;
    if (this.#isClosing || this.#all.size >= connections * DEAF) {
      transport.destroy();
      return;
    }
    const refusal = this.#refusalFor(transport.address);
    const connection = new C2sConnection(this.#shared, transport);
    this.#all.set(connection, connection);
    this.#byKind[transport.kind] += 1;
    if (refusal === undefined) this.#countSource(connection, transport.address);
    else connection.close("resource-constraint", refusal);
    connection.start();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    for (const connection of [...this.#all.values()]) connection.close("system-shutdown", "The server is going down.");
    this.#shared.cork.flush();
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#timer.cancel();
      this.#timer = this.#options.clock.after(GOODBYE, () => {
        for (const connection of [...this.#all.values()]) connection.destroy();
      });
      this.#settle();
    });
  }

  /** RFC 6120 §4.9.3.17 */
  #refusalFor(address: string): string | undefined {
    const { connections, connectionsPerAddress } = this.#options.limits;
    if (this.#all.size >= connections) return "The server has as many connections as it may have; try again later.";
    if (this.#isExempt(address) || this.#sources.hasRoom(sourceOf(address), connectionsPerAddress)) return undefined;
    return "Too many connections of this address are waiting for their login.";
  }

  #countSource(connection: object, address: string): void {
    if (this.#isExempt(address)) return;
    const source = sourceOf(address);
    this.#sources.take(source);
    this.#counted.set(connection, source);
  }

  #isExempt(address: string): boolean {
    return isLoopback(address) || (this.#options.isTrusted?.(address) ?? false);
  }

  #freeSource(connection: object): void {
    const source = this.#counted.get(connection);
    if (source === undefined) return;
    this.#counted.delete(connection);
    this.#sources.give(source);
  }

  #remove(connection: object): void {
    const gone = this.#all.get(connection);
    if (gone === undefined) return;
    this.#all.delete(connection);
    this.#byKind[gone.transport] -= 1;
    this.#settle();
  }

  #settle(): void {
    if (this.#all.size > 0 || this.#closed === undefined) return;
    this.#timer.cancel();
    this.#closed();
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const connection of this.#all.values()) connection.sweep(now);
    if (!this.#isClosing) this.#timer = this.#options.clock.after(SWEEP, () => this.#sweep());
  }
}
