/**
 * Delivers events to `events.url`: at least once, each person's in their order, several people at once. What waits is in
 * the queue of the log and not in memory, so an application that is down or slow costs nothing here.
 */
import type { Clock, Timer } from "../../clock.ts";
import { Ending } from "../../contacts/deadline.ts";
import type { PostAnswer, SignedPost } from "../../contacts/signed-post.ts";
import type { Log } from "../../log.ts";
import type { Histogram, LabelledCounter, Metrics } from "../../metrics.ts";
import { eventBody, eventId } from "../../sessions/event-hub.ts";
import type { EventLog, QueuedEvent } from "../../sessions/event-log.ts";

export interface WebhooksOptions {
  readonly domain: string;
  /** `events.url` */
  readonly url: string;
  readonly events: EventLog;
  readonly post: SignedPost;
  /** ms for one try. */
  readonly timeout: number;
  /** ms after which an event that could not be delivered is given up. */
  readonly retryFor: number;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: WebhookMetrics;
}

/** Declared once a server. */
export class WebhookMetrics {
  readonly seconds: Histogram;
  readonly tries: LabelledCounter;

  constructor(metrics: Metrics) {
    this.seconds = metrics.histogram(
      "kith_event_delivery_seconds",
      "Time from an event to the answer of the application that accepts it.",
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3600, 86_400],
    );
    this.tries = metrics.labelled("kith_event_posts_total", "Events posted to the application, by result.", ["result"]);
  }
}

/** Events on their way at once, each of another person. */
const AT_ONCE = 16;
/** Refusals in words (a 4xx, a redirect) after which an event is given up. */
const MOST_REFUSALS = 10;
/** Between two tries of one event: 1 s, doubled each time, never more than this. */
const LONGEST_PAUSE = 300_000;
/** So many failures of the transport, or 5xx, in a row and only one event at a time is tried. */
const SICK_AFTER = 5;
const LONGEST_SICK_PAUSE = 10_000;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #end = new Ending();
  #failures = 0;
  /** Failed probes since it last worked. */
  #pauses = 0;
  #pausedUntil = 0;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** There may be something to deliver. */
  readonly wake = (): void => {
    if (this.#end.aborted) return;
    const { clock, events } = this.#options;
    const now = clock.now();
    const most = this.#failures >= SICK_AFTER ? 1 : AT_ONCE;
    if (this.#busy.size >= most) return;
    if (now < this.#pausedUntil) {
      this.#wakeAt(this.#pausedUntil);
      return;
    }
    try {
      // Those who are busy may be among the first that are due.
      for (const user of events.queue.due(now, AT_ONCE + this.#busy.size)) {
        if (this.#busy.size >= most) return;
        if (!this.#busy.has(user)) this.#start(user);
      }
      const next = events.queue.nextDue();
      // Those who are busy are due too, and wake us themselves.
      if (next !== undefined) this.#wakeAt(this.#busy.size === 0 ? next : Math.max(next, now + 1000));
    } catch (error) {
      this.#storageFailed(error);
    }
  };

  /** What is on its way is broken off, and waits for the next start. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#timer?.timer.cancel();
    await Promise.all(this.#busy.values());
  }

  #start(user: string): void {
    const event = this.#options.events.queue.head(user);
    if (event === undefined) return;
    const done = this.#deliver(event).then(
      () => this.#free(user),
      (error: unknown) => {
        this.#storageFailed(error);
        this.#free(user);
      },
    );
    this.#busy.set(user, done);
  }

  #free(user: string): void {
    this.#busy.delete(user);
    this.wake();
  }

  async #deliver(event: QueuedEvent): Promise<void> {
    const { url, post, timeout, events, domain, clock, metrics } = this.#options;
    const body = eventBody(events, domain, event);
    const limits = { deadlineMs: timeout, maxBytes: 0, unread: true, signal: this.#end };
    const answer = await post(url, eventId(events, event.seq), body, limits);
    if (this.#end.aborted) return;
    metrics.tries.add({ result: answer.ok ? "ok" : answer.failure });
    const now = clock.now();
    if (!answer.ok) {
      await this.#failed(event, answer, now);
      return;
    }
    metrics.seconds.observe(Math.max(0, now - event.time) / 1000);
    await events.queue.delivered(event, now);
    const wasSick = this.#failures >= SICK_AFTER;
    this.#failures = 0;
    this.#pauses = 0;
    this.#pausedUntil = 0;
    if (!wasSick) return;
    this.#options.log.info("events are delivered again", { domain, waiting: events.queue.waiting });
    await events.queue.hurry(now);
  }

  async #failed(event: QueuedEvent, answer: PostAnswer & { readonly ok: false }, now: number): Promise<void> {
    const { events, domain, log, random, retryFor } = this.#options;
    const isSick = answer.health === "sick";
    if (isSick) this.#sicken(now, answer.message);
    if (now - event.time >= retryFor || (!isSick && event.tries + 1 >= MOST_REFUSALS)) {
      const facts = { domain, user: event.user, type: event.type, id: eventId(events, event.seq) };
      log.warn("an event is given up", { ...facts, reason: answer.message });
      await events.queue.bury(event, answer.message, now);
      return;
    }
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** Math.min(event.tries, 20));
    await events.queue.failed(event, now + Math.round(pause * (0.5 + random() / 2)));
  }

  /** The endpoint does not work at all: then it is asked less and less, whoever the events are of. */
  #sicken(now: number, reason: string): void {
    this.#failures++;
    if (this.#failures < SICK_AFTER) return;
    const { domain, events, log } = this.#options;
    if (this.#failures === SICK_AFTER) {
      log.warn("events cannot be delivered", { domain, waiting: events.queue.waiting, reason });
    }
    if (now < this.#pausedUntil) return; // one of those that were on their way when it began
    this.#pausedUntil = now + Math.min(LONGEST_SICK_PAUSE, 1000 * 2 ** Math.min(this.#pauses++, 20));
  }

  #storageFailed(error: unknown): void {
    const { clock, domain, log } = this.#options;
    log.error("the queue of events cannot be used", { domain, error });
    this.#pausedUntil = clock.now() + 5000;
    this.#wakeAt(this.#pausedUntil);
  }

  #wakeAt(at: number): void {
    if (this.#end.aborted) return;
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    const { clock } = this.#options;
    const timer = clock.after(Math.max(0, at - clock.now()), () => {
      this.#timer = undefined;
      this.wake();
    });
    this.#timer = { at, timer };
  }
}
