/** App passwords that last as long as the process: for tests and `storage: "memory"`. */
import { isSameSecret } from "../xmpp/sasl/scram-keys.ts";
import type { AppPassword, AppPasswordStore } from "./app-password.ts";

export function createMemoryAppPasswords(): AppPasswordStore {
  const people = new Map<string, Map<string, AppPassword>>();
  const of = (domain: string, username: string) => people.get(`${username}@${domain}`);
  return {
    list: (domain, username) => [...(of(domain, username)?.values() ?? [])],
    has: (domain, username, id) => of(domain, username)?.has(id) ?? false,
    find: (domain, username, digest) =>
      of(domain, username)
        ?.values()
        .find((one) => one.digest !== undefined && isSameSecret(one.digest, digest)),
    add(domain, appPassword) {
      const key = `${appPassword.username}@${domain}`;
      const known = people.get(key) ?? new Map<string, AppPassword>();
      people.set(key, known.set(appPassword.id, appPassword));
    },
    used(domain, username, id, at) {
      const known = of(domain, username);
      const one = known?.get(id);
      if (one !== undefined) known?.set(id, { ...one, lastUsed: at });
    },
    remove(domain, username, id) {
      const known = of(domain, username);
      const wasThere = known?.delete(id) ?? false;
      if (known?.size === 0) people.delete(`${username}@${domain}`);
      return wasThere;
    },
  };
}
