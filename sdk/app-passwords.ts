/** Passwords for single devices: people's own chat programs log in with them. */
import { type Call, type CallOptions, segment } from "./call.ts";
import { KithApiError } from "./errors.ts";
import type { AppPassword, NewAppPassword } from "./types.ts";

export interface AppPasswords {
  /**
   * Makes a password for one device of this person; `name` is what the person calls it. Show it: it is told this once.
   * The person need not have a local account.
   */
  create(user: string, name: string, options?: CallOptions): Promise<NewAppPassword>;
  /** The oldest first, without the passwords. */
  list(user: string, options?: CallOptions): Promise<readonly AppPassword[]>;
  /** Takes one back; the device is signed out at once. False: there was none. */
  remove(user: string, id: string, options?: CallOptions): Promise<boolean>;
  /** Takes all of this person back, for who leaves; tells how many there were. */
  removeAll(user: string, options?: CallOptions): Promise<number>;
}

const PATH = "kith/app-passwords";

export function appPasswordsBy(ask: <T>(request: Call) => Promise<T>): AppPasswords {
  const whose = (user: string): NonNullable<Call["query"]> => [["user", user]];
  return {
    create: (user, name, options = {}) => ask({ ...options, method: "POST", path: PATH, body: { user, name } }),
    async list(user, options = {}) {
      const answer = await ask<{ passwords: readonly AppPassword[] }>({
        ...options,
        method: "GET",
        path: PATH,
        query: whose(user),
      });
      return answer.passwords;
    },
    async remove(user, id, options = {}) {
      try {
        const path = `${PATH}/${segment(id)}`;
        await ask({ ...options, method: "DELETE", path, query: whose(user) });
        return true;
      } catch (error) {
        if (error instanceof KithApiError && error.status === 404) return false;
        throw error;
      }
    },
    async removeAll(user, options = {}) {
      const answer = await ask<{ removed: number }>({ ...options, method: "DELETE", path: PATH, query: whose(user) });
      return answer.removed;
    },
  };
}
