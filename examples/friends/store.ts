/** The application's own database: who the people are and who is whose friend. Kith never sees it; it asks. */
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

export interface Person {
  /** The localpart of the person's address: `john` of `john@localhost`. */
  readonly user: string;
  readonly name: string;
}

export interface Friend {
  readonly user: string;
  /** What the owner of the list calls this friend. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** Somebody wants to be a friend, and the other has not decided. */
export interface Request {
  readonly from: string;
  readonly to: string;
  /** What the one who asks calls the other. */
  readonly name: string;
  readonly groups: readonly string[];
}

const PEOPLE: readonly Person[] = [
  { user: "john", name: "John" },
  { user: "marie", name: "Marie" },
  { user: "michael", name: "Michael" },
  { user: "aaron", name: "Aaron" },
];

const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS person (user TEXT PRIMARY KEY, name TEXT NOT NULL, password TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS friend (
    owner TEXT NOT NULL REFERENCES person,
    user TEXT NOT NULL REFERENCES person,
    name TEXT NOT NULL,
    groups TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (owner, user)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS request (
    sender TEXT NOT NULL REFERENCES person,
    receiver TEXT NOT NULL REFERENCES person,
    name TEXT NOT NULL,
    groups TEXT NOT NULL,
    PRIMARY KEY (sender, receiver)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS presence (user TEXT PRIMARY KEY REFERENCES person, state TEXT NOT NULL, time TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

const NAME_LIMIT = 60;
const GROUPS_LIMIT = 5;

export class Store {
  readonly #db: DatabaseSync;

  /** Opens or makes the database, for this process alone. `path` may be ":memory:". A new one has four people. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    if (this.people().length === 0) this.#seed();
  }

  people(): Person[] {
    const rows = this.#db.prepare("SELECT user, name FROM person ORDER BY rowid").all();
    return rows.map((row) => ({ user: String(row["user"]), name: String(row["name"]) }));
  }

  person(user: string): Person | undefined {
    return this.people().find((person) => person.user === user);
  }

  friends(owner: string): Friend[] {
    const rows = this.#db
      .prepare("SELECT user, name, groups FROM friend WHERE owner = ? ORDER BY name, user")
      .all(owner);
    return rows.map((row) => ({
      user: String(row["user"]),
      name: String(row["name"]),
      groups: JSON.parse(String(row["groups"])) as string[],
    }));
  }

  /** Each becomes a friend in the other's list. False if they are friends already, the same person, or unknown. */
  befriend(a: string, b: string): boolean {
    const first = this.person(a);
    const second = this.person(b);
    if (!first || !second || a === b) return false;
    const insert = this.#db.prepare("INSERT OR IGNORE INTO friend (owner, user, name, groups) VALUES (?, ?, ?, ?)");
    const asked = this.requests().filter(({ from, to }) => [a, b].includes(from) && [a, b].includes(to));
    const add = (owner: string, friend: Person): number => {
      const wish = asked.find(({ from }) => from === owner);
      return Number(
        insert.run(owner, friend.user, wish?.name ?? friend.name, JSON.stringify(wish?.groups ?? [])).changes,
      );
    };
    return this.#together(() => this.#forget(a, b) + this.#forget(b, a) + add(a, second) + add(b, first));
  }

  /** Open requests, the oldest first. */
  requests(): Request[] {
    const rows = this.#db.prepare("SELECT sender, receiver, name, groups FROM request ORDER BY rowid").all();
    return rows.map((row) => ({
      from: String(row["sender"]),
      to: String(row["receiver"]),
      name: String(row["name"]),
      groups: JSON.parse(String(row["groups"])) as string[],
    }));
  }

  /** Somebody asks. An empty name is the other's own. False if one is unknown, or both are the same. */
  ask(from: string, to: string, name: string, groups: readonly string[]): boolean {
    const other = this.person(to);
    if (!this.person(from) || !other || from === to) return false;
    const put = this.#db.prepare("INSERT OR REPLACE INTO request (sender, receiver, name, groups) VALUES (?, ?, ?, ?)");
    const shown = tidy(name) || other.name;
    return this.#together(() => Number(put.run(from, to, shown, JSON.stringify(tidyGroups(groups))).changes));
  }

  /** The request is no more: declined or withdrawn. False if there was none. */
  forget(from: string, to: string): boolean {
    return this.#together(() => this.#forget(from, to));
  }

  /** Each leaves the other's list. False if they were no friends. */
  part(a: string, b: string): boolean {
    const remove = this.#db.prepare("DELETE FROM friend WHERE (owner = ? AND user = ?) OR (owner = ? AND user = ?)");
    return this.#together(() => Number(remove.run(a, b, b, a).changes));
  }

  /** What `owner` calls `friend`, and the groups. An empty name is the friend's own. False if they are no friends. */
  label(owner: string, friend: string, name: string, groups: readonly string[]): boolean {
    const shown = tidy(name) || this.person(friend)?.name || friend;
    const kept = tidyGroups(groups);
    const update = this.#db.prepare("UPDATE friend SET name = ?, groups = ? WHERE owner = ? AND user = ?");
    return this.#together(() => Number(update.run(shown, JSON.stringify(kept), owner, friend).changes));
  }

  /** Who is not offline, and how: `online` or `away`. */
  presence(): ReadonlyMap<string, string> {
    const rows = this.#db.prepare("SELECT user, state FROM presence WHERE state <> 'offline'").all();
    return new Map(rows.map((row) => [String(row["user"]), String(row["state"])]));
  }

  /** False if something newer is known, or nobody has this name. `time`: RFC 3339, UTC. */
  setPresence(user: string, state: string, time: string): boolean {
    if (!this.person(user)) return false;
    const put = this.#db.prepare(
      `INSERT INTO presence (user, state, time) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, time = excluded.time WHERE time < excluded.time`,
    );
    return this.#together(() => Number(put.run(user, state, time).changes));
  }

  /** The demonstration's password of a person's chat account, made at random when the database was made. */
  password(user: string): string | undefined {
    const row = this.#db.prepare("SELECT password FROM person WHERE user = ?").get(user);
    return row && String(row["password"]);
  }

  /** A random secret that stays the same between starts. */
  secret(name: string): string {
    this.#db
      .prepare("INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)")
      .run(name, randomBytes(24).toString("base64url"));
    return String(this.#db.prepare("SELECT value FROM secret WHERE name = ?").get(name)?.["value"]);
  }

  close(): void {
    this.#db.close();
  }

  #seed(): void {
    const insert = this.#db.prepare("INSERT INTO person (user, name, password) VALUES (?, ?, ?)");
    for (const { user, name } of PEOPLE) insert.run(user, name, randomBytes(9).toString("base64url"));
    this.befriend("john", "marie");
    this.befriend("marie", "aaron");
    this.label("john", "marie", "Marie", ["Friends"]);
  }

  #forget(from: string, to: string): number {
    return Number(this.#db.prepare("DELETE FROM request WHERE sender = ? AND receiver = ?").run(from, to).changes);
  }

  /** Both sides of a change, or neither. True if a row changed. */
  #together(change: () => number): boolean {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const changed = change();
      this.#db.exec("COMMIT");
      return changed > 0;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function tidyGroups(groups: readonly string[]): string[] {
  return [...new Set(groups.map(tidy).filter((group) => group !== ""))].slice(0, GROUPS_LIMIT);
}

function tidy(text: string): string {
  return text
    .replace(/\p{Cc}/gu, " ")
    .replace(/\s+/gu, " ")
    .trim()
    .slice(0, NAME_LIMIT);
}
