/** One account as mod_auth_internal_hashed and mod_auth_internal_plain keep it. */
import type { ScramKeys } from "../../login/accounts.ts";
import { readKeys, readPassword } from "../../login/import-row.ts";
import type { ScramHash } from "../../xmpp/sasl/scram-keys.ts";
import { readLua } from "./lua-reader.ts";
import { LuaTable, type LuaValue, textOf } from "./lua-value.ts";

export type StoredAccount =
  | { readonly kind: "keys"; readonly hash: ScramHash; readonly keys: ScramKeys; readonly created: number | undefined }
  | { readonly kind: "password"; readonly password: string; readonly created: number | undefined }
  /** Prosody 13 and later: the person may not log in. */
  | { readonly kind: "disabled" }
  /** In words, which never hold a secret. */
  | { readonly kind: "problem"; readonly text: string };

/** mod_auth_internal_hashed writes keys in hex: the length says of which hash. */
const MECHANISMS: Readonly<Record<number, string>> = { 40: "SCRAM-SHA-1", 64: "SCRAM-SHA-256" };

/** `source`: the file's octets, one character each. Never throws. */
export function readAccountFile(source: string): StoredAccount {
  const { statements, problems } = readLua(source);
  const [table] = statements.find((statement) => statement.kind === "return")?.values ?? [];
  if (!(table instanceof LuaTable)) {
    return problem(problems[0] === undefined ? "no account is in it" : `line ${problems[0].line}: ${problems[0].text}`);
  }
  if (table.get("disabled") === true) return { kind: "disabled" };
  const seconds = table.get("created");
  const created = typeof seconds === "number" && seconds > 0 ? Math.round(seconds * 1000) : undefined;
  const password = table.get("password");
  if (typeof password === "string" && password !== "") return passwordOf(textOf(password), created);
  return keysOf(table, created);
}

function passwordOf(text: string, created: number | undefined): StoredAccount {
  const password = readPassword(text);
  return password.ok ? { kind: "password", password: password.value, created } : problem(password.problem);
}

function keysOf(table: LuaTable, created: number | undefined): StoredAccount {
  const storedKey = asHex(table.get("stored_key"));
  const serverKey = asHex(table.get("server_key"));
  const salt = table.get("salt");
  const iterations = table.get("iteration_count");
  if (storedKey === undefined && serverKey === undefined) return problem("it has no password");
  if (
    storedKey === undefined ||
    serverKey === undefined ||
    typeof salt !== "string" ||
    typeof iterations !== "number"
  ) {
    return problem("its keys are not whole");
  }
  const row = readKeys({
    mechanism: MECHANISMS[storedKey.length] ?? "",
    iterations: String(iterations),
    // Prosody takes the text of the salt, not what it might stand for, as its octets.
    salt: Buffer.from(salt, "latin1").toString("base64"),
    stored_key: Buffer.from(storedKey, "hex").toString("base64"),
    server_key: Buffer.from(serverKey, "hex").toString("base64"),
  });
  return row.ok ? { kind: "keys", ...row.value, created } : problem(row.problem);
}

function asHex(value: LuaValue): string | undefined {
  return typeof value === "string" && /^(?:[0-9A-Fa-f]{2})+$/.test(value) ? value : undefined;
}

function problem(text: string): StoredAccount {
  return { kind: "problem", text };
}
