/** Local accounts in SQLite. The command line writes to the same file while the server runs: see remembered.ts. */
import type { Account, AccountStore } from "../login/accounts.ts";
import type { Database } from "./database.ts";
import { KEY_COLUMNS, keysOf, type Row, valuesOf } from "./key-columns.ts";
import { Remembered } from "./remembered.ts";

const COLUMNS = ["domain", "username", ...KEY_COLUMNS, "created", "changed"];

/** Accounts that were read last; some 2 KB each. */
const REMEMBERED = 1000;

export function sqliteAccounts(database: Database): AccountStore {
  const remembered = new Remembered<Account | undefined>(database, REMEMBERED);
  const select = database.prepare("SELECT * FROM accounts WHERE domain = ? AND username = ?");
  const replace = database.prepare(
    `INSERT OR REPLACE INTO accounts (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
  );
  const remove = database.prepare("DELETE FROM accounts WHERE domain = ? AND username = ?");
  // A new password, or none any more: what was allowed with the old one is over (docs/login.md).
  const forget = [
    "DELETE FROM oauth_tokens WHERE grant_id IN (SELECT id FROM oauth_grants WHERE domain = ? AND username = ?)",
    "DELETE FROM oauth_grants WHERE domain = ? AND username = ?",
    "DELETE FROM app_passwords WHERE domain = ? AND username = ?",
    "DELETE FROM devices WHERE domain = ? AND username = ?",
  ].map((sql) => database.prepare(sql));
  const list = database.prepare(
    "SELECT username FROM accounts WHERE domain = ? AND username > ? ORDER BY username LIMIT ?",
  );
  // Named, as the planner prefers the primary key, and would read all accounts of the domain.
  const lacking = {
    sha1: database.prepare(
      "SELECT 1 FROM accounts INDEXED BY accounts_without_sha1 WHERE domain = ? AND sha1_salt IS NULL LIMIT 1",
    ),
    sha256: database.prepare(
      "SELECT 1 FROM accounts INDEXED BY accounts_without_sha256 WHERE domain = ? AND sha256_salt IS NULL LIMIT 1",
    ),
  };
  return {
    get(domain, username) {
      // No domain has a space in it.
      return remembered.get(`${domain} ${username}`, () => {
        const row = select.get(domain, username);
        return row === undefined ? undefined : accountOf(username, row);
      });
    },
    put(domain, accounts) {
      remembered.forget();
      database.transaction(() => {
        for (const { username, sha1, sha256, created, changed } of accounts) {
          replace.run(domain, username, ...valuesOf(sha1), ...valuesOf(sha256), created, changed);
          for (const statement of forget) statement.run(domain, username);
        }
      });
    },
    remove(domain, username) {
      remembered.forget();
      return database.transaction(() => {
        for (const statement of forget) statement.run(domain, username);
        return remove.run(domain, username).changes === 1;
      });
    },
    list(domain, after, limit) {
      return list.all(domain, after, limit).map((row) => String(row["username"]));
    },
    lacks: (domain, hash) => lacking[hash].get(domain) !== undefined,
  };
}

function accountOf(username: string, row: Row): Account {
  return {
    username,
    sha1: keysOf(row, "sha1"),
    sha256: keysOf(row, "sha256"),
    created: Number(row["created"]),
    changed: Number(row["changed"]),
  };
}
