/** What all client connections have in common. */
import type { Clock, Timer } from "../clock.ts";
import type { Log } from "../log.ts";
import type { SessionHost } from "../sessions/host.ts";
import type { Authenticator } from "../xmpp/sasl/mechanism.ts";
import type { Registrar } from "../xmpp/stream/register.ts";
import type { StreamSettings } from "../xmpp/stream/state.ts";
import type { XmlLimits } from "../xmpp/xml/stream-element.ts";
import type { Rate } from "./bucket.ts";
import type { Cork } from "./cork.ts";
import type { C2sLimits } from "./limits.ts";

export interface C2sShared {
  readonly sessions: SessionHost;
  readonly authenticators: ReadonlyMap<string, Authenticator>;
  readonly registrars: ReadonlyMap<string, Registrar>;
  readonly limits: C2sLimits;
  readonly profiles: Profiles;
  readonly allowPlaintext: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly cork: Cork;
  readonly throttle: Throttle;
  readonly newId: () => string;
  readonly received: (octets: number) => void;
  readonly sent: (octets: number) => void;
  /** The stream is over; called once for each connection. */
  readonly ended: (connection: object, reason: string) => void;
  /** The login is over, one way or the other: the place of its source is free. Called once. */
  readonly loggedIn: (connection: object) => void;
  /** The transport is closed. Called once. */
  readonly gone: (connection: object) => void;
}

/** The limits as the parts want them, made once. */
export interface Profiles {
  readonly xmlBefore: XmlLimits;
  readonly xmlAfter: XmlLimits;
  readonly rateBefore: Rate;
  readonly rateAfter: Rate;
  readonly advertised: StreamSettings["advertised"];
}

export function profilesOf(limits: C2sLimits): Profiles {
  const { elements } = limits;
  return {
    xmlBefore: { bytes: limits.bytesBeforeLogin, depth: limits.depthBeforeLogin, elements },
    xmlAfter: { bytes: limits.bytes, depth: limits.depth, elements },
    rateBefore: { rate: limits.rateBeforeLogin, burst: limits.burstBeforeLogin },
    rateAfter: { rate: limits.rate, burst: limits.burst },
    advertised: {
      bytesBefore: limits.bytesBeforeLogin,
      bytesAfter: limits.bytes,
      idleSeconds: limits.idle === 0 ? undefined : Math.floor(limits.idle / 1000),
    },
  };
}

/** Somebody whose reading is paused until their bucket is open again. */
export interface Throttled {
  /** True: reading goes on. */
  tryResume(now: number): boolean;
}

const TICK = 100;

/** One timer for everybody who came too fast, and none while nobody did. */
export class Throttle {
  readonly #clock: Clock;
  readonly #waiting = new Set<Throttled>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(one: Throttled): void {
    this.#waiting.add(one);
    this.#timer ??= this.#clock.after(TICK, () => this.#tick());
  }

  remove(one: Throttled): void {
    this.#waiting.delete(one);
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    // Who reads on may come too fast again at once and is added anew.
    for (const one of waiting) if (!one.tryResume(now)) this.#waiting.add(one);
    if (this.#waiting.size > 0) this.#timer ??= this.#clock.after(TICK, () => this.#tick());
  }
}
