/** The columns of SCRAM keys, in every table that holds some. */
import type { ScramKeys } from "../login/accounts.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";

const MEMBERS = ["salt", "iterations", "stored_key", "server_key"] as const;

const COLUMNS_OF = { sha1: columnsOf("sha1"), sha256: columnsOf("sha256") };

/** In the order of `valuesOf`, SHA-1 first. */
export const KEY_COLUMNS = [COLUMNS_OF.sha1, COLUMNS_OF.sha256].flatMap((columns) =>
  MEMBERS.map((member) => columns[member]),
);

export type Row = Readonly<Record<string, unknown>>;

export function valuesOf(
  keys: ScramKeys | undefined,
): [Uint8Array | null, number | null, Uint8Array | null, Uint8Array | null] {
  return keys === undefined ? [null, null, null, null] : [keys.salt, keys.iterations, keys.storedKey, keys.serverKey];
}

export function keysOf(row: Row, hash: ScramHash): ScramKeys | undefined {
  const columns = COLUMNS_OF[hash];
  const salt = row[columns.salt];
  const storedKey = row[columns.stored_key];
  const serverKey = row[columns.server_key];
  if (!(salt instanceof Uint8Array && storedKey instanceof Uint8Array && serverKey instanceof Uint8Array)) {
    return undefined;
  }
  return { salt, iterations: Number(row[columns.iterations]), storedKey, serverKey };
}

function columnsOf<Hash extends ScramHash>(hash: Hash) {
  return {
    salt: `${hash}_salt`,
    iterations: `${hash}_iterations`,
    stored_key: `${hash}_stored_key`,
    server_key: `${hash}_server_key`,
  } as const;
}
