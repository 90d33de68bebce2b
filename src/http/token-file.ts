/** The token of the HTTP side when the configuration names none: made once, kept in the data folder. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KithError } from "../errors.ts";

export const TOKEN_FILE = "http.token";
/** Opens the page at /admin and nothing else. */
export const ADMIN_TOKEN_FILE = "admin.token";

/** A token nobody can guess. */
export function makeToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The kept token of a data folder, made at the first call: a file that only this user reads.
 * @throws KithError `storage-failed`
 */
export function keptToken(folder: string, file = TOKEN_FILE): { readonly token: string; readonly path: string } {
  const path = join(folder, file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const token = makeToken();
    if (hasCreated(path, token)) return { token, path };
    const kept = readFileSync(path, "utf8").trim();
    if (kept !== "") return { token: kept, path };
    chmodSync(path, 0o600); // it was emptied, or never filled
    writeFileSync(path, `${token}\n`);
    return { token, path };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KithError("storage-failed", `The token of the HTTP side cannot be kept: ${reason}`, { cause });
  }
}

/** False: the file is there already. */
function hasCreated(path: string, token: string): boolean {
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "EEXIST") return false;
    throw error;
  }
}
