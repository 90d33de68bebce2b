/** Storage in one SQLite file, by the engine that comes with Node. */
import { randomBytes } from "node:crypto";
import { Database } from "./database.ts";
import { sqliteAccounts } from "./sqlite-accounts.ts";
import { sqliteAppPasswords } from "./sqlite-app-passwords.ts";
import { sqliteContacts } from "./sqlite-contacts.ts";
import { sqliteDevices } from "./sqlite-devices.ts";
import { epochOf, sqliteEvents } from "./sqlite-events.ts";
import { sqliteKeptAnswers } from "./sqlite-kept-answers.ts";
import { sqliteLastSeen } from "./sqlite-last-seen.ts";
import { sqliteOAuth } from "./sqlite-oauth.ts";
import { sqliteSeenIds } from "./sqlite-seen-ids.ts";
import type { Secrets, Storage, StorageOptions } from "./storage.ts";

/** @throws KithError `storage-failed` */
export function sqliteStorage(path: string, options: StorageOptions): Storage {
  const database = new Database(path);
  const secrets = sqliteSecrets(database);
  let events: ReturnType<typeof sqliteEvents> | undefined;
  return {
    contacts: (domain) => sqliteContacts(database, domain, options.log),
    accounts: sqliteAccounts(database),
    devices: sqliteDevices(database, options),
    appPasswords: sqliteAppPasswords(database, options.log),
    secrets,
    seenIds: (kind) => sqliteSeenIds(database, kind, options),
    lastSeen: (domain) => sqliteLastSeen(database, domain, options.log),
    events: (domain, limits) => {
      events ??= sqliteEvents(database, { ...options, epoch: epochOf(secrets.get("events")) });
      return events(domain, limits);
    },
    oauth: sqliteOAuth(database),
    keptAnswers: sqliteKeptAnswers(database, options.clock),
    async close() {
      database.close();
    },
  };
}

function sqliteSecrets(database: Database): Secrets {
  const insert = database.prepare("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const select = database.prepare("SELECT value FROM secrets WHERE name = ?");
  const read = (name: string): Uint8Array | undefined => {
    const value = select.get(name)?.["value"];
    return value instanceof Uint8Array ? value : undefined;
  };
  return {
    get(name) {
      const known = read(name);
      if (known !== undefined) return known;
      const made = new Uint8Array(randomBytes(32));
      database.transaction(() => insert.run(name, made));
      return read(name) ?? made; // another process may have been first
    },
  };
}
