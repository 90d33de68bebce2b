/** The last good copies of one domain in SQLite. */
import type { Held, Problem } from "../contacts/contacts.ts";
import type { ContactsStore, CopyFacts, StoredCopy } from "../contacts/store.ts";
import type { Log } from "../log.ts";
import type { Database } from "./database.ts";

const SOURCES: readonly unknown[] = [
  "app",
  "put",
  "patch",
  "edges",
  "proposal",
  "until",
] satisfies readonly Held["source"][];

type Row = Readonly<Record<string, unknown>>;

export function sqliteContacts(database: Database, domain: string, log: Log): ContactsStore {
  const select = database.prepare("SELECT * FROM copies JOIN copy_lists USING (id) WHERE domain = ? AND username = ?");
  const upsert = database.prepare(
    `INSERT INTO copies (domain, username, etag, fetched_at, fresh_until, unusable_from, old, stale, source)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (domain, username) DO UPDATE SET etag = excluded.etag, fetched_at = excluded.fetched_at,
       fresh_until = excluded.fresh_until, unusable_from = excluded.unusable_from, old = excluded.old,
       stale = excluded.stale, source = excluded.source`,
  );
  const upsertList = database.prepare(
    `INSERT OR REPLACE INTO copy_lists (id, contacts, version, problems)
     SELECT id, ?, ?, ? FROM copies WHERE domain = ? AND username = ?`,
  );
  const update = database.prepare(
    `UPDATE copies SET etag = ?, fetched_at = ?, fresh_until = ?, unusable_from = ?, old = ?, stale = ?, source = ?
     WHERE domain = ? AND username = ?`,
  );
  // CROSS JOIN keeps the order of the loops: names outside, one look-up in the index each.
  const mark = database.prepare(
    `UPDATE copies SET old = 1 WHERE id IN (
       SELECT copies.id FROM json_each(?2) CROSS JOIN copies ON domain = ?1 AND username = value WHERE old = 0)`,
  );
  const names = database.prepare(
    "SELECT username FROM copies WHERE domain = ? AND username > ? ORDER BY username LIMIT ?",
  );
  const write = (username: string, copy: StoredCopy): void => {
    upsert.run(domain, username, ...valuesOf(copy));
    upsertList.run(copy.contacts, copy.version, JSON.stringify(copy.problems), domain, username);
  };
  const saveFacts = (username: string, facts: CopyFacts): Promise<void> =>
    database.groupedRun(update, ...valuesOf(facts), domain, username);
  return {
    load(username) {
      const row = select.get(domain, username);
      if (row === undefined) return undefined;
      const copy = copyOf(row);
      if (copy === undefined) log.error("a stored contact list is damaged and not used", { user: username, domain });
      return copy;
    },
    saveFacts,
    saveAll(saves) {
      const [first] = saves;
      if (first !== undefined && saves.length === 1 && "facts" in first) return saveFacts(first.username, first.facts);
      return database.grouped(() => {
        for (const save of saves) {
          if ("copy" in save) write(save.username, save.copy);
          else update.run(...valuesOf(save.facts), domain, save.username);
        }
      });
    },
    markOld: (usernames) => database.groupedRun(mark, domain, JSON.stringify(usernames)),
    usernames: (after, limit) => names.all(domain, after, limit).map((row) => String(row["username"])),
  };
}

function valuesOf(facts: CopyFacts): (string | number | null)[] {
  return [
    facts.etag ?? null,
    facts.fetchedAt,
    facts.freshUntil,
    facts.unusableFrom ?? null,
    facts.old ? 1 : 0,
    facts.stale ? 1 : 0,
    facts.source,
  ];
}

/** Undefined: the row is damaged. */
function copyOf(row: Row): StoredCopy | undefined {
  const { contacts, version, source, etag, fetched_at, fresh_until, unusable_from } = row;
  const problems = problemsOf(row["problems"]);
  if (typeof contacts !== "string" || typeof version !== "string" || !isSource(source)) return undefined;
  if (problems === undefined) return undefined;
  return {
    contacts,
    version,
    etag: typeof etag === "string" ? etag : undefined,
    fetchedAt: Number(fetched_at),
    freshUntil: Number(fresh_until),
    unusableFrom: typeof unusable_from === "number" ? unusable_from : undefined,
    old: row["old"] === 1,
    stale: row["stale"] === 1,
    source,
    problems,
  };
}

function isSource(value: unknown): value is Held["source"] {
  return SOURCES.includes(value);
}

function problemsOf(value: unknown): readonly Problem[] | undefined {
  try {
    const problems: unknown = JSON.parse(String(value));
    return Array.isArray(problems) ? problems : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
