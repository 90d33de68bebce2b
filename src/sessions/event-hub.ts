/** Where all events for the application come together: its own listeners in this process, and the durable log. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { LabelledCounter, Metrics } from "../metrics.ts";
import type { AppEvent, AppEventType, EventSink } from "./app-events.ts";
import type { EventLog, LoggedEvent, ToldPeople } from "./event-log.ts";

/** What every event has, whichever way it is told. */
export interface EventFacts {
  /** RFC 3339. */
  readonly time: string;
  readonly domain: string;
}

export type TimedEvent<E extends AppEvent = AppEvent> = E & EventFacts;
export type EventListener<T extends AppEventType> = (event: TimedEvent<Extract<AppEvent, { type: T }>>) => void;

export interface EventHubOptions {
  /** By prepared domain name. `isQueued`: each event waits for delivery to `events.url`. */
  readonly domains: ReadonlyMap<string, { readonly log: EventLog; readonly isQueued: boolean }>;
  /** ms for which events are kept for a reader of the stream who is away. */
  readonly readerAge: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Target {
  readonly log: EventLog;
  readonly isQueued: boolean;
  isKept: boolean;
  readonly readers: Set<() => void>;
}

/** A reader's presence is written down so often at most. */
const READER_NOTED = 60_000;

export class EventHub implements EventSink {
  readonly #options: EventHubOptions;
  readonly #targets = new Map<string, Target>();
  readonly #listeners = new Map<AppEventType, Set<(event: TimedEvent) => void>>();
  readonly #starters: ((domain: string) => void)[] = [];
  readonly #counter: LabelledCounter;
  #untold: TimedEvent[] = [];

  constructor(options: EventHubOptions) {
    this.#options = options;
    this.#counter = options.metrics.labelled("kith_events_total", "Events for the application, by type.", ["type"]);
    for (const [domain, { log, isQueued }] of options.domains) {
      const isKept = isQueued || log.readerUntil > options.clock.now();
      log.keep(isKept);
      this.#targets.set(domain, { log, isQueued, isKept, readers: new Set() });
    }
    this.#gauges(options.metrics);
  }

  /** Somebody is there to be told: until then nobody need find out what happens. */
  wants(domain: string): boolean {
    return this.#listeners.size > 0 || this.#targets.get(domain)?.isKept === true;
  }

  /** `start` runs for each domain as soon as it is wanted, and once more when its log begins after that. */
  whenWanted(start: (domain: string) => void): void {
    this.#starters.push(start);
    for (const domain of this.#targets.keys()) if (this.wants(domain)) start(domain);
  }

  /** What the application was told of people in the run before; undefined: nothing is kept. */
  people(domain: string): ToldPeople | undefined {
    const target = this.#targets.get(domain);
    return target?.isKept === true ? target.log.people : undefined;
  }

  emit(domain: string, event: AppEvent): void {
    if (!this.wants(domain)) return;
    const time = this.#options.clock.now();
    this.#counter.add({ type: event.type });
    if (this.#listeners.has(event.type)) this.#tellSoon({ ...event, time: new Date(time).toISOString(), domain });
    const target = this.#targets.get(domain);
    if (target?.isKept !== true) return;
    target.log.append(event, time, target.isQueued).then(
      () => this.wakeAll(domain),
      (error: unknown) => this.#options.log.error("an event could not be stored and is lost", { domain, error }),
    );
  }

  /** Listeners run after what happened is done with; what they throw is logged. Returns what ends it. */
  on<T extends AppEventType>(type: T, listener: EventListener<T>): () => void {
    const before = [...this.#targets.keys()].filter((domain) => this.wants(domain));
    const known = this.#listeners.get(type) ?? new Set();
    // A function of its own, so that one listener may be there twice and each goes by itself.
    const entry = (event: TimedEvent): void => listener(event as Parameters<EventListener<T>>[0]);
    this.#listeners.set(type, known.add(entry));
    for (const domain of this.#targets.keys()) if (!before.includes(domain)) this.#start(domain);
    return () => {
      // Ended twice, it must not take listeners along that came after it.
      if (known.delete(entry) && known.size === 0) this.#listeners.delete(type);
    };
  }

  /** The log of a domain, kept from now on: somebody reads it. `wake` runs after each event. Undefined: no such domain. */
  read(domain: string, wake: () => void): { readonly log: EventLog; noteReader(): void; end(): void } | undefined {
    const target = this.#targets.get(domain);
    if (target === undefined) return undefined;
    target.readers.add(wake);
    if (!target.isKept) {
      target.log.keep(true);
      target.isKept = true;
      this.#start(domain);
    }
    const { readerAge, clock } = this.#options;
    const noteReader = (): void => {
      const until = clock.now() + readerAge;
      if (until - target.log.readerUntil >= READER_NOTED) target.log.readerUntil = until;
    };
    noteReader();
    return {
      log: target.log,
      noteReader,
      end: () => {
        target.readers.delete(wake);
        noteReader();
      },
    };
  }

  /** `wake` runs whenever there may be more to deliver. */
  watchQueue(domain: string, wake: () => void): void {
    this.#targets.get(domain)?.readers.add(wake);
  }

  /** There may be something for everybody who reads this domain's log. */
  wakeAll(domain: string): void {
    for (const wake of this.#targets.get(domain)?.readers ?? []) wake();
  }

  logOf(domain: string): EventLog | undefined {
    return this.#targets.get(domain)?.log;
  }

  #start(domain: string): void {
    for (const start of this.#starters) start(domain);
  }

  #tellSoon(event: TimedEvent): void {
    this.#untold.push(event);
    if (this.#untold.length === 1) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const events = this.#untold;
    this.#untold = [];
    for (const event of events) {
      for (const listener of this.#listeners.get(event.type) ?? []) {
        try {
          listener(event);
        } catch (error) {
          this.#options.log.error("a listener of events failed", { type: event.type, error });
        }
      }
    }
  }

  #gauges(metrics: Metrics): void {
    const sum = (read: (log: EventLog) => number): number =>
      [...this.#targets.values()].reduce((total, { log }) => total + read(log), 0);
    metrics.gauge("kith_events_waiting", "Events that wait to be delivered to the application.", () =>
      sum((log) => log.queue.waiting),
    );
    metrics.gauge("kith_events_dead", "Events that were given up and can be looked at.", () =>
      sum((log) => log.queue.dead),
    );
  }
}

/** An event as the application gets it, by webhook and stream alike: docs/events.md */
export interface EventBody extends EventFacts {
  readonly id: string;
  readonly type: AppEventType;
  /** Localpart. */
  readonly user: string;
  readonly data: unknown;
}

export function eventBody(log: EventLog, domain: string, event: LoggedEvent): EventBody {
  const { seq, type, time, user, data } = event;
  return { id: eventId(log, seq), type, time: new Date(time).toISOString(), domain, user, data: JSON.parse(data) };
}

export function eventId(log: EventLog, seq: number): string {
  return `${log.epoch}-${seq}`;
}

/** The position that an id names; undefined: it is none of this log. */
export function positionOf(log: EventLog, id: string): number | undefined {
  const digits = id.startsWith(`${log.epoch}-`) ? id.slice(log.epoch.length + 1) : "";
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
