/** XEP-0198 §5: sessions whose connection is lost wait for their client, and go on where it left them. */
import type { Timer } from "../clock.ts";
import { Lru } from "../lru.ts";
import type { LabelledCounter, Metrics } from "../metrics.ts";
import type { Sent } from "../xmpp/stream/acks.ts";
import type { EnableWish } from "../xmpp/stream/management-wish.ts";
import type { Line } from "./connection.ts";
import type { Core } from "./core.ts";
import type { Enabled, ResumeRequest, ResumeResult } from "./host.ts";
import { ManagedConnection } from "./managed-connection.ts";
import type { Session } from "./session.ts";

/** Sessions that are gone, of which is still known how many stanzas they had handled. */
const MOST_GONE = 1000;

interface Gone {
  /** Bare. */
  readonly jid: string;
  readonly h: number;
}

interface Waiting {
  /** ms since the epoch. */
  readonly since: number;
  readonly timer: Timer;
}

export interface ResumptionsOptions {
  readonly core: Core;
  readonly metrics: Metrics;
  /** An id that nobody can guess. */
  readonly newId: () => string;
  /** Its time is over, or more waits for it than may. */
  readonly end: (session: Session) => void;
  readonly isHeld: (domain: string, username: string, credential: string) => boolean;
}

export class Resumptions {
  readonly #options: ResumptionsOptions;
  readonly #core: Core;
  readonly #waiting = new Map<Session, Waiting>();
  readonly #gone = new Lru<Gone>(MOST_GONE);
  readonly #asked: LabelledCounter;

  constructor(options: ResumptionsOptions) {
    const { metrics } = options;
    this.#options = options;
    this.#core = options.core;
    const waiting = (): number => this.#waiting.size;
    metrics.gauge("kith_sessions_waiting", "Sessions whose connection is lost and may be resumed.", waiting);
    this.#asked = metrics.labelled("kith_resumptions_total", "Requests to resume a session, by result.", ["result"]);
  }

  get isOn(): boolean {
    return this.#core.limits.resumeTime > 0;
  }

  /** XEP-0198 §3. The client may want less time than it could have. */
  enable(session: Session, line: Line, { resume, max }: EnableWish): Enabled {
    const { limits, clock, later } = this.#core;
    const time = Math.min(limits.resumeTime, (max ?? Number.POSITIVE_INFINITY) * 1000);
    const id = resume && this.isOn ? this.#options.newId() : undefined;
    const managed = new ManagedConnection(line, {
      id,
      max: time,
      mostStanzas: limits.unackedStanzas,
      mostLength: limits.unackedLength,
      now: () => clock.now(),
      onOverflow: () => later(() => this.#overflow(session)),
    });
    session.managed = managed;
    session.connection = managed;
    return { managed, answer: { id, max: Math.ceil(time / 1000) } };
  }

  /** False: it cannot wait, and ends. */
  hold(session: Session): boolean {
    const { managed, user } = session;
    if (managed?.id === undefined || !managed.isWhole) return false;
    const { clock, log } = this.#core;
    managed.detach();
    const since = clock.now();
    user.activeAt = since;
    // A login that ends meanwhile ends what it began: RFC 6120 §4.9.3.16.
    const time = Math.min(managed.max, managed.endsAt - since);
    this.#waiting.set(session, { since, timer: clock.after(time, () => this.#expire(session)) });
    log.debug("a session waits for its client", { jid: session.jid });
    return true;
  }

  isWaiting(session: Session): boolean {
    return this.#waiting.has(session);
  }

  /** The one of these that has waited longest. */
  longestOf(sessions: readonly Session[]): Session | undefined {
    let longest: Session | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const session of sessions) {
      const since = this.#waiting.get(session)?.since ?? Number.POSITIVE_INFINITY;
      if (since < least) [longest, least] = [session, since];
    }
    return longest;
  }

  /** The id is looked for among the few sessions of the account, so that nobody else's can be found. */
  resume({ domain, username, id, h, line }: ResumeRequest): ResumeResult {
    if (!this.isOn) return this.#refused("off");
    const jid = `${username}@${domain}`;
    const { credential } = line;
    const isLetIn = credential === undefined || this.#options.isHeld(domain, username, credential);
    const session = isLetIn ? this.#core.users.get(jid)?.sessions.find(({ managed }) => managed?.id === id) : undefined;
    const managed = session?.managed;
    if (session === undefined || managed === undefined || !managed.isWhole) {
      const gone = this.#gone.get(id);
      return this.#refused("unknown", gone?.jid === jid ? gone.h : undefined);
    }
    const found = managed.check(h);
    if (found === "too-high") {
      this.#asked.add({ result: "too-high" });
      return { ok: false, answer: { ok: false, reason: "too-high", h, sent: managed.sent } };
    }
    // Less than it had acknowledged before: what it misses is no longer there.
    if (found === "too-low") return this.#refused("unknown", managed.handled);
    this.#release(session);
    managed.attach(line, h);
    session.user.activeAt = this.#core.clock.now();
    this.#asked.add({ result: "resumed" });
    this.#core.log.debug("session resumed", { jid: session.jid, transport: line.transport });
    return { ok: true, session, managed };
  }

  /** It has ended: what was never acknowledged. */
  ended(session: Session): readonly Sent[] {
    const { managed } = session;
    if (managed === undefined) return NOTHING;
    const { id, handled } = managed;
    if (this.#release(session) && id !== undefined) this.#gone.set(id, { jid: session.user.jid, h: handled });
    return managed.take();
  }

  #expire(session: Session): void {
    this.#core.log.debug("a session was not resumed in time", { jid: session.jid });
    this.#options.end(session);
  }

  #overflow(session: Session): void {
    if (session.ended) return;
    this.#core.log.warn("too much waits to be acknowledged by a client", { jid: session.jid });
    session.connection.close("policy-violation", "Too much waits to be acknowledged by this client.");
    this.#options.end(session);
  }

  /** It waits no longer. False: it did not. */
  #release(session: Session): boolean {
    this.#waiting.get(session)?.timer.cancel();
    return this.#waiting.delete(session);
  }

  #refused(reason: "off" | "unknown", h?: number): ResumeResult {
    this.#asked.add({ result: reason });
    return { ok: false, answer: reason === "off" ? { ok: false, reason } : { ok: false, reason, h } };
  }
}

const NOTHING: readonly Sent[] = [];
