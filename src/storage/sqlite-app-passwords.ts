/** App passwords in SQLite. The command line writes to the same file while the server runs: nothing is cached. */
import type { Log } from "../log.ts";
import type { AppPassword, AppPasswordStore } from "../login/app-password.ts";
import type { Database } from "./database.ts";
import { KEY_COLUMNS, keysOf, type Row, valuesOf } from "./key-columns.ts";

const COLUMNS = ["domain", "username", "id", "name", "digest", ...KEY_COLUMNS, "created", "last_used"];

export function sqliteAppPasswords(database: Database, log: Log): AppPasswordStore {
  const list = database.prepare("SELECT * FROM app_passwords WHERE domain = ? AND username = ? ORDER BY created, id");
  const has = database.prepare("SELECT 1 FROM app_passwords WHERE domain = ? AND username = ? AND id = ?");
  const find = database.prepare("SELECT * FROM app_passwords WHERE domain = ? AND username = ? AND digest = ?");
  const insert = database.prepare(
    `INSERT INTO app_passwords (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
  );
  const used = database.prepare("UPDATE app_passwords SET last_used = ? WHERE domain = ? AND username = ? AND id = ?");
  const remove = database.prepare("DELETE FROM app_passwords WHERE domain = ? AND username = ? AND id = ?");
  return {
    list: (domain, username) => list.all(domain, username).flatMap(rowsOf),
    has: (domain, username, id) => has.get(domain, username, id) !== undefined,
    find: (domain, username, digest) => rowsOf(find.get(domain, username, digest))[0],
    add(domain, { username, id, name, digest, sha1, sha256, created, lastUsed }) {
      const keys = [...valuesOf(sha1), ...valuesOf(sha256)];
      database.transaction(() =>
        insert.run(domain, username, id, name, digest ?? null, ...keys, created, lastUsed ?? null),
      );
    },
    used(domain, username, id, at) {
      database
        .groupedRun(used, at, domain, username, id)
        .catch((error: unknown) => log.error("when an app password was used could not be stored", { domain, error }));
    },
    remove: (domain, username, id) => database.transaction(() => remove.run(domain, username, id).changes === 1),
  };
}

/** One or none: the keys are always there, as the table says. */
function rowsOf(row: Row | undefined): readonly AppPassword[] {
  const sha1 = row && keysOf(row, "sha1");
  const sha256 = row && keysOf(row, "sha256");
  if (row === undefined || sha1 === undefined || sha256 === undefined) return [];
  const { id, username, name, digest, created, last_used } = row;
  const one: AppPassword = {
    id: String(id),
    username: String(username),
    name: String(name),
    created: Number(created),
    lastUsed: typeof last_used === "number" ? last_used : undefined,
    digest: digest instanceof Uint8Array ? digest : undefined,
    sha1,
    sha256,
  };
  return [one];
}
