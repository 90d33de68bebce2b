/** What people log in by instead of their passwords, put into Kith's SQLite file while no server has it open. */
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/log.ts";
import { tokenHash } from "../../src/login/oauth/check.ts";
import { Registration } from "../../src/login/oauth/registration.ts";
import { CLIENT_NORMAL } from "../../src/login/oauth/scopes.ts";
import type { Token } from "../../src/login/oauth/store.ts";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { DOMAIN } from "../load/client.ts";
import { accessTokenOf, deviceIdOf, deviceTokenOf } from "../load/credentials.ts";
import type { Person } from "../load/people.ts";

/** Of nobody in the bench; the token of the `n`th is `accessTokenOf(otherName(n))`, from 1. */
export const OTHER_TOKENS = 200_000;
/** ms; longer than any run. */
const LIFETIME = 86_400_000;
/** As the server under test has it. */
export const REGISTRATION_KEY = "a key for measuring, of no use elsewhere";

export function registrationOf(): Registration {
  const options = { domain: DOMAIN, compat: "seed", denied: new Set<string>(), issuedSince: undefined } as const;
  return new Registration({ ...options, keys: [REGISTRATION_KEY] });
}

/** As long as what the engine keeps of a token of a client with few words, all of one client. */
const CLIENT = {
  client_name: "My application",
  client_uri: "https://app.example.com/",
  redirect_uris: Array.from({ length: 9 }, (_, index) => `https://app.example.com/callback-number-${index}`),
};
const { clientId } = registrationOf().register(CLIENT, Math.floor(Date.now() / 1000)) ?? {};
const PAYLOAD = JSON.stringify({ kind: "AccessToken", clientId });

/** KiB: all of it, or most of the time goes into pages that are written many times. */
const CACHE = 400_000;

export function otherName(index: number): string {
  return `other${index}`;
}

export function openKithFile(path: string): Storage {
  return openStorage({ kind: "sqlite", path }, { clock: systemClock, log: silentLog });
}

/** A grant and an access token for each of `people`, and those of `OTHER_TOKENS` others beside them. */
export async function putTokens(path: string, people: readonly Person[]): Promise<void> {
  const storage = openKithFile(path);
  const now = Date.now();
  for (const { name } of people) {
    const token = tokenOf(name, now);
    const facts = { clientHash: "", clientName: "bench", clientUri: undefined, target: "this computer" };
    const when = { created: now, lastUsed: now };
    const { domain, username, scope, payload } = token;
    storage.oauth.putGrant({ id: token.grantId, domain, username, scope, payload, ...facts, ...when });
    storage.oauth.putToken(tokenHash(accessTokenOf(name)), token);
  }
  await storage.close();
  putOthers(path, now);
}

/** A device for each of `people`, which has logged in before and may come back. */
export async function putDevices(path: string, people: readonly Person[]): Promise<void> {
  const storage = openKithFile(path);
  const now = Date.now();
  const facts = { name: "bench", created: now, lastUsed: now, proved: now, credential: undefined, isLocal: true };
  for (const { name } of people) {
    const times = { issued: now, expires: now + LIFETIME, count: -1 };
    const current = { mechanism: "HT-SHA-256-NONE", secret: deviceTokenOf(name), ...times };
    storage.devices.put(DOMAIN, name, { id: deviceIdOf(name), ...facts, current, next: undefined });
  }
  await storage.close();
}

/** By one statement: each in a transaction of its own would take minutes. */
function putOthers(path: string, now: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA cache_size = -${CACHE}`);
  database.function("hash_of", (index) => tokenHash(accessTokenOf(otherName(Number(index)))));
  const { kind, domain, scope, expires, payload } = tokenOf("", now);
  database
    .prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO oauth_tokens (id, kind, domain, username, grant_id, scope, expires, consumed, payload)
       SELECT hash_of(n), ?, ?, 'other' || n, 'a grant with as long an id: number ' || (1000000 + n), ?, ?, NULL, ? FROM numbers`,
    )
    .run(OTHER_TOKENS, kind, domain, scope, expires, payload);
  database.close();
}

function tokenOf(username: string, now: number): Token {
  const expires = Math.floor((now + LIFETIME) / 1000);
  const whose = { domain: DOMAIN, username, grantId: `grant of ${username}`, scope: CLIENT_NORMAL };
  return { kind: "AccessToken", ...whose, expires, consumed: undefined, payload: PAYLOAD };
}
