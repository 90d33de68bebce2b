/** Asks a source in turn: queue, circuit breaker, metrics and log around each fetch. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { admit, CLOSED, failed, succeeded } from "./breaker.ts";
import type { ContactsMetrics } from "./contacts-metrics.ts";
import { type ContactsObserver, noObserver } from "./observer.ts";
import { Queue } from "./queue.ts";
import { type Answer, failure, type Source } from "./source.ts";

export interface AskerOptions {
  readonly source: Source;
  readonly domain: string;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ContactsMetrics;
  readonly observer?: ContactsObserver;
  /** The application is there again after the breaker was open. */
  readonly recovered: () => void;
}

/** What a fetch goes by, read when its turn has come. */
export interface Begin {
  readonly etag: string | undefined;
  /** A refresh caused it: it is tried even while the breaker is open. */
  readonly forced: boolean;
}

const LOGGED_PROBLEMS = 10;

export class Asker {
  readonly #options: AskerOptions;
  readonly #queue: Queue;
  readonly #observer: ContactsObserver;
  readonly #closing = new AbortController();
  #breaker = CLOSED;

  constructor(options: AskerOptions) {
    this.#options = options;
    this.#queue = new Queue(options.concurrency);
    this.#observer = options.observer ?? noObserver;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  get breakerOpen(): boolean {
    return this.#breaker.open;
  }

  /** Never rejects. `begin` is called when the fetch leaves the queue; undefined says that nobody wants it any more. */
  ask(username: string, begin: () => Begin | undefined): Promise<Answer> {
    return this.#queue.run(async () => {
      const begun = begin();
      if (begun === undefined)
        return failure("queue", "the answer did not come in time: too many were asked for at once");
      const { etag, forced } = begun;
      const answer = await this.#try(username, etag, forced);
      this.#report(username, answer);
      return answer;
    });
  }

  /** Ends what is under way; what still waits fails when its turn comes. */
  close(): void {
    this.#closing.abort();
  }

  async #try(username: string, etag: string | undefined, forced: boolean): Promise<Answer> {
    if (this.isClosed) return failure("failed", "the server is closing");
    const { clock } = this.#options;
    const began = clock.now();
    const admission = admit(this.#breaker, began, forced);
    this.#breaker = admission.state;
    if (!admission.allowed) {
      const refused = failure("circuit-open", "the application has failed too often and is given time to recover");
      this.#observer.fetched(username, refused, undefined);
      return refused;
    }
    const answer = await this.#answer(username, etag);
    const ms = clock.now() - began;
    this.#options.metrics.seconds.observe(ms / 1000);
    this.#observer.fetched(username, answer, ms);
    this.#judge(username, answer);
    return answer;
  }

  async #answer(username: string, etag: string | undefined): Promise<Answer> {
    try {
      return await this.#options.source.ask(username, etag, this.#closing.signal);
    } catch (error) {
      this.#options.log.error("asking for contacts broke", { user: username, domain: this.#options.domain, error });
      return failure("failed", "asking for contacts broke; the log has more");
    }
  }

  #judge(username: string, answer: Answer): void {
    if (answer.kind === "unaddressable") return;
    const health = answer.kind === "failed" ? answer.health : "alive";
    if (health === "unknown") return;
    const wasOpen = this.#breaker.open;
    this.#breaker =
      health === "alive" ? succeeded(this.#breaker) : failed(this.#breaker, this.#options.clock.now(), username);
    if (wasOpen === this.#breaker.open) return;
    this.#observer.breaker(!wasOpen);
    const { domain, log } = this.#options;
    if (wasOpen) {
      log.info("the application answers again", { domain });
      this.#options.recovered();
    } else log.warn("the application fails; it is asked once a second until it answers", { domain });
  }

  #report(username: string, answer: Answer): void {
    const { domain, log, metrics } = this.#options;
    metrics.fetches.add({ result: answer.kind === "failed" ? answer.failure : answer.kind });
    if (answer.kind === "failed") {
      const fields = { user: username, domain, failure: answer.failure, reason: answer.message };
      if (answer.failure === "circuit-open") log.debug("contacts were not asked for", fields);
      else log.warn("contacts could not be fetched", fields);
    } else if (answer.kind === "list" && answer.problems.length > 0) {
      for (const problem of answer.problems) metrics.problems.add({ code: problem.code });
      const first = answer.problems
        .slice(0, LOGGED_PROBLEMS)
        .map(({ code, contact, member }) => ({ code, contact, member }));
      log.warn("contacts with problems", { user: username, domain, count: answer.problems.length, first });
    }
  }
}
