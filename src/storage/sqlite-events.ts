/** The log of what the application is told, in SQLite: bounded in number and age, its positions never used twice. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { AppEvent, PersonState } from "../sessions/app-events.ts";
import type { EventLimits, EventLog, EventQueue, LoggedEvent, ToldPeople } from "../sessions/event-log.ts";
import type { Database } from "./database.ts";
import { loggedEvent } from "./event-row.ts";
import { type EventStatements, eventStatements } from "./event-statements.ts";
import { SqliteEventQueue } from "./sqlite-event-queue.ts";

/** Between two looks for what is too old, and rows that one look forgets at most. */
const SWEEP_EVERY = 200;
const SWEPT = 500;

export interface EventsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: string;
}

export function sqliteEvents(
  database: Database,
  options: EventsOptions,
): (domain: string, limits: EventLimits) => EventLog {
  const sql = eventStatements(database);
  return (domain, limits) => new SqliteEventLog(database, sql, domain, limits, options);
}

/** A few letters that say which log an id belongs to, of a random secret that is the log's. */
export function epochOf(secret: Uint8Array): string {
  return Buffer.from(secret.subarray(0, 5)).toString("hex");
}

class SqliteEventLog implements EventLog {
  readonly epoch: string;
  readonly queue: EventQueue & Pick<SqliteEventQueue, "added" | "recount">;
  readonly people: ToldPeople;
  readonly #database: Database;
  readonly #sql: EventStatements;
  readonly #domain: string;
  readonly #limits: EventLimits;
  readonly #options: EventsOptions;
  #last: number;
  #floor: number;
  #count: number;
  #readerUntil: number;
  #untilSweep = SWEEP_EVERY;

  constructor(database: Database, sql: EventStatements, domain: string, limits: EventLimits, options: EventsOptions) {
    this.epoch = options.epoch;
    this.#database = database;
    this.#sql = sql;
    this.#domain = domain;
    this.#limits = limits;
    this.#options = options;
    if (sql.log.get(domain) === undefined) database.transaction(() => sql.makeLog.run(domain));
    const row = sql.log.get(domain);
    this.#floor = Number(row?.["floor"] ?? 0);
    this.#readerUntil = Number(row?.["reader_until"] ?? 0);
    this.#last = Math.max(this.#floor, Number(sql.newest.get(domain)?.["seq"] ?? 0));
    this.#count = this.#counted();
    this.queue = new SqliteEventQueue(database, sql, domain, limits, () => this.#floor);
    this.people = this.#toldPeople();
  }

  get last(): number {
    return this.#last;
  }

  get floor(): number {
    return this.#floor;
  }

  get readerUntil(): number {
    return this.#readerUntil;
  }

  set readerUntil(time: number) {
    this.#readerUntil = time;
    this.#write(() => this.#sql.setReader.run(this.#domain, time));
  }

  keep(isKept: boolean): void {
    const sql = this.#sql;
    const wasKept = Number(sql.log.get(this.#domain)?.["kept"] ?? 0) === 1;
    if (wasKept === isKept) return;
    this.#database.transaction(() => {
      sql.setKept.run(this.#domain, isKept ? 1 : 0);
      if (!isKept) return;
      // Nobody has this position, so whoever has an older one has missed something.
      if (sql.skipOne.run().changes === 0) sql.skipFirst.run();
      const floor = Number(sql.sequence.get()?.["seq"] ?? 0);
      sql.setFloor.run(this.#domain, floor);
      sql.forget.run(this.#domain, 0, floor);
      this.#floor = floor;
      this.#last = floor;
      this.#count = 0;
    });
  }

  async append(event: AppEvent, time: number, queued: boolean): Promise<number> {
    const { type, user, data } = event;
    let seq = 0;
    try {
      await this.#database.grouped(() => {
        const text = JSON.stringify(data);
        seq = Number(this.#sql.insert.run(this.#domain, user, type, time, text, queued ? 1 : 0).lastInsertRowid);
        this.#count++;
        if (queued) this.queue.added(user, time);
        if (--this.#untilSweep <= 0) this.#sweep(time);
      });
    } catch (error) {
      if (this.#database.isOpen) this.#recount();
      throw error;
    }
    this.#last = Math.max(this.#last, seq);
    return seq;
  }

  after(seq: number, limit: number): readonly LoggedEvent[] {
    // What is not committed yet has no position that would outlast a crash.
    return this.#sql.after.all(this.#domain, Math.max(seq, this.#floor), this.#last, limit).map(loggedEvent);
  }

  /** What was counted, and perhaps forgotten, was not written. */
  #recount(): void {
    this.#floor = Number(this.#sql.log.get(this.#domain)?.["floor"] ?? 0);
    this.#count = this.#counted();
    this.queue.recount();
  }

  #counted(): number {
    return Number(this.#sql.count.get(this.#domain, this.#floor)?.["count"] ?? 0);
  }

  #sweep(now: number): void {
    this.#untilSweep = SWEEP_EVERY;
    const from = this.#floor;
    for (const row of this.#sql.oldest.all(this.#domain, from, SWEPT)) {
      if (this.#count <= this.#limits.count && Number(row["time"]) > now - this.#limits.age) break;
      this.#floor = Number(row["seq"]);
      this.#count--;
    }
    if (this.#floor === from) return;
    this.#sql.setFloor.run(this.#domain, this.#floor);
    this.#sql.forget.run(this.#domain, from, this.#floor);
  }

  #toldPeople(): ToldPeople {
    const sql = this.#sql;
    const domain = this.#domain;
    return {
      *here() {
        for (const row of sql.here.all(domain)) {
          const state = String(row["state"]) as PersonState;
          yield { user: String(row["username"]), state, activeAt: Number(row["active_at"]) };
        }
      },
      tell: (user, state, activeAt) => {
        this.#write(() => {
          if (state === "offline") sql.gone.run(domain, user);
          else sql.tell.run(domain, user, state, activeAt);
        });
      },
    };
  }

  #write(action: () => unknown): void {
    this.#database
      .grouped(() => void action())
      .catch((error: unknown) => {
        this.#options.log.error("the event log could not be written", { domain: this.#domain, error });
      });
  }
}
