/** What was read of the file, as long as nobody has written since: the command line may, while the server runs. */
import type { StatementSync } from "node:sqlite";
import { Lru } from "../lru.ts";
import type { Database } from "./database.ts";

/** Answers that are kept, of a kilobyte or less each. */
const MOST = 1000;

interface Answer {
  readonly value: unknown;
}

/**
 * Answers by the words of the question. Whoever writes through the same `Database` says so here; what other connections write
 * is seen from the next turn of the event loop on.
 */
export class Remembered {
  readonly #version: StatementSync;
  #seen: unknown;
  #isSeen = false;
  #answers = new Lru<Answer>(MOST);

  constructor(database: Database) {
    this.#version = database.prepare("PRAGMA data_version");
    this.#version.setReturnArrays(true);
  }

  get<Value>(question: string, read: () => Value): Value {
    if (!this.#isSeen) this.#look();
    const known = this.#answers.get(question);
    if (known !== undefined) return known.value as Value;
    const value = read();
    this.#answers.set(question, { value });
    return value;
  }

  /** One answer, or all: something was written. */
  forget(question?: string): void {
    if (question === undefined) this.#answers = new Lru(MOST);
    else this.#answers.delete(question);
  }

  /** SQLite's own number, which is another one when another connection has written: one look for all questions of a turn. */
  #look(): void {
    const version = Object.values(this.#version.get() ?? {})[0];
    if (version !== this.#seen) this.forget();
    this.#seen = version;
    this.#isSeen = true;
    setImmediate(() => {
      this.#isSeen = false;
    });
  }
}
