/** What was read of the file, as long as nobody has written since: the command line may, while the server runs. */
import type { StatementSync } from "node:sqlite";
import { Lru } from "../lru.ts";
import type { Database } from "./database.ts";

interface Answer<Value> {
  readonly value: Value;
}

/**
 * Answers by key. Each time SQLite is asked for the number that is another one when another connection has written, a quarter of
 * what a row costs: whoever is refused a moment later must be refused now. Whoever writes through the same `Database` says so.
 */
export class Remembered<Value> {
  readonly #version: StatementSync;
  readonly #most: number;
  #answers: Lru<Answer<Value>>;
  #seen: unknown;

  /** `most`: answers that are kept. */
  constructor(database: Database, most: number) {
    this.#version = database.prepare("PRAGMA data_version");
    this.#most = most;
    this.#answers = new Lru(most);
  }

  get(key: string, read: () => Value): Value {
    const version = this.#version.get()?.["data_version"];
    if (version !== this.#seen) this.forget();
    this.#seen = version;
    const known = this.#answers.get(key);
    if (known !== undefined) return known.value;
    const value = read();
    this.#answers.set(key, { value });
    return value;
  }

  /** Something was written. */
  forget(): void {
    this.#answers = new Lru(this.#most);
  }
}
