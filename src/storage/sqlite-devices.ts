/** Devices that may come back without a password, in SQLite. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type Device, type DeviceStore, endOf } from "../login/devices.ts";
import type { Database } from "./database.ts";

/** ms after its end for which a device is told that it has expired, and not that it is unknown. */
const REMEMBERED = 7 * 86_400_000;
/** Rows that one sweep removes, so that nobody waits for it. */
const SWEPT = 100;
const SWEEP_EVERY = 60_000;

type Row = Readonly<Record<string, unknown>>;

export function sqliteDevices(
  database: Database,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): DeviceStore {
  const list = database.prepare(
    "SELECT * FROM devices WHERE domain = ? AND username = ? AND expires > ? ORDER BY last_used DESC",
  );
  const select = database.prepare("SELECT * FROM devices WHERE domain = ? AND username = ? AND id = ?");
  const replace = database.prepare(
    `INSERT OR REPLACE INTO devices
       (domain, username, id, name, created, last_used, credential, is_local, proved, tokens, expires)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare("DELETE FROM devices WHERE domain = ? AND username = ? AND id = ?");
  const removeOf = database.prepare(
    "DELETE FROM devices WHERE domain = ? AND username = ? AND credential = ? RETURNING id",
  );
  const removeAll = database.prepare("DELETE FROM devices WHERE domain = ? AND username = ?");
  const sweep = database.prepare(
    `DELETE FROM devices WHERE (domain, username, id) IN
       (SELECT domain, username, id FROM devices WHERE expires <= ? LIMIT ${SWEPT})`,
  );
  let nextSweep = 0;
  return {
    list: (domain, username) => list.all(domain, username, clock.now()).map(deviceOf),
    get(domain, username, id) {
      const row = select.get(domain, username, id);
      return row === undefined ? undefined : deviceOf(row);
    },
    put(domain, username, device) {
      const { id, name, created, lastUsed, credential = null, isLocal, proved, current, next } = device;
      const tokens = JSON.stringify({ current, next });
      const end = endOf(device);
      const now = clock.now();
      const written = database.grouped(() => {
        replace.run(domain, username, id, name, created, lastUsed, credential, Number(isLocal), proved, tokens, end);
        if (now < nextSweep) return;
        nextSweep = now + SWEEP_EVERY;
        sweep.run(now - REMEMBERED);
      });
      // It logs in by its password then.
      written.catch((error: unknown) => log.error("a device could not be stored", { domain, error }));
    },
    remove: (domain, username, id) => database.transaction(() => remove.run(domain, username, id).changes === 1),
    removeOf: (domain, username, credential) =>
      database.transaction(() => removeOf.all(domain, username, credential)).map((row) => String(row["id"])),
    removeAll: (domain, username) => void database.transaction(() => removeAll.run(domain, username)),
  };
}

function deviceOf(row: Row): Device {
  const { current, next } = JSON.parse(String(row["tokens"])) as Pick<Device, "current" | "next">;
  const credential = row["credential"];
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    created: Number(row["created"]),
    lastUsed: Number(row["last_used"]),
    credential: typeof credential === "string" ? credential : undefined,
    isLocal: row["is_local"] === 1,
    proved: Number(row["proved"]),
    current,
    next,
  };
}
