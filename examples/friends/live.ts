/** Tells every open page at once what has changed, by Server-Sent Events; the pages never poll. */
import type { Refreshed } from "./kith.ts";

/** One refresh that the application sent, as the pages show it. */
export interface Call {
  readonly id: number;
  readonly users: readonly string[];
  readonly result: Refreshed;
  /** How long Kith took to answer, in milliseconds. */
  readonly ms: number;
}

const CALLS_KEPT = 4;

export class Live {
  readonly #pages = new Set<() => void>();
  #calls: readonly Call[] = [];
  #next = 1;

  /** The last refreshes, newest first. */
  get calls(): readonly Call[] {
    return this.#calls;
  }

  /** Calls `render` after each change until the returned function is called. */
  watch(render: () => void): () => void {
    this.#pages.add(render);
    return () => {
      this.#pages.delete(render);
    };
  }

  /** The database has changed: every page shows it. */
  changed(): void {
    for (const render of this.#pages) render();
  }

  /** A refresh was answered: every page shows it. */
  called(call: Omit<Call, "id">): void {
    this.#calls = [{ ...call, id: this.#next++ }, ...this.#calls].slice(0, CALLS_KEPT);
    this.changed();
  }
}
