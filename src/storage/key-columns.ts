/** The columns of SCRAM keys, in every table that holds some. */
import type { ScramKeys } from "../login/accounts.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";

const MEMBERS = ["salt", "iterations", "stored_key", "server_key"] as const;

/** In the order of `valuesOf`, SHA-1 first. */
export const KEY_COLUMNS = (["sha1", "sha256"] as const).flatMap((hash) =>
  MEMBERS.map((member) => `${hash}_${member}`),
);

export type Row = Readonly<Record<string, unknown>>;

export function valuesOf(
  keys: ScramKeys | undefined,
): [Uint8Array | null, number | null, Uint8Array | null, Uint8Array | null] {
  return keys === undefined ? [null, null, null, null] : [keys.salt, keys.iterations, keys.storedKey, keys.serverKey];
}

export function keysOf(row: Row, hash: ScramHash): ScramKeys | undefined {
  const [salt, iterations, storedKey, serverKey] = MEMBERS.map((member) => row[`${hash}_${member}`]);
  if (!(salt instanceof Uint8Array && storedKey instanceof Uint8Array && serverKey instanceof Uint8Array)) {
    return undefined;
  }
  return { salt, iterations: Number(iterations), storedKey, serverKey };
}
