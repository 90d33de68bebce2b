/** When people were last seen, in SQLite. */
import type { Log } from "../log.ts";
import type { LastSeenStore } from "../sessions/last-seen.ts";
import type { Database } from "./database.ts";

export function sqliteLastSeen(database: Database, domain: string, log: Log): LastSeenStore {
  const select = database.prepare("SELECT at FROM last_seen WHERE domain = ? AND username = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO last_seen (domain, username, at) VALUES (?, ?, ?)");
  return {
    load(username) {
      const at = select.get(domain, username)?.["at"];
      return typeof at === "number" ? at : undefined;
    },
    save(username, at) {
      database
        .groupedRun(upsert, domain, username, at)
        .catch((error: unknown) => log.error("when somebody was last seen could not be stored", { domain, error }));
    },
  };
}
