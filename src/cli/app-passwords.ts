/** App passwords as the commands change them: through the running server, or in the database when none runs. */
import { systemClock } from "../clock.ts";
import { formatDateTime } from "../contacts/rfc3339.ts";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { NAME_EXPECTED } from "../login/app-password-text.ts";
import { type AppPasswords, createAppPasswords, MOST_APP_PASSWORDS } from "../login/app-passwords.ts";
import { UNKNOWN_USERS } from "../login/fake-keys.ts";
import { createHasher } from "../login/hasher.ts";
import { openStorage } from "../storage/storage.ts";
import { type Answer, findConnection, member, type Running, reasonOf } from "./call.ts";
import type { Io } from "./command.ts";
import type { Target } from "./settings.ts";
import type { Person } from "./who.ts";

export interface Listed {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly lastUsed: string | null;
}

/** Functions throw a KithError, or give in words why not. */
export interface AppPasswordDesk {
  /** Undefined: no configuration and no running server says which are served. */
  readonly domains: readonly string[] | undefined;
  create(person: Person, name: string): Promise<{ readonly password: string } | { readonly problem: string }>;
  list(person: Person): Promise<readonly Listed[]>;
  /** False: there was none. */
  remove(person: Person, id: string): Promise<boolean>;
  close(): void;
}

/** @throws KithError */
export async function openAppPasswords(target: Target, io: Io): Promise<AppPasswordDesk> {
  const running = await findConnection(target);
  if (running?.hasHttp === true) return deskOfServer(running);
  if (target.storage.kind === "memory") {
    throw new KithError(
      "not-running",
      'With storage "memory" app passwords live in the running server, and none runs here.',
    );
  }
  if (running !== undefined) io.err("The server runs without HTTP: who is signed in by a password stays so.");
  const storage = openStorage(target.storage, { clock: systemClock, log: silentLog });
  const appPasswords = createAppPasswords({
    store: storage.appPasswords,
    accounts: storage.accounts,
    serverSecret: storage.secrets.get(UNKNOWN_USERS),
    hasher: createHasher(),
    clock: systemClock,
    log: silentLog,
    // Nobody is signed in here; devices that came by it would come again.
    ended: (domain, username, credential) => void storage.devices.removeOf(domain, username, credential),
  });
  return deskOfStore(appPasswords, target.domains, () => void storage.close());
}

function deskOfStore(
  appPasswords: AppPasswords,
  domains: AppPasswordDesk["domains"],
  close: () => void,
): AppPasswordDesk {
  return {
    domains,
    close,
    async create({ domain, username }, name) {
      const made = await appPasswords.create({ domain, username, name });
      if (made.ok) return { password: made.password };
      if (made.reason === "name") return { problem: `the name has to be ${NAME_EXPECTED}` };
      if (made.reason === "many") return { problem: `there are ${MOST_APP_PASSWORDS} already: take one back first` };
      return { problem: "the account was changed meanwhile: try again" };
    },
    list: async ({ domain, username }) =>
      appPasswords.list(domain, username).map(({ id, name, created, lastUsed }) => ({
        id,
        name,
        created: formatDateTime(created),
        lastUsed: lastUsed === undefined ? null : formatDateTime(lastUsed),
      })),
    remove: async ({ domain, username }, id) => appPasswords.revoke(domain, username, id),
  };
}

const PATH = "/kith/app-passwords";

function deskOfServer(running: Running): AppPasswordDesk {
  const whose = ({ username, domain }: Person): string => String(new URLSearchParams({ user: username, domain }));
  return {
    domains: running.domains,
    close: () => undefined,
    async create({ username, domain }, name) {
      const query = new URLSearchParams({ domain });
      const answer = await running.call("POST", `${PATH}?${query}`, { user: username, name });
      const password = member(answer.json, "password");
      return typeof password === "string" ? { password } : { problem: reasonOf(answer) };
    },
    async list(person) {
      const answer = await running.call("GET", `${PATH}?${whose(person)}`);
      const passwords = member(answer.json, "passwords");
      if (!Array.isArray(passwords)) throw refused(answer);
      return passwords as readonly Listed[];
    },
    async remove(person, id) {
      const answer = await running.call("DELETE", `${PATH}/${encodeURIComponent(id)}?${whose(person)}`);
      if (answer.status !== 200 && answer.status !== 404) throw refused(answer);
      return answer.status === 200;
    },
  };
}

function refused(answer: Answer): KithError {
  return new KithError("not-running", `The server refused: ${reasonOf(answer)}`);
}
