/** Local accounts as an embedding program changes them. */
import type { Clock } from "./clock.ts";
import type { AccountStore } from "./login/accounts.ts";
import type { DeviceLinks } from "./login/device-links.ts";
import type { Hasher } from "./login/hasher.ts";
import { setPassword } from "./login/password.ts";
import type { SessionHost } from "./sessions/host.ts";
import { parseJid } from "./xmpp/jid/jid.ts";

/** Addresses are bare JIDs of a domain that is served; others throw a RangeError, as does a password that cannot be one. */
export interface Users {
  /** Adds an account, or gives it a new password: then the person's sessions end. */
  add(jid: string, password: string): Promise<void>;
  /** The person's sessions end. False: there was no such account. */
  remove(jid: string): Promise<boolean>;
  has(jid: string): boolean;
}

/** The same store; whoever is changed or removed is signed out, and links for devices are good for nothing. */
export function kicking(accounts: AccountStore, sessions: SessionHost, links: DeviceLinks): AccountStore {
  const end = (domain: string, username: string, text: string): void => {
    links.revokeAll(domain, username);
    sessions.kick(`${username}@${domain}`, text);
  };
  return {
    get: (domain, username) => accounts.get(domain, username),
    list: (domain, after, limit) => accounts.list(domain, after, limit),
    lacks: (domain, hash) => accounts.lacks(domain, hash),
    put(domain, changed) {
      accounts.put(domain, changed);
      for (const { username } of changed) end(domain, username, "The password was changed.");
    },
    remove(domain, username) {
      const wasThere = accounts.remove(domain, username);
      end(domain, username, "The account was removed.");
      return wasThere;
    },
  };
}

export function createUsers(accounts: AccountStore, hasher: Hasher, clock: Clock, domains: readonly string[]): Users {
  const read = (text: string): { readonly username: string; readonly domain: string } => {
    const jid = parseJid(text);
    if (jid === undefined || jid.local === "" || jid.resource !== "" || !domains.includes(jid.domain)) {
      throw new RangeError(`${JSON.stringify(text)} is no address of ${domains.join(" or ")}`);
    }
    return { username: jid.local, domain: jid.domain };
  };
  return {
    async add(jid, password) {
      const failed = await setPassword(accounts, hasher, { ...read(jid), password, now: clock.now() });
      if (failed === "password")
        throw new RangeError("the password is empty or holds what no password may (RFC 8265 §4.2)");
      if (failed === "busy") throw new Error("too many passwords are being hashed: try again");
    },
    async remove(jid) {
      const { domain, username } = read(jid);
      return accounts.remove(domain, username);
    },
    has(jid) {
      const { domain, username } = read(jid);
      return accounts.get(domain, username) !== undefined;
    },
  };
}
