/**
 * One reader of `GET /events`: Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html), read
 * from the log only as fast as they are taken, so that a slow reader holds nothing here.
 */
import type { z } from "zod";
import type { Clock, Timer } from "../../clock.ts";
import type { Log } from "../../log.ts";
import { type EventHub, eventBody, eventId, positionOf } from "../../sessions/event-hub.ts";
import type { EventLog } from "../../sessions/event-log.ts";
import type { resetSchema } from "../schemas/events.ts";

type Reset = z.infer<typeof resetSchema>;

export interface EventStreamOptions {
  readonly hub: EventHub;
  readonly clock: Clock;
  readonly log: Log;
  readonly domain: string;
  readonly since: string | undefined;
  readonly cut: () => void;
  readonly ended: () => void;
}

/** ms between two signs of life. */
const HEARTBEAT = 15_000;
/** A reader that takes nothing for this long is cut, ms. */
const STALLED = 30_000;
/** Events read from the log at a time. */
const BATCH = 100;
/** How long a reader waits before it connects again, ms. */
const RETRY = 3000;

const utf8 = new TextEncoder();
const SIGN_OF_LIFE = utf8.encode(":\n\n");

export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: EventStreamOptions;
  readonly #log: EventLog;
  readonly #reader: { noteReader(): void; end(): void };
  /** The position that was told last. */
  #position: number;
  #greeting: string;
  /** Somebody waits for the next piece. */
  #wanted: PromiseWithResolvers<void> | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #takenAt: number;
  #timer: Timer;
  #isWoken = false;
  #isOver = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    const reader = options.hub.read(options.domain, () => this.#wake());
    if (reader === undefined) throw new RangeError("no such domain");
    this.#log = reader.log;
    this.#reader = reader;
    const { position, reset } = placeOf(this.#log, options.since);
    this.#position = position;
    this.#greeting = `retry: ${RETRY}\n${reset === undefined ? ":\n\n" : `\n${this.#reset(reset)}`}`;
    this.#takenAt = options.clock.now();
    this.#timer = options.clock.after(HEARTBEAT, () => this.#beat());
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#end(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Tells what is left to a reader that waits for it, and ends. */
  finish(): void {
    if (this.#isOver) return;
    this.#fill();
    this.#end();
    this.#controller?.close();
  }

  #pull(): Promise<void> {
    this.#takenAt = this.#options.clock.now();
    this.#wanted = Promise.withResolvers();
    const { promise } = this.#wanted;
    this.#fill();
    return promise;
  }

  /** Once for all events of a moment. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      this.#fill();
    });
  }

  #fill(): void {
    if (this.#wanted === undefined || this.#isOver) return;
    let text = this.#greeting;
    this.#greeting = "";
    try {
      text += this.#next();
    } catch (error) {
      this.#options.log.error("the event log could not be read", { domain: this.#options.domain, error });
      this.#options.cut();
      return;
    }
    if (text !== "") this.#give(utf8.encode(text));
  }

  #next(): string {
    if (this.#position < this.#log.floor) {
      this.#position = this.#log.last;
      return this.#reset("too-old");
    }
    let text = "";
    for (const event of this.#log.after(this.#position, BATCH)) {
      const body = eventBody(this.#log, this.#options.domain, event);
      text += `id: ${body.id}\nevent: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
      this.#position = event.seq;
    }
    return text;
  }

  #reset(reason: Reset["reason"]): string {
    const reset: Reset = { reason };
    return `id: ${eventId(this.#log, this.#position)}\nevent: reset\ndata: ${JSON.stringify(reset)}\n\n`;
  }

  #give(bytes: Uint8Array): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#takenAt = this.#options.clock.now();
    this.#controller?.enqueue(bytes);
    wanted?.resolve();
  }

  #beat(): void {
    const { clock, cut, domain, log } = this.#options;
    if (this.#isOver) return;
    this.#reader.noteReader();
    this.#timer = clock.after(HEARTBEAT, () => this.#beat());
    if (this.#wanted !== undefined) this.#give(SIGN_OF_LIFE);
    else if (clock.now() - this.#takenAt >= STALLED) {
      log.warn("a reader of events is too slow and is cut", { domain });
      this.#end();
      cut();
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#reader.end();
    this.#wanted?.resolve();
    this.#options.ended();
  }
}

/** Where to begin, and whether the reader has missed something. */
function placeOf(log: EventLog, since: string | undefined): { position: number; reset?: Reset["reason"] } {
  if (since === undefined) return { position: log.last };
  if (since === "oldest") return { position: log.floor };
  const position = positionOf(log, since);
  if (position === undefined || position > log.last) return { position: log.last, reset: "unknown" };
  return position < log.floor ? { position: log.last, reset: "too-old" } : { position };
}
