/** One line of an import, judged: `jid,password`, or ready-made SCRAM keys. */
import { formatJid, parseJid } from "../xmpp/jid/jid.ts";
import { decodeBase64 } from "../xmpp/sasl/base64.ts";
import { preparePassword } from "../xmpp/sasl/password.ts";
import { HASH_OCTETS, type ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { ScramKeys } from "./accounts.ts";

/** The columns in their order; a first line that begins with `jid` may name them in another. */
export const PASSWORD_COLUMNS = ["jid", "password"] as const;
export const SCRAM_COLUMNS = ["jid", "mechanism", "iterations", "salt", "stored_key", "server_key"] as const;

/** RFC 7677 §4. */
const FEWEST_ITERATIONS = 4096;
/** More would make each login by PLAIN a burden: 1 000 000 take about 0.2 s. */
const MOST_ITERATIONS = 1_000_000;
const MOST_SALT = 128;

const MECHANISMS: ReadonlyMap<string, ScramHash> = new Map([
  ["scram-sha-1", "sha1"],
  ["scram-sha-256", "sha256"],
]);

export interface Owner {
  readonly domain: string;
  readonly username: string;
}

/** A value, or in words what is wrong; the words never hold a secret. */
export type Row<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

function wrong(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** The account that a bare JID names, if its domain is served here. */
export function readOwner(text: string, domains: readonly string[]): Row<Owner> {
  const jid = parseJid(text.trim());
  if (jid === undefined) return wrong(`${JSON.stringify(text.slice(0, 100))} is not a JID`);
  if (jid.local === "") return wrong(`${formatJid(jid)} has no username before an @`);
  if (jid.resource !== "") return wrong(`${formatJid(jid)} has a resource; give ${jid.local}@${jid.domain}`);
  if (!domains.includes(jid.domain)) return wrong(`the domain ${jid.domain} is not served here`);
  return { ok: true, value: { domain: jid.domain, username: jid.local } };
}

/** The password as typed, known to be one that can be prepared. */
export function readPassword(text: string): Row<string> {
  if (text === "") return wrong("the password is empty");
  if (preparePassword(text) === undefined) {
    return wrong("the password holds characters that no password may hold (RFC 8265 §4.2), or is too long");
  }
  return { ok: true, value: text };
}

export function readKeys(fields: Readonly<Record<string, string>>): Row<{ hash: ScramHash; keys: ScramKeys }> {
  const { mechanism = "", iterations: rounds = "", salt: saltText = "", stored_key = "", server_key = "" } = fields;
  const hash = MECHANISMS.get(mechanism.toLowerCase());
  if (hash === undefined) return wrong("the mechanism is neither SCRAM-SHA-1 nor SCRAM-SHA-256");
  const iterations = /^\d{1,7}$/.test(rounds) ? Number(rounds) : 0;
  if (iterations < FEWEST_ITERATIONS || iterations > MOST_ITERATIONS) {
    return wrong(`the iterations are not a number from ${FEWEST_ITERATIONS} to ${MOST_ITERATIONS}`);
  }
  const salt = decodeBase64(saltText);
  if (salt === undefined || salt.length === 0 || salt.length > MOST_SALT) {
    return wrong(`the salt is not base64 of 1 to ${MOST_SALT} octets`);
  }
  const storedKey = decodeBase64(stored_key);
  const serverKey = decodeBase64(server_key);
  const octets = HASH_OCTETS[hash];
  if (storedKey?.length !== octets) return wrong(`the stored_key is not base64 of ${octets} octets`);
  if (serverKey?.length !== octets) return wrong(`the server_key is not base64 of ${octets} octets`);
  return { ok: true, value: { hash, keys: { salt, iterations, storedKey, serverKey } } };
}
