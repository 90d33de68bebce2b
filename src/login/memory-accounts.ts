/** Accounts that last as long as the process: for tests and `storage: "memory"`. */
import type { Account, AccountStore } from "./accounts.ts";

/** `forget` is called for everybody whose account is put or removed. */
export function createMemoryAccounts(
  forget: (domain: string, username: string) => void = () => undefined,
): AccountStore {
  const domains = new Map<string, Map<string, Account>>();
  return {
    get: (domain, username) => domains.get(domain)?.get(username),
    put(domain, accounts) {
      let known = domains.get(domain);
      if (known === undefined) {
        known = new Map();
        domains.set(domain, known);
      }
      for (const account of accounts) {
        known.set(account.username, account);
        forget(domain, account.username);
      }
    },
    remove(domain, username) {
      forget(domain, username);
      return domains.get(domain)?.delete(username) ?? false;
    },
    list(domain, after, limit) {
      const names = [...(domains.get(domain)?.keys() ?? [])].filter((name) => name > after);
      return names.sort().slice(0, limit);
    },
    lacks: (domain, hash) =>
      domains
        .get(domain)
        ?.values()
        .some((account) => account[hash] === undefined) ?? false,
  };
}
