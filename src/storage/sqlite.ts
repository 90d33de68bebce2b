/** Storage in one SQLite file, by the engine that comes with Node. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { Database } from "./database.ts";
import type { Storage } from "./open.ts";
import { sqliteAccounts } from "./sqlite-accounts.ts";
import { sqliteContacts } from "./sqlite-contacts.ts";
import { sqliteSeenIds } from "./sqlite-seen-ids.ts";

/** @throws KithError `storage-failed` */
export function sqliteStorage(path: string, clock: Clock, log: Log): Storage {
  const database = new Database(path);
  return {
    contacts: (domain) => sqliteContacts(database, domain, log),
    accounts: sqliteAccounts(database),
    secret: secretsOf(database),
    seenIds: sqliteSeenIds(database, clock, log),
    isWell: () => database.isWell(),
    async close() {
      database.close();
    },
  };
}

function secretsOf(database: Database): (name: string) => Uint8Array {
  const insert = database.prepare("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const select = database.prepare("SELECT value FROM secrets WHERE name = ?");
  const read = (name: string): Uint8Array | undefined => {
    const value = select.get(name)?.["value"];
    return value instanceof Uint8Array ? value : undefined;
  };
  return (name) => {
    const known = read(name);
    if (known !== undefined) return known;
    const made = new Uint8Array(randomBytes(32));
    database.transaction(() => insert.run(name, made));
    return read(name) ?? made; // another process may have been first
  };
}
