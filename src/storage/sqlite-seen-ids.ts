/** Ids that count only once, in SQLite: a replay after a restart is still one. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Database } from "./database.ts";
import type { SeenIds } from "./storage.ts";

/** Rows that one sweep removes, so that nobody waits for it. */
const SWEPT = 1000;
const SWEEP_EVERY = 1000;

export function sqliteSeenIds(
  database: Database,
  kind: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): SeenIds {
  const insert = database.prepare(
    `INSERT INTO seen_ids (kind, id, until) VALUES (?1, ?2, ?3)
     ON CONFLICT (kind, id) DO UPDATE SET until = excluded.until WHERE until <= ?4`,
  );
  const sweep = database.prepare(
    `DELETE FROM seen_ids WHERE (kind, id) IN (SELECT kind, id FROM seen_ids WHERE until <= ?1 LIMIT ${SWEPT})`,
  );
  let nextSweep = 0;
  return {
    add(id, until) {
      let isNew = false;
      const now = clock.now();
      const written = database.grouped(() => {
        isNew = insert.run(kind, id, until, now).changes === 1;
        if (now < nextSweep) return;
        nextSweep = now + SWEEP_EVERY;
        sweep.run(now);
      });
      written.catch((error: unknown) => log.error("a seen id could not be stored", { kind, error }));
      return isNew;
    },
  };
}
