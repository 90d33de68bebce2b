/** One SQLite file: opened, brought up to date, and written in transactions that everybody of one moment shares. */
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { KithError } from "../errors.ts";
import { MIGRATIONS } from "./migrations.ts";

/** ms to wait for another process, such as `kith user add`. The event loop waits too, so it is short. */
const BUSY = 2000;

/** In place of a path: a database that ends with the process. */
export const IN_MEMORY = ":memory:";

export class Database {
  readonly #db: DatabaseSync;
  readonly #beginning: StatementSync;
  readonly #ending: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #undo: StatementSync;
  readonly #release: StatementSync;
  #group: PromiseWithResolvers<void> | undefined;
  #isOpen = true;

  /** @throws KithError `storage-failed` */
  constructor(path: string) {
    this.#db = open(path);
    this.#beginning = this.#db.prepare("BEGIN IMMEDIATE");
    this.#ending = this.#db.prepare("COMMIT");
    this.#savepoint = this.#db.prepare("SAVEPOINT one");
    this.#undo = this.#db.prepare("ROLLBACK TO one");
    this.#release = this.#db.prepare("RELEASE one");
  }

  /** Not closed: statements can be run. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /**
   * Runs `write` now, in the transaction of this turn of the event loop: all of it or nothing, whatever becomes of the other
   * writes; reads see it at once. Settles when it is committed: a killed process loses nothing that was said to be stored.
   */
  grouped(write: () => void): Promise<void> {
    return this.#inGroup(() => this.#whole(write));
  }

  /** `grouped` for a single statement, which is all or nothing by itself. */
  groupedRun(statement: StatementSync, ...values: SQLInputValue[]): Promise<void> {
    return this.#inGroup(() => void statement.run(...values));
  }

  #inGroup(write: () => void): Promise<void> {
    if (!this.#isOpen) return Promise.reject(new KithError("storage-failed", "the database is closed"));
    try {
      this.#group ??= this.#begin();
      const { promise } = this.#group;
      write();
      return promise;
    } catch (error) {
      const failure = asKithError("the database could not be written", error);
      if (!this.#db.isTransaction) this.#loseGroup(failure);
      return Promise.reject(failure);
    }
  }

  /** Runs `write` in a transaction of its own: all of it or nothing. @throws KithError `storage-failed` */
  transaction<T>(write: () => T): T {
    this.#commitGroup();
    try {
      this.#beginning.run();
      try {
        const result = write();
        this.#ending.run();
        return result;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    } catch (error) {
      throw asKithError("the database could not be written", error);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#commitGroup();
    this.#isOpen = false;
    this.#db.close();
  }

  #whole(write: () => void): void {
    this.#savepoint.run();
    try {
      write();
    } catch (error) {
      if (this.#db.isTransaction) this.#undo.run();
      throw error;
    } finally {
      if (this.#db.isTransaction) this.#release.run();
    }
  }

  #begin(): PromiseWithResolvers<void> {
    this.#beginning.run();
    const group = Promise.withResolvers<void>();
    group.promise.catch(() => undefined); // each writer hears of it by its own promise
    setImmediate(() => {
      if (this.#group === group) this.#commitGroup();
    });
    return group;
  }

  #commitGroup(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    try {
      this.#ending.run();
      group.resolve();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      group.reject(asKithError("the database could not be written", error));
    }
  }

  /** A full disk and the like: SQLite has rolled the whole transaction back by itself, and the next write begins another. */
  #loseGroup(failure: KithError): void {
    this.#group?.reject(failure);
    this.#group = undefined;
  }
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    db = new DatabaseSync(path);
    if (path !== IN_MEMORY) chmodSync(path, 0o600); // it holds keys of passwords
    db.exec(`PRAGMA busy_timeout = ${BUSY}`);
    db.exec("PRAGMA journal_mode = WAL");
    // With WAL a commit survives the death of the process; only a power cut may lose the last ones, never the file.
    db.exec("PRAGMA synchronous = NORMAL");
    migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    throw asKithError(`the database ${path} could not be opened`, error);
  }
}

function migrate(db: DatabaseSync, path: string): void {
  if (versionOf(db) === MIGRATIONS.length) return;
  db.exec("BEGIN IMMEDIATE"); // two processes may open a new file at once
  try {
    const version = versionOf(db);
    if (version > MIGRATIONS.length) {
      throw new KithError(
        "storage-failed",
        `the database ${path} was made by a newer Kith; start that, or use another`,
      );
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

function asKithError(what: string, error: unknown): KithError {
  if (error instanceof KithError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new KithError("storage-failed", `${what}: ${reason}`, { cause: error });
}
