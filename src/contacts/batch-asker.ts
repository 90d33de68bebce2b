/** Contract §1, batch: wants that arise within a few milliseconds go out together. */
import type { Timer } from "../clock.ts";
import {
  type Asker,
  type AskerOptions,
  type Begin,
  BROKE,
  CLOSING,
  countAnswer,
  gateOf,
  logFailure,
  logProblems,
  TOO_LATE,
} from "./asker.ts";
import { Ending } from "./deadline.ts";
import type { Gate } from "./gate.ts";
import { type ContactsObserver, noObserver } from "./observer.ts";
import { Queue } from "./queue.ts";
import type { Answer, BatchAnswer, BatchSource } from "./source.ts";

interface Want {
  readonly username: string;
  readonly begin: () => Begin | undefined;
  settle(answer: Answer): void;
}

export class BatchAsker implements Asker {
  readonly #options: AskerOptions;
  readonly #source: BatchSource;
  readonly #queue: Queue;
  readonly #gate: Gate;
  readonly #observer: ContactsObserver;
  readonly #closing = new Ending();
  #wants: Want[] = [];
  #timer: Timer | undefined;
  /** Users of one call: fewer than the limit while their lists together were too large. */
  #size: number;

  constructor(source: BatchSource, options: AskerOptions) {
    this.#options = options;
    this.#source = source;
    this.#queue = new Queue(options.concurrency);
    this.#gate = gateOf(options);
    this.#observer = options.observer ?? noObserver;
    this.#size = source.users;
  }

  get isClosed(): boolean {
    return this.#closing.aborted;
  }

  get breakerOpen(): boolean {
    return this.#gate.isOpen;
  }

  ask(username: string, begin: () => Begin | undefined): Promise<Answer> {
    return new Promise((resolve) => {
      this.#wants.push({ username, begin, settle: resolve });
      if (this.#wants.length >= this.#size || this.isClosed) this.#send();
      else this.#timer ??= this.#options.clock.after(this.#source.delay, () => this.#send());
    });
  }

  close(): void {
    this.#closing.abort();
    this.#send();
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const wants = this.#wants;
    this.#wants = [];
    if (wants.length > 0) void this.#queue.run(() => this.#run(wants));
  }

  /** Its turn has come. */
  async #run(wants: readonly Want[]): Promise<void> {
    const going = wants.filter((want) => this.#mayGo(want));
    if (going.length > 0) await this.#call(going);
  }

  #mayGo(want: Want): boolean {
    const begun = want.begin();
    const refused =
      begun === undefined ? TOO_LATE : this.isClosed ? CLOSING : this.#gate.admit(want.username, begun.forced);
    if (refused === undefined) return true;
    countAnswer(refused, this.#options);
    logFailure(refused, { user: want.username }, this.#options);
    want.settle(refused);
    return false;
  }

  /** Whether some list was too large by itself. */
  async #call(wants: readonly Want[]): Promise<boolean> {
    const { clock, metrics } = this.#options;
    const began = clock.now();
    const usernames = [...new Set(wants.map((want) => want.username))];
    const batch = await this.#answer(usernames);
    const ms = clock.now() - began;
    metrics.seconds.observe(ms / 1000);
    metrics.batch.observe(usernames.length);
    this.#gate.judge(usernames, batch.kind === "failed" ? batch.health : "alive");
    const isTooLarge = batch.kind === "failed" && batch.failure === "too-large";
    if (isTooLarge && usernames.length > 1) return this.#halve(wants, usernames.length);
    if (batch.kind === "answers") this.#size = Math.min(this.#source.users, this.#size + Math.ceil(this.#size / 10));
    else logFailure(batch, { users: usernames.length }, this.#options);
    for (const want of wants) this.#settle(want, batch, ms);
    return isTooLarge;
  }

  /**
   * Lists that are too large together are asked for in two calls, and later ones are smaller too; unless one of them was
   * too large by itself, which says nothing about the others.
   */
  async #halve(wants: readonly Want[], users: number): Promise<boolean> {
    const before = this.#size;
    this.#size = Math.max(1, Math.min(this.#size, Math.floor(users / 2)));
    const middle = Math.ceil(wants.length / 2);
    const isFirst = await this.#call(wants.slice(0, middle));
    const isSecond = await this.#call(wants.slice(middle));
    if (isFirst || isSecond) this.#size = Math.max(this.#size, before);
    return isFirst || isSecond;
  }

  #settle(want: Want, batch: BatchAnswer, ms: number): void {
    const { username } = want;
    const answer = batch.kind === "failed" ? batch : (batch.answers.get(username) ?? BROKE);
    countAnswer(answer, this.#options);
    if (batch.kind === "answers") {
      if (answer.kind === "failed") logFailure(answer, { user: username }, this.#options);
      else logProblems(username, answer, this.#options);
    }
    this.#observer.fetched(username, answer, ms);
    want.settle(answer);
  }

  async #answer(usernames: readonly string[]): Promise<BatchAnswer> {
    try {
      return await this.#source.askMany(usernames, this.#closing);
    } catch (error) {
      const { domain, log } = this.#options;
      log.error("asking for contacts broke", { users: usernames.length, domain, error });
      return BROKE;
    }
  }
}
