/** The durable log of what the application is told, one per domain: the port that storage fills. docs/events.md */
import type { AppEvent, AppEventType, PersonState } from "./app-events.ts";

/** An event as it is kept. */
export interface LoggedEvent {
  /** Grows by at least one from event to event. */
  readonly seq: number;
  readonly type: AppEventType;
  /** ms since the epoch. */
  readonly time: number;
  /** Localpart. */
  readonly user: string;
  /** JSON. */
  readonly data: string;
}

export interface QueuedEvent extends LoggedEvent {
  /** Failed tries to deliver it. */
  readonly tries: number;
}

export interface DeadEvent extends LoggedEvent {
  /** Why it was given up. */
  readonly reason: string;
}

export interface EventLog {
  /** Another log has another one: with it a position tells to which log it belongs. */
  readonly epoch: string;
  /** Position of the newest event; positions up to `floor` are followed by events that are not kept any more. */
  readonly last: number;
  readonly floor: number;
  /** Until when a reader of the stream may come back, ms since the epoch. */
  readerUntil: number;
  /**
   * Events of this run are kept, or not. If those of the run before were not, older positions are too old from now on.
   */
  keep(isKept: boolean): void;
  /** Settles with its position when it is durable. `queued`: it waits for delivery too. */
  append(event: AppEvent, time: number, queued: boolean): Promise<number>;
  /** The oldest of those after a position. */
  after(seq: number, limit: number): readonly LoggedEvent[];
  readonly queue: EventQueue;
  readonly people: ToldPeople;
}

/** What waits to be delivered: each person's events in their order, people in the order in which they are due. */
export interface EventQueue {
  readonly waiting: number;
  readonly dead: number;
  /** People whose oldest event may be tried now, the one who waits longest first. */
  due(now: number, limit: number): readonly string[];
  /** When the next one may be tried; undefined: nothing waits. */
  nextDue(): number | undefined;
  /** The oldest that waits. */
  head(user: string): QueuedEvent | undefined;
  /** These settle when it is durable, and reject when it cannot be: then the event still waits. */
  delivered(event: LoggedEvent, now: number): Promise<void>;
  failed(event: LoggedEvent, nextTry: number): Promise<void>;
  /** Given up, and kept to be looked at; the person's next one may be tried. */
  bury(event: LoggedEvent, reason: string, now: number): Promise<void>;
  /** Nobody waits any longer for a failure of the past. */
  hurry(now: number): Promise<void>;
  deadAfter(seq: number, limit: number): readonly DeadEvent[];
  /** Dead events wait again: these, or all. How many they were. */
  revive(seqs: readonly number[] | undefined, now: number): Promise<number>;
}

/** What the application was told last of each person, so that the next run knows whom it believes to be here. */
export interface ToldPeople {
  /** Those who are not `offline`. */
  here(): Iterable<{ readonly user: string; readonly state: PersonState; readonly activeAt: number }>;
  tell(user: string, state: PersonState, activeAt: number): void;
}

export interface EventLimits {
  /** Events kept of one domain; the oldest are forgotten beyond it. */
  readonly count: number;
  /** ms for which an event is kept. */
  readonly age: number;
  /** Events of one domain that may wait for delivery; beyond it the oldest is given up. */
  readonly waiting: number;
  /** Given up events of one domain that are kept. */
  readonly dead: number;
}
