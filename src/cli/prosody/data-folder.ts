/** Prosody's internal storage: `DIR/example%2ecom/accounts/john.dat` (`util/datamanager.lua`). */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KithError } from "../../errors.ts";

export interface DataFile {
  /** The localpart, as Prosody had it. */
  readonly username: string;
  readonly path: string;
}

/** Octets; an account has a few hundred. */
const MOST_OCTETS = 65_536;

/** A name as it is part of a path: all octets but ASCII letters and digits as `%2e`. */
export function encodeName(name: string): string {
  return Buffer.from(name, "utf8")
    .toString("latin1")
    .replace(/[^A-Za-z0-9]/g, (octet) => `%${octet.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

export function decodeName(name: string): string {
  const octets = name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, "latin1").toString("utf8");
}

/** The files of a host's accounts, in order; none when there is no such folder. */
export function accountFiles(folder: string, host: string): readonly DataFile[] {
  const accounts = join(folder, encodeName(host), "accounts");
  return namesIn(accounts)
    .filter((name) => name.endsWith(".dat"))
    .map((name) => ({ username: decodeName(name.slice(0, -".dat".length)), path: join(accounts, name) }));
}

/** Hosts that have accounts here. */
export function hostsIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => namesIn(join(folder, name, "accounts")).some((file) => file.endsWith(".dat")))
    .map(decodeName);
}

/** What a host has besides accounts, like `roster`, `pep` or `offline`. */
export function otherStores(folder: string, host: string): readonly string[] {
  const own = join(folder, encodeName(host));
  return namesIn(own).filter((name) => name !== "accounts" && namesIn(join(own, name)).length > 0);
}

/** Octets, one character each; undefined: it cannot be read, or is too large for an account. */
export function readData(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readOctets(path, MOST_OCTETS) : undefined;
}

/** Octets, one character each; undefined: it cannot be read, or is larger. */
export function readOctets(path: string, most: number): string | undefined {
  try {
    return statSync(path).size <= most ? readFileSync(path, "latin1") : undefined;
  } catch {
    return undefined; // whoever asked says so, with the path
  }
}

/** In order; none when there is no such folder. @throws KithError `storage-failed` when it may not be read */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    const code = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new KithError("storage-failed", `${folder} cannot be read (${code}).`, { cause });
  }
}
