/** Contract §4, `POST /roster_admin/refresh`: from the names to the counts, between HTTP and the cache. */
import { prepareLocalpart } from "../xmpp/jid/localpart.ts";
import type { Contacts, RefreshResult } from "./contacts.ts";
import { SplitMap } from "./split-map.ts";

/** The members that the origin answers with (A11), and for who asks one result for each user. */
export interface RefreshAnswer {
  readonly status: "ok" | "error";
  readonly message: string;
  readonly updated: number;
  readonly errors: number;
  readonly results?: Readonly<Record<string, UserResult>>;
}

/** With `online`: the sessions of this user. */
type UserResult = RefreshResult & { readonly online: number };

export type NamesReading =
  | { readonly ok: true; readonly usernames: readonly string[] }
  /** `message` says where. */
  | { readonly ok: false; readonly message: string };

export interface RefreshOptions {
  readonly results?: boolean;
  readonly dryRun?: boolean;
  /** How many sessions somebody has. */
  readonly online: (username: string) => number;
  readonly yieldNow: () => Promise<void>;
}

/** Names looked at before others get their turn. */
const SLICE = 2500;
const COMPLETE = "roster update complete";

/** Names of users, prepared, each once (G19). `where` stands before the position in messages, for example `users`. */
export async function readUsernames(value: unknown, yieldNow: () => Promise<void>, where = ""): Promise<NamesReading> {
  if (!Array.isArray(value)) {
    return { ok: false, message: `${where === "" ? "the body" : where} must be a JSON array of usernames` };
  }
  const seen = new SplitMap<true>(value.length);
  const usernames: string[] = [];
  for (const [index, name] of value.entries()) {
    if (typeof name !== "string") return { ok: false, message: `${where}[${index}] is not a string` };
    const username = prepareLocalpart(name);
    if (username === undefined) {
      return { ok: false, message: `${where}[${index}] is not a username (the localpart of a JID, RFC 7622 §3.3)` };
    }
    const before = seen.size;
    if (seen.set(username, true).size > before) usernames.push(username);
    if (index % SLICE === SLICE - 1) await yieldNow();
  }
  return { ok: true, usernames };
}

/** Renews the lists of all who are online, marks those of the others old, and counts. */
export async function refreshContacts(
  contacts: Contacts,
  usernames: readonly string[],
  options: RefreshOptions,
): Promise<RefreshAnswer> {
  const results = await contacts.refreshMany(usernames, { dryRun: options.dryRun === true });
  let errors = 0;
  let first: string | undefined;
  let count = 0;
  for (const [username, result] of results) {
    if (++count % SLICE === 0) await options.yieldNow();
    if (result.status === "ok") continue;
    errors++;
    first ??= `${username}: ${result.message}`;
  }
  const updated = results.size - errors;
  const allFailed = errors > 0 && updated === 0;
  return {
    status: allFailed ? "error" : "ok",
    message: allFailed ? `no roster was updated; ${first}` : COMPLETE,
    updated,
    errors,
    ...(options.results === true ? { results: await userResults(usernames, results, options) } : {}),
  };
}

async function userResults(
  usernames: readonly string[],
  results: ReadonlyMap<string, RefreshResult>,
  { online, yieldNow }: RefreshOptions,
): Promise<Record<string, UserResult>> {
  const named: Record<string, UserResult> = Object.create(null); // a user may be called __proto__
  let count = 0;
  for (const username of usernames) {
    const result = results.get(username);
    if (result !== undefined) named[username] = withOnline(result, online(username));
    if (++count % SLICE === 0) await yieldNow();
  }
  return named;
}

function withOnline(result: RefreshResult, online: number): UserResult {
  if (result.status === "error") return { ...result, online };
  const { problems, ...rest } = result;
  return { ...rest, online, problems };
}
