/** The token of the HTTP side when the configuration names none: made once, kept in the data folder. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const TOKEN_FILE = "http.token";

/** A token nobody can guess. */
export function makeToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The kept token of a data folder, made at the first call: a file that only this user reads. */
export function keptToken(folder: string): { readonly token: string; readonly path: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, TOKEN_FILE);
  try {
    const token = makeToken();
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
    return { token, path };
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "EEXIST") {
      return { token: readFileSync(path, "utf8").trim(), path };
    }
    throw error;
  }
}
