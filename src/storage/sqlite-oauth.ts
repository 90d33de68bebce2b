/** Grants and tokens of the authorization server in SQLite. */
import type { Grant, OAuthStore, Token } from "../login/oauth/store.ts";
import type { Database } from "./database.ts";

/** Rows that one sweep removes, so that nobody waits for it. */
const SWEPT = 500;

type Row = Readonly<Record<string, unknown>>;

export function sqliteOAuth(database: Database): OAuthStore {
  const statements = prepare(database);
  const write = <T>(action: () => T): T => database.transaction(action);
  const removed = (row: Row | undefined): Grant | undefined => {
    if (row === undefined) return undefined;
    statements.dropTokensOf.run(String(row["id"]));
    statements.dropGrant.run(String(row["id"]));
    return grantOf(row);
  };
  return {
    grant(id) {
      const row = statements.grant.get(id);
      return row === undefined ? undefined : grantOf(row);
    },
    grants: (domain, username) => statements.grants.all(domain, username).map(grantOf),
    putGrant(grant) {
      write(() => {
        const { id, domain, username, clientHash, clientName, clientUri, target, scope, created, lastUsed } = grant;
        const facts = [clientHash, clientName, clientUri ?? null, target, scope, created, lastUsed, grant.payload];
        statements.putGrant.run(id, domain, username, ...facts);
      });
    },
    removeGrant: (id) => write(() => removed(statements.grant.get(id))),
    removeGrants(domain, username) {
      return write(() => statements.grants.all(domain, username).map(removed)).filter((grant) => grant !== undefined);
    },
    used: (id, at) => void write(() => statements.used.run(at, id, at)),
    token(hash) {
      const row = statements.token.get(hash);
      return row === undefined ? undefined : tokenOf(row);
    },
    putToken(hash, token) {
      write(() => {
        const { kind, domain, username, grantId, scope, expires, consumed, payload } = token;
        statements.putToken.run(hash, kind, domain, username, grantId, scope, expires, consumed ?? null, payload);
      });
    },
    consumeToken: (hash, at) => void write(() => statements.consume.run(at, hash)),
    removeToken: (hash) => void write(() => statements.dropToken.run(hash)),
    removeTokensOf: (grantId) => void write(() => statements.dropTokensOf.run(grantId)),
    sweep(now, before) {
      return write(() => {
        const tokens = Number(statements.sweepTokens.run(now).changes);
        const grants = Number(statements.sweepGrants.run(before * 1000, before * 1000).changes);
        return tokens === SWEPT || grants === SWEPT;
      });
    },
    count() {
      const row = statements.count.get() ?? {};
      return { grants: Number(row["grants"]), tokens: Number(row["tokens"]) };
    },
  };
}

function prepare(database: Database) {
  const sql = (text: string) => database.prepare(text);
  return {
    grant: sql("SELECT * FROM oauth_grants WHERE id = ?"),
    grants: sql("SELECT * FROM oauth_grants WHERE domain = ? AND username = ? ORDER BY created DESC, id"),
    putGrant: sql(
      `INSERT OR REPLACE INTO oauth_grants
       (id, domain, username, client_hash, client_name, client_uri, target, scope, created, last_used, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    dropGrant: sql("DELETE FROM oauth_grants WHERE id = ?"),
    used: sql("UPDATE oauth_grants SET last_used = ? WHERE id = ? AND last_used < ?"),
    token: sql("SELECT * FROM oauth_tokens WHERE id = ?"),
    putToken: sql(
      `INSERT OR REPLACE INTO oauth_tokens
       (id, kind, domain, username, grant_id, scope, expires, consumed, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    consume: sql("UPDATE oauth_tokens SET consumed = ? WHERE id = ?"),
    dropToken: sql("DELETE FROM oauth_tokens WHERE id = ?"),
    dropTokensOf: sql("DELETE FROM oauth_tokens WHERE grant_id = ?"),
    sweepTokens: sql(
      `DELETE FROM oauth_tokens WHERE id IN (SELECT id FROM oauth_tokens WHERE expires <= ? LIMIT ${SWEPT})`,
    ),
    sweepGrants: sql(
      `DELETE FROM oauth_grants WHERE id IN (
         SELECT id FROM oauth_grants g WHERE created < ? AND last_used < ?
           AND NOT EXISTS (SELECT 1 FROM oauth_tokens t WHERE t.grant_id = g.id) LIMIT ${SWEPT})`,
    ),
    count: sql("SELECT (SELECT count(*) FROM oauth_grants) AS grants, (SELECT count(*) FROM oauth_tokens) AS tokens"),
  };
}

function grantOf(row: Row): Grant {
  return {
    id: String(row["id"]),
    domain: String(row["domain"]),
    username: String(row["username"]),
    clientHash: String(row["client_hash"]),
    clientName: String(row["client_name"]),
    clientUri: typeof row["client_uri"] === "string" ? row["client_uri"] : undefined,
    target: String(row["target"]),
    scope: String(row["scope"]),
    created: Number(row["created"]),
    lastUsed: Number(row["last_used"]),
    payload: String(row["payload"]),
  };
}

function tokenOf(row: Row): Token {
  return {
    kind: row["kind"] === "AccessToken" ? "AccessToken" : "RefreshToken",
    domain: String(row["domain"]),
    username: String(row["username"]),
    grantId: String(row["grant_id"]),
    scope: String(row["scope"]),
    expires: Number(row["expires"]),
    consumed: typeof row["consumed"] === "number" ? row["consumed"] : undefined,
    payload: String(row["payload"]),
  };
}
