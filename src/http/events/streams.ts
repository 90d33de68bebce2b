/** The open `GET /events` streams: a limited number, and all are ended when the server says goodbye. */
import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { EventHub } from "../../sessions/event-hub.ts";
import { EventStream } from "./stream.ts";

export interface EventStreamsOptions {
  readonly hub: EventHub;
  /** At once, of all domains. */
  readonly most: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface OpenOptions {
  readonly domain: string;
  /** An id, `oldest`, or undefined: from now on. */
  readonly since: string | undefined;
  /** Ends the connection of a reader that is too slow. */
  readonly cut: () => void;
}

export class EventStreams {
  readonly hub: EventHub;
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<EventStream>();
  #closed = false;

  constructor(options: EventStreamsOptions) {
    this.hub = options.hub;
    this.#options = options;
    options.metrics.gauge("kith_event_streams", "Readers of GET /events.", () => this.#open.size);
  }

  /** Undefined: there are too many. */
  open({ domain, since, cut }: OpenOptions): ReadableStream<Uint8Array> | undefined {
    if (this.#closed || this.#open.size >= this.#options.most) return undefined;
    const { hub, clock, log } = this.#options;
    const stream = new EventStream({ hub, clock, log, domain, since, cut, ended: () => this.#open.delete(stream) });
    this.#open.add(stream);
    return stream.body;
  }

  /** What there is to tell is told to those who keep up. */
  async close(): Promise<void> {
    this.#closed = true;
    await new Promise((resolve) => void setImmediate(resolve)); // what happened last is being stored
    for (const stream of this.#open) stream.finish();
  }
}
