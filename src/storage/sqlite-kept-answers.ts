/** Answers that are given again, in SQLite: a repetition after a restart is still one. */
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { ANSWER_OVERHEAD, KEPT_ANSWERS, type KeptAnswers, type KeptAnswersBounds } from "./kept-answers.ts";

/** Rows that one sweep removes at most, so that nobody waits for it. */
const SWEPT = 100;
/** ms between sweeps of answers whose time is over; what is above the bounds goes at once. */
const SWEEP_EVERY = 1000;

export function sqliteKeptAnswers(
  database: Database,
  clock: Clock,
  bounds: KeptAnswersBounds = KEPT_ANSWERS,
): KeptAnswers {
  const select = database.prepare("SELECT * FROM kept_answers WHERE key = ? AND until > ?");
  const remove = database.prepare("DELETE FROM kept_answers WHERE key = ? RETURNING bytes");
  const insert = database.prepare(
    `INSERT INTO kept_answers (key, fingerprint, status, content_type, etag, until, bytes, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const oldest = database.prepare(`SELECT id, key, until FROM kept_answers ORDER BY id LIMIT ${SWEPT}`);
  const sums = database.prepare("SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM kept_answers").get();
  let count = Number(sums?.["count"]);
  let bytes = Number(sums?.["bytes"]);
  const forget = (key: string): void => {
    const row = remove.get(key);
    if (row === undefined) return;
    count -= 1;
    bytes -= Number(row["bytes"]);
  };
  let nextSweep = 0;
  const isAbove = (): boolean => count > bounds.most || bytes > bounds.mostBytes;
  const sweep = (now: number): void => {
    if (now < nextSweep && !isAbove()) return;
    nextSweep = now + SWEEP_EVERY;
    for (const row of oldest.all()) {
      if (now < Number(row["until"]) && !isAbove()) return;
      forget(String(row["key"]));
    }
  };
  return {
    get(key) {
      const row = select.get(key, clock.now());
      if (row === undefined) return undefined;
      const { fingerprint, status, content_type, etag, body, until } = row;
      return {
        fingerprint: String(fingerprint),
        status: Number(status),
        contentType: String(content_type),
        etag: String(etag),
        body: body instanceof Uint8Array ? body : new Uint8Array(),
        until: Number(until),
      };
    },
    put: (key, { fingerprint, status, contentType, etag, body, until }) =>
      database.grouped(() => {
        forget(key);
        const size = body.byteLength + ANSWER_OVERHEAD;
        insert.run(key, fingerprint, status, contentType, etag, until, size, body);
        count += 1;
        bytes += size;
        sweep(clock.now());
      }),
  };
}
