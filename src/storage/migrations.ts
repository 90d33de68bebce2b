/** The tables, by steps: `user_version` counts those that a file has. A step that was released is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  -- What is known about the last good copies: short rows, because a mark or a 304 rewrites one.
  CREATE TABLE copies (
    id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    etag TEXT,
    fetched_at INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL,
    unusable_from INTEGER,
    old INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (domain, username)
  ) STRICT;
  -- The copies themselves.
  CREATE TABLE copy_lists (
    id INTEGER PRIMARY KEY,
    contacts TEXT NOT NULL,
    version TEXT NOT NULL,
    problems TEXT NOT NULL
  ) STRICT;
  CREATE TABLE accounts (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    sha1_salt BLOB, sha1_iterations INTEGER, sha1_stored_key BLOB, sha1_server_key BLOB,
    sha256_salt BLOB, sha256_iterations INTEGER, sha256_stored_key BLOB, sha256_server_key BLOB,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (domain, username)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE seen_ids (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX seen_ids_until ON seen_ids (until);
  `,
  `
  CREATE TABLE last_seen (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (domain, username)
  ) STRICT, WITHOUT ROWID;
  -- Answers that \`Idempotency-Key\` gives again, the oldest first; the body last, so that sums need not read it.
  CREATE TABLE kept_answers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    etag TEXT NOT NULL,
    until INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Whether some account of a domain has no keys for a hash is asked for each connection.
  CREATE INDEX accounts_without_sha1 ON accounts (domain) WHERE sha1_salt IS NULL;
  CREATE INDEX accounts_without_sha256 ON accounts (domain) WHERE sha256_salt IS NULL;
  `,
  `
  -- What the application is told: the log, the queue to be delivered (state 1) and what was given up (state 2).
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    type TEXT NOT NULL,
    time INTEGER NOT NULL,
    data TEXT NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX events_log ON events (domain, seq);
  CREATE INDEX events_waiting ON events (domain, username, seq) WHERE state = 1;
  CREATE INDEX events_oldest ON events (domain, seq) WHERE state = 1;
  CREATE INDEX events_dead ON events (domain, seq) WHERE state = 2;
  -- Who has events waiting, and when the oldest may be tried.
  CREATE TABLE event_turns (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (domain, username)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX event_turns_due ON event_turns (domain, next_at);
  CREATE TABLE event_logs (
    domain TEXT PRIMARY KEY,
    floor INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    reader_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- Whom the application believes to be here.
  CREATE TABLE event_people (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    state TEXT NOT NULL,
    active_at INTEGER NOT NULL,
    PRIMARY KEY (domain, username)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The authorization server: what people allowed which program, and the tokens made from it, by their SHA-256.
  -- With row ids: a row holds a client id and so is of a kilobyte, of which a tree ordered by the key would have four a page.
  CREATE TABLE oauth_grants (
    id TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    client_hash TEXT NOT NULL,
    client_name TEXT NOT NULL,
    client_uri TEXT,
    target TEXT NOT NULL,
    scope TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX oauth_grants_person ON oauth_grants (domain, username);
  CREATE INDEX oauth_grants_created ON oauth_grants (created);
  CREATE TABLE oauth_tokens (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires INTEGER NOT NULL,
    consumed INTEGER,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX oauth_tokens_grant ON oauth_tokens (grant_id);
  CREATE INDEX oauth_tokens_expires ON oauth_tokens (expires);
  `,
  `
  -- Devices that may come back without a password. \`tokens\`: the current one and the next, as JSON.
  CREATE TABLE devices (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    credential TEXT,
    is_local INTEGER NOT NULL,
    proved INTEGER NOT NULL,
    tokens TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (domain, username, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_expires ON devices (expires);
  `,
  `
  -- One for one device. \`digest\` is that of a password made here; NULL: a person chose it.
  CREATE TABLE app_passwords (
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB,
    sha1_salt BLOB NOT NULL, sha1_iterations INTEGER NOT NULL,
    sha1_stored_key BLOB NOT NULL, sha1_server_key BLOB NOT NULL,
    sha256_salt BLOB NOT NULL, sha256_iterations INTEGER NOT NULL,
    sha256_stored_key BLOB NOT NULL, sha256_server_key BLOB NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER,
    PRIMARY KEY (domain, username, id)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX app_passwords_digest ON app_passwords (domain, username, digest) WHERE digest IS NOT NULL;
  `,
];
