/** Accounts as the commands change them: through the running server, or in the database when none runs. */
import { systemClock } from "../clock.ts";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import type { Account, AccountStore, ScramKeys } from "../login/accounts.ts";
import { openStorage } from "../storage/storage.ts";
import { findConnection, member, type Running, reasonOf } from "./call.ts";
import type { Io } from "./command.ts";
import type { Target } from "./settings.ts";

export interface Accounts {
  /** Undefined: no configuration and no running server says which are served. */
  readonly domains: readonly string[] | undefined;
  has(domain: string, username: string): Promise<boolean>;
  put(domain: string, accounts: readonly Account[]): Promise<void>;
  /** False: there was none. */
  remove(domain: string, username: string): Promise<boolean>;
  /** All usernames in order. */
  list(domain: string): AsyncIterable<string>;
  close(): void;
}

/** Accounts in one request to the server, and usernames in one answer. */
const BATCH = 500;

/** @throws KithError */
export async function openAccounts(target: Target, io: Io): Promise<Accounts> {
  const running = await findConnection(target);
  if (running?.hasHttp === true) return accountsOfServer(running);
  if (target.storage.kind === "memory") {
    throw new KithError(
      "not-running",
      'With storage "memory" accounts live in the running server, and none runs here.',
    );
  }
  if (running !== undefined)
    io.err("The server runs without HTTP: who is signed in stays so until they sign in again.");
  const storage = openStorage(target.storage, { clock: systemClock, log: silentLog });
  return accountsOfStore(storage.accounts, target.domains, () => void storage.close());
}

function accountsOfStore(store: AccountStore, domains: Accounts["domains"], close: () => void): Accounts {
  return {
    domains,
    close,
    has: async (domain, username) => store.get(domain, username) !== undefined,
    put: async (domain, accounts) =>
      store.put(
        domain,
        accounts.map((account) => keepAge(store, domain, account)),
      ),
    remove: async (domain, username) => store.remove(domain, username),
    list: (domain) => pages(async (after) => store.list(domain, after, BATCH)),
  };
}

function keepAge(store: AccountStore, domain: string, account: Account): Account {
  return { ...account, created: store.get(domain, account.username)?.created ?? account.created };
}

function accountsOfServer(running: Running): Accounts {
  const ask = async (body: unknown): Promise<unknown> => {
    const answer = await running.call("POST", "/kith/accounts", body);
    if (answer.status === 200) return answer.json;
    throw new KithError("not-running", `The server refused: ${reasonOf(answer)}`);
  };
  return {
    domains: running.domains,
    close: () => undefined,
    has: async (domain, username) => member(await ask({ action: "get", domain, username }), "created") !== null,
    async put(domain, accounts) {
      for (let at = 0; at < accounts.length; at += BATCH) {
        await ask({ action: "put", domain, accounts: accounts.slice(at, at + BATCH).map(inBase64) });
      }
    },
    remove: async (domain, username) => member(await ask({ action: "remove", domain, username }), "ok") === true,
    list: (domain) =>
      pages(async (after) => {
        const names = member(await ask({ action: "list", domain, after, limit: BATCH }), "usernames");
        return Array.isArray(names) ? names.map(String) : [];
      }),
  };
}

async function* pages(page: (after: string) => Promise<readonly string[]>): AsyncGenerator<string> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const names = await page(after);
    yield* names;
    after = names.at(-1);
  }
}

function inBase64(account: Account): unknown {
  return { ...account, sha1: textOfKeys(account.sha1), sha256: textOfKeys(account.sha256) };
}

function textOfKeys(keys: ScramKeys | undefined): unknown {
  if (keys === undefined) return undefined;
  const text = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
  return { ...keys, salt: text(keys.salt), storedKey: text(keys.storedKey), serverKey: text(keys.serverKey) };
}
