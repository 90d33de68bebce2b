/** Asks a source in turn: queue, circuit breaker, metrics and log around each fetch. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ContactsMetrics } from "./contacts-metrics.ts";
import { Ending } from "./deadline.ts";
import { Gate } from "./gate.ts";
import { type ContactsObserver, noObserver } from "./observer.ts";
import { Queue } from "./queue.ts";
import { type Answer, type FailedAnswer, failure, type Source } from "./source.ts";

export interface AskerOptions {
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

export interface Asker {
  readonly isClosed: boolean;
  readonly breakerOpen: boolean;
  /** Never rejects. `begin` is called when the fetch leaves the queue; undefined says that nobody wants it any more. */
  ask(username: string, begin: () => Begin | undefined): Promise<Answer>;
  /** Ends what is under way; what still waits fails when its turn comes. */
  close(): void;
}

const LOGGED_PROBLEMS = 10;

export const TOO_LATE = failure("queue", "the answer did not come in time: too many were asked for at once");
export const CLOSING = failure("failed", "the server is closing");
export const BROKE = failure("failed", "asking for contacts broke; the log has more");

export function gateOf(options: AskerOptions): Gate {
  return new Gate({ ...options, observer: options.observer ?? noObserver });
}

/** One call for each user. */
export class SingleAsker implements Asker {
  readonly #options: AskerOptions;
  readonly #source: Source;
  readonly #queue: Queue;
  readonly #gate: Gate;
  readonly #observer: ContactsObserver;
  readonly #closing = new Ending();

  constructor(source: Source, options: AskerOptions) {
    this.#options = options;
    this.#source = source;
    this.#queue = new Queue(options.concurrency);
    this.#gate = gateOf(options);
    this.#observer = options.observer ?? noObserver;
  }

  get isClosed(): boolean {
    return this.#closing.aborted;
  }

  get breakerOpen(): boolean {
    return this.#gate.isOpen;
  }

  ask(username: string, begin: () => Begin | undefined): Promise<Answer> {
    return this.#queue.run(async () => {
      const begun = begin();
      if (begun === undefined) return TOO_LATE;
      const answer = await this.#try(username, begun);
      countAnswer(answer, this.#options);
      if (answer.kind === "failed") logFailure(answer, { user: username }, this.#options);
      else logProblems(username, answer, this.#options);
      return answer;
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #try(username: string, { etag, forced }: Begin): Promise<Answer> {
    if (this.isClosed) return CLOSING;
    const refused = this.#gate.admit(username, forced);
    if (refused !== undefined) return refused;
    const { clock, metrics } = this.#options;
    const began = clock.now();
    const answer = await this.#answer(username, etag);
    const ms = clock.now() - began;
    metrics.seconds.observe(ms / 1000);
    this.#observer.fetched(username, answer, ms);
    if (answer.kind !== "unaddressable") this.#gate.judge([username], healthOf(answer));
    return answer;
  }

  async #answer(username: string, etag: string | undefined): Promise<Answer> {
    try {
      return await this.#source.ask(username, etag, this.#closing);
    } catch (error) {
      this.#options.log.error("asking for contacts broke", { user: username, domain: this.#options.domain, error });
      return BROKE;
    }
  }
}

function healthOf(answer: Answer): FailedAnswer["health"] {
  return answer.kind === "failed" ? answer.health : "alive";
}

export function countAnswer(answer: Answer, { metrics }: AskerOptions): void {
  metrics.fetches.add({ result: answer.kind === "failed" ? answer.failure : answer.kind });
}

/** `whom`: the user, or how many of them. */
export function logFailure(
  { failure: code, message }: FailedAnswer,
  whom: Readonly<Record<string, string | number>>,
  { domain, log }: AskerOptions,
): void {
  const fields = { ...whom, domain, failure: code, reason: message };
  if (code === "circuit-open") log.debug("contacts were not asked for", fields);
  else log.warn("contacts could not be fetched", fields);
}

export function logProblems(username: string, answer: Answer, { domain, log, metrics }: AskerOptions): void {
  if (answer.kind !== "list" || answer.problems.length === 0) return;
  for (const problem of answer.problems) metrics.problems.add({ code: problem.code });
  const first = answer.problems
    .slice(0, LOGGED_PROBLEMS)
    .map(({ code, contact, member }) => ({ code, contact, member }));
  log.warn("contacts with problems", { user: username, domain, count: answer.problems.length, first });
}
