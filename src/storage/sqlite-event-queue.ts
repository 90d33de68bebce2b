/** What waits to be delivered to the application, in SQLite: in the order of each person, bounded, and what was given up. */
import type { DeadEvent, EventLimits, EventQueue, LoggedEvent, QueuedEvent } from "../sessions/event-log.ts";
import type { Database } from "./database.ts";
import { loggedEvent, type Row } from "./event-row.ts";
import type { EventStatements } from "./event-statements.ts";

export class SqliteEventQueue implements EventQueue {
  readonly #database: Database;
  readonly #sql: EventStatements;
  readonly #domain: string;
  readonly #limits: EventLimits;
  readonly #floor: () => number;
  #waiting = 0;
  #dead = 0;

  constructor(database: Database, sql: EventStatements, domain: string, limits: EventLimits, floor: () => number) {
    this.#database = database;
    this.#sql = sql;
    this.#domain = domain;
    this.#limits = limits;
    this.#floor = floor;
    this.recount();
  }

  /** What was counted was not written. */
  recount(): void {
    this.#waiting = this.#count(1);
    this.#dead = this.#count(2);
  }

  get waiting(): number {
    return this.#waiting;
  }

  get dead(): number {
    return this.#dead;
  }

  /** An event was inserted that waits: makes room if there are too many, for the newest say what is true now. */
  added(user: string, now: number): void {
    this.#waiting++;
    this.#sql.addTurn.run(this.#domain, user, now);
    if (this.#waiting <= this.#limits.waiting) return;
    const oldest = this.#sql.oldestWaiting.get(this.#domain);
    if (oldest !== undefined) this.#bury(loggedEvent(oldest), "too many events waited (limits.events.waiting)", now);
  }

  due(now: number, limit: number): readonly string[] {
    return this.#sql.due.all(this.#domain, now, limit).map((row) => String(row["username"]));
  }

  nextDue(): number | undefined {
    const at = this.#sql.nextDue.get(this.#domain)?.["at"];
    return typeof at === "number" ? at : undefined;
  }

  head(user: string): QueuedEvent | undefined {
    const row = this.#sql.head.get(this.#domain, user);
    return row === undefined ? undefined : { ...loggedEvent(row), tries: Number(row["tries"]) };
  }

  delivered({ seq, user }: LoggedEvent, now: number): Promise<void> {
    return this.#write(() => {
      const statement = seq <= this.#floor() ? this.#sql.forgetOne : this.#sql.told;
      this.#waiting -= Number(statement.run(seq).changes);
      this.#nextTurn(user, now);
    });
  }

  failed({ user }: LoggedEvent, nextTry: number): Promise<void> {
    return this.#write(() => void this.#sql.putOff.run(this.#domain, user, nextTry));
  }

  bury(event: LoggedEvent, reason: string, now: number): Promise<void> {
    return this.#write(() => this.#bury(event, reason, now));
  }

  hurry(now: number): Promise<void> {
    return this.#write(() => void this.#sql.hurry.run(this.#domain, now));
  }

  deadAfter(seq: number, limit: number): readonly DeadEvent[] {
    return this.#sql.dead.all(this.#domain, seq, limit).map((row) => ({ ...loggedEvent(row), reason: reasonOf(row) }));
  }

  async revive(seqs: readonly number[] | undefined, now: number): Promise<number> {
    let count = 0;
    await this.#write(() => {
      const room = Math.max(0, this.#limits.waiting - this.#waiting);
      const wanted = seqs ?? this.deadAfter(0, room).map((event) => event.seq);
      for (const seq of wanted.slice(0, room)) {
        const row = this.#sql.revive.get(seq, this.#domain);
        if (row === undefined) continue;
        this.#sql.addTurn.run(this.#domain, String(row["username"]), now);
        count++;
      }
      this.#waiting += count;
      this.#dead -= count;
    });
    return count;
  }

  #bury({ seq, user }: LoggedEvent, reason: string, now: number): void {
    const buried = Number(this.#sql.bury.run(seq, reason).changes);
    this.#waiting -= buried;
    this.#dead += buried;
    this.#nextTurn(user, now);
    const excess = this.#dead - this.#limits.dead;
    if (excess > 0) this.#dead -= Number(this.#sql.forgetDead.run(this.#domain, excess).changes);
  }

  #nextTurn(user: string, now: number): void {
    if (this.#sql.nextTurn.run(this.#domain, user, now).changes === 0) this.#sql.endTurn.run(this.#domain, user);
  }

  async #write(action: () => void): Promise<void> {
    try {
      await this.#database.grouped(action);
    } catch (error) {
      if (this.#database.isOpen) this.recount();
      throw error;
    }
  }

  #count(state: number): number {
    return Number(this.#sql.countState.get(this.#domain, state)?.["count"] ?? 0);
  }
}

function reasonOf(row: Row): string {
  return typeof row["reason"] === "string" ? row["reason"] : "";
}
