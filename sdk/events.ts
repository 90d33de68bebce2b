/** `GET /events`: what happens at Kith, as an endless iterator that survives cuts. */
import { apiError, type CallSettings, parse, pause, pauseOf, urlOf } from "./call.ts";
import { SseReader } from "./sse.ts";
import type { KithEvent } from "./types.ts";

export interface EventsOptions {
  /** Continue after this event: the `id` of the last one you dealt with. Without it: from now on. */
  readonly since?: string;
  /** Ends the iteration, which then returns without an error. */
  readonly signal?: AbortSignal;
  /** Milliseconds without a sign of life after which the connection counts as dead; 60 000. */
  readonly idle?: number;
}

const CALL = { method: "GET", path: "events" } as const;

/** @throws KithApiError: Kith refuses, and would again; TypeError: there is no token */
export async function* events(
  settings: CallSettings,
  { since = "", signal, idle = 60_000 }: EventsOptions,
): AsyncGenerator<KithEvent, void, undefined> {
  if (settings.token === undefined) throw new TypeError("GET /events needs createKith({ token })");
  let last = since;
  let failures = 0;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    const connection = new Connection(settings, last, signal, idle);
    const reader = new SseReader(last);
    try {
      for await (const piece of connection.pieces()) {
        failures = 0;
        for (const message of reader.push(piece)) {
          last = message.id;
          const data = parse(message.data);
          if (typeof data !== "object" || data === null) continue;
          yield { type: message.event, ...data, id: message.id } as unknown as KithEvent;
          if (isOver()) return;
        }
      }
      last = reader.lastId;
    } finally {
      connection.end();
    }
    if (isOver()) return;
    await pause(Math.max(reader.retry ?? 0, pauseOf(settings.backoff, failures++)), signal);
  }
}

/** One connection: ends by itself when it is cut or silent, and throws only what trying again cannot mend. */
class Connection {
  readonly #settings: CallSettings;
  readonly #since: string;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #idle: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly end = (): void => {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.end);
    this.#abort.abort();
  };

  constructor(settings: CallSettings, since: string, signal: AbortSignal | undefined, idle: number) {
    this.#settings = settings;
    this.#since = since;
    this.#signal = signal;
    this.#idle = idle;
    signal?.addEventListener("abort", this.end);
  }

  async *pieces(): AsyncGenerator<string, void, undefined> {
    const response = await this.#open();
    if (response === undefined) return;
    if (response.status !== 200) {
      const body = await response.text().catch(() => ""); // cut off: the status says enough
      if (response.status === 429 || response.status >= 500) return;
      throw apiError("GET /events", { status: response.status, body });
    }
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    while (reader !== undefined) {
      this.#stillAlive();
      const read = await reader.read().catch(() => undefined); // cut off: the next connection continues
      if (read === undefined || read.done) return;
      yield decoder.decode(read.value, { stream: true });
    }
  }

  /** Undefined: not reached. */
  async #open(): Promise<Response | undefined> {
    this.#stillAlive();
    const headers: Record<string, string> = {
      accept: "text/event-stream",
      authorization: `Bearer ${this.#settings.token}`,
    };
    if (this.#since !== "") headers["last-event-id"] = this.#since;
    try {
      const url = urlOf(this.#settings, CALL);
      return await this.#settings.fetch(url, { headers, signal: this.#abort.signal, redirect: "manual" });
    } catch {
      return undefined; // whatever fetch throws is a connection that failed
    }
  }

  #stillAlive(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.end, this.#idle);
  }
}
