/** Contract §3: a client's wish to change its contacts becomes a question to the application. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { Ending } from "./deadline.ts";
import { type Decision, readDecision } from "./decision.ts";
import type { ProposalMetrics } from "./proposal-metrics.ts";
import type { PostAnswer, SignedPost } from "./signed-post.ts";

export type ProposalType = "add" | "remove" | "rename" | "regroup" | "accept" | "decline";

/** What somebody wants; what is not being changed stands there as it is. */
export interface Wish {
  readonly type: ProposalType;
  /** Bare JID. */
  readonly contact: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  /** What the user wrote beside the request. */
  readonly message: string | undefined;
}

export type Outcome =
  | Decision
  /** The application did not answer in time, or not with a decision. */
  | { readonly kind: "failed" }
  /** Too many of this user's at once, or within a minute. */
  | { readonly kind: "busy" };

export interface DecidedProposal {
  readonly id: string;
  readonly user: string;
  readonly wish: Wish;
  readonly outcome: Decision | { readonly kind: "failed" };
}

export interface ProposalsOptions {
  readonly domain: string;
  /** `proposals.url`. */
  readonly url: string;
  readonly post: SignedPost;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ProposalMetrics;
  readonly limits: ProposalLimits;
  /** Told of each proposal that was asked. Never throws. */
  readonly asked?: (proposal: DecidedProposal) => void;
}

export interface ProposalLimits {
  /** ms until the application must have answered. */
  readonly time: number;
  /** Of one user, asked at once. */
  readonly atOnce: number;
  /** Of one user. */
  readonly perMinute: number;
}

/** How the client said it: one way of saying the same thing twice is two proposals, two ways are one. */
export type Way = "roster-set" | "presence" | "second presence";

export interface Said {
  /** Settles within the time of `limits.time`. Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** It was asked because of this; else it was said already, or too much was said. */
  readonly isNew: boolean;
}

/** So long two ways of saying the same thing are one proposal. */
const TOGETHER = 10_000;
/** So long a proposal that failed keeps its id, should the user try again. */
const SAME_ID = 300_000;
const MINUTE = 60_000;
const MOST_BYTES = 65_536;
/** Users and ids remembered at once; the oldest are forgotten early. */
const MOST = 100_000;

const LATE = { ok: false, message: "the time was over before its turn came" } as const;

interface Asking {
  readonly at: number;
  readonly ways: Set<Way>;
  readonly outcome: Promise<Outcome>;
  decided: boolean;
}

interface Load {
  asking: number;
  /** When the minute began, and how many it has seen. */
  since: number;
  count: number;
}

/** Of one domain. */
export class Proposals {
  readonly #options: ProposalsOptions;
  readonly #closing = new Ending();
  /** The latest of each user, contact and type, oldest first. */
  readonly #recent = new Map<string, Asking>();
  readonly #failed = new Map<string, { readonly id: string; readonly until: number }>();
  /** What waits of each user and contact. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #loads = new Map<string, Load>();

  constructor(options: ProposalsOptions) {
    this.#options = options;
  }

  /** What becomes, or became, of the same when it was said just now in any way. */
  said(username: string, type: ProposalType, contact: string): Promise<Outcome> | undefined {
    const recent = this.#recent.get(`${username} ${type} ${contact}`);
    return recent !== undefined && this.#options.clock.now() - recent.at < TOGETHER ? recent.outcome : undefined;
  }

  propose(username: string, wish: Wish, way: Way): Said {
    const now = this.#options.clock.now();
    const key = `${username} ${wish.type} ${wish.contact}`;
    const recent = this.#recent.get(key);
    // Contract §3: a roster set for a new contact and a subscribe to it within 10 s are one proposal.
    const isSame = recent !== undefined && now - recent.at < TOGETHER && (!recent.ways.has(way) || !recent.decided);
    if (isSame && (wish.type === "add" || wish.type === "remove")) {
      recent.ways.add(way);
      return { outcome: recent.outcome, isNew: false };
    }
    if (!this.#mayAsk(username, now)) {
      this.#options.metrics.outcomes.add({ type: wish.type, outcome: "busy" });
      return { outcome: Promise.resolve({ kind: "busy" }), isNew: false };
    }
    const asking: Asking = { at: now, ways: new Set([way]), outcome: this.#inTurn(username, wish), decided: false };
    this.#recent.delete(key);
    this.#recent.set(key, asking);
    void asking.outcome.then(() => {
      asking.decided = true;
    });
    this.#forgetOld(now);
    return { outcome: asking.outcome, isNew: true };
  }

  /** What is under way fails. */
  close(): void {
    this.#closing.abort();
  }

  /** What one user says of one contact is asked in the order in which it was said. */
  #inTurn(username: string, wish: Wish): Promise<Outcome> {
    const key = `${username} ${wish.contact}`;
    const end = this.#options.clock.now() + this.#options.limits.time;
    const before = this.#turns.get(key);
    const outcome =
      before === undefined ? this.#ask(username, wish, end) : before.then(() => this.#ask(username, wish, end));
    const turn = outcome.then(() => {
      this.#release(username);
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    });
    this.#turns.set(key, turn);
    return outcome;
  }

  async #ask(username: string, wish: Wish, end: number): Promise<Outcome> {
    const { clock, log, metrics, domain } = this.#options;
    const { type, contact, name = null, groups, message = null } = wish;
    const content = { type, user: username, contact, name, groups, message };
    const key = JSON.stringify(content);
    const id = this.#idOf(key);
    const began = clock.now();
    const answer = end > began ? await this.#post(id, content, end - began) : LATE;
    const decision = answer.ok ? readDecision(answer.json) : undefined;
    if (decision === undefined) {
      const reason = answer.ok ? "the answer holds no decision" : answer.message;
      log.warn("a proposal was not decided", { user: username, domain, type, id, reason });
      this.#failed.set(key, { id, until: clock.now() + SAME_ID });
    }
    const outcome = decision ?? ({ kind: "failed" } as const);
    metrics.seconds.observe((clock.now() - began) / 1000);
    metrics.outcomes.add({ type, outcome: outcome.kind });
    this.#options.asked?.({ id, user: username, wish, outcome });
    return outcome;
  }

  #post(id: string, content: object, deadlineMs: number): Promise<PostAnswer> {
    const { post, url } = this.#options;
    return post(url, id, { id, ...content }, { deadlineMs, maxBytes: MOST_BYTES, signal: this.#closing });
  }

  /** Unique; the same again for what failed a moment ago, so that the application does it once. */
  #idOf(content: string): string {
    const failed = this.#failed.get(content);
    this.#failed.delete(content);
    return failed !== undefined && failed.until > this.#options.clock.now() ? failed.id : `proposal_${randomUUID()}`;
  }

  #mayAsk(username: string, now: number): boolean {
    const { atOnce, perMinute } = this.#options.limits;
    let load = this.#loads.get(username);
    if (load === undefined || now - load.since >= MINUTE) {
      this.#loads.delete(username); // the oldest minute stays first
      load = { asking: load?.asking ?? 0, since: now, count: 0 };
      this.#loads.set(username, load);
    }
    if (load.asking >= atOnce || load.count >= perMinute) return false;
    load.asking++;
    load.count++;
    return true;
  }

  #release(username: string): void {
    const load = this.#loads.get(username);
    if (load !== undefined) load.asking--;
  }

  #forgetOld(now: number): void {
    for (const [key, asking] of this.#recent) {
      if (this.#recent.size <= MOST && now - asking.at < TOGETHER) break;
      this.#recent.delete(key);
    }
    for (const [key, { until }] of this.#failed) {
      if (this.#failed.size <= MOST && until > now) break;
      this.#failed.delete(key);
    }
    for (const [username, load] of this.#loads) {
      if (now - load.since < MINUTE) break;
      if (load.asking === 0) this.#loads.delete(username);
    }
  }
}
