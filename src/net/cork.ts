/** One flush for all connections that have something to say in this turn of the event loop. */
export interface Flushable {
  flush(): void;
}

/**
 * Collects what wants to be flushed. The flush comes when the turn has handled its input: one write per socket however
 * many stanzas met there, and a lone stanza waits for nothing.
 */
export class Cork {
  readonly #defer: (action: () => void) => void;
  readonly #run: () => void;
  #waiting: Flushable[] = [];

  /** `defer` runs its argument after the input of this turn: `setImmediate`. */
  constructor(defer: (action: () => void) => void) {
    this.#defer = defer;
    this.#run = () => this.flush();
  }

  /** The caller asks once until it is flushed. */
  add(one: Flushable): void {
    if (this.#waiting.push(one) === 1) this.#defer(this.#run);
  }

  /** Flushes everybody now; what asks meanwhile has its turn next. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.flush();
  }
}
