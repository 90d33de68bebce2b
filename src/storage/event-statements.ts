/** The SQL of the event log and its queue, prepared once for all domains. */
import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

const COLUMNS = "seq, type, time, username, data";

export type EventStatements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** `state`: 0 told, or only logged; 1 waits for delivery; 2 given up. */
const SQL = {
  log: "SELECT floor, kept, reader_until FROM event_logs WHERE domain = ?",
  makeLog: "INSERT INTO event_logs (domain, floor, kept, reader_until) VALUES (?, 0, 0, 0) ON CONFLICT DO NOTHING",
  setFloor: "UPDATE event_logs SET floor = ?2 WHERE domain = ?1",
  setKept: "UPDATE event_logs SET kept = ?2 WHERE domain = ?1",
  setReader: "UPDATE event_logs SET reader_until = ?2 WHERE domain = ?1",
  newest: "SELECT MAX(seq) AS seq FROM events WHERE domain = ?",
  count: "SELECT COUNT(*) AS count FROM events WHERE domain = ? AND seq > ?",
  countState: "SELECT COUNT(*) AS count FROM events WHERE domain = ? AND state = ?",
  skipOne: "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events'",
  skipFirst: "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', 1)",
  sequence: "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
  insert: "INSERT INTO events (domain, username, type, time, data, state) VALUES (?, ?, ?, ?, ?, ?)",
  after: `SELECT ${COLUMNS} FROM events WHERE domain = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
  oldest: "SELECT seq, time FROM events WHERE domain = ? AND seq > ? ORDER BY seq LIMIT ?",
  forget: "DELETE FROM events WHERE domain = ? AND seq > ? AND seq <= ? AND state = 0",
  forgetOne: "DELETE FROM events WHERE seq = ? AND state = 1",
  told: "UPDATE events SET state = 0 WHERE seq = ? AND state = 1",
  head: `SELECT ${COLUMNS}, tries FROM events JOIN event_turns USING (domain, username)
         WHERE domain = ? AND username = ? AND state = 1 ORDER BY seq LIMIT 1`,
  oldestWaiting: `SELECT ${COLUMNS} FROM events WHERE domain = ? AND state = 1 ORDER BY seq LIMIT 1`,
  bury: "UPDATE events SET state = 2, reason = ?2 WHERE seq = ?1 AND state = 1",
  dead: `SELECT ${COLUMNS}, reason FROM events WHERE domain = ? AND state = 2 AND seq > ? ORDER BY seq LIMIT ?`,
  forgetDead: `DELETE FROM events WHERE seq IN (
                 SELECT seq FROM events WHERE domain = ? AND state = 2 ORDER BY seq LIMIT ?)`,
  revive: "UPDATE events SET state = 1, reason = NULL WHERE seq = ? AND domain = ? AND state = 2 RETURNING username",
  due: "SELECT username FROM event_turns WHERE domain = ? AND next_at <= ? ORDER BY next_at LIMIT ?",
  nextDue: "SELECT MIN(next_at) AS at FROM event_turns WHERE domain = ?",
  addTurn: "INSERT INTO event_turns (domain, username, next_at, tries) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
  nextTurn: `UPDATE event_turns SET tries = 0, next_at = ?3 WHERE domain = ?1 AND username = ?2
             AND EXISTS (SELECT 1 FROM events WHERE domain = ?1 AND username = ?2 AND state = 1)`,
  endTurn: "DELETE FROM event_turns WHERE domain = ? AND username = ?",
  putOff: "UPDATE event_turns SET tries = tries + 1, next_at = ?3 WHERE domain = ?1 AND username = ?2",
  hurry: "UPDATE event_turns SET next_at = ?2 WHERE domain = ?1 AND next_at > ?2",
  here: "SELECT username, state, active_at FROM event_people WHERE domain = ?",
  tell: `INSERT INTO event_people (domain, username, state, active_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET state = excluded.state, active_at = excluded.active_at`,
  gone: "DELETE FROM event_people WHERE domain = ? AND username = ?",
} as const;

export function eventStatements(database: Database): EventStatements {
  // The keys are those of SQL, each with its statement.
  return Object.fromEntries(
    Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]),
  ) as unknown as EventStatements;
}
