/** App passwords made, listed and taken back: all that HTTP, the command line and pages for people need of them. */
import { createSecretKey } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { preparePassword } from "../xmpp/sasl/password.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { AccountStore, ScramKeys } from "./accounts.ts";
import { type AppPassword, type AppPasswordStore, credentialOf, digestOf } from "./app-password.ts";
import { makeId, makePassword, readDeviceName } from "./app-password-text.ts";
import { challengeOf } from "./challenge.ts";
import type { Hasher } from "./hasher.ts";
import { deriveKeys } from "./password.ts";

/** One person's; more of them than devices of one person. */
export const MOST_APP_PASSWORDS = 50;
/** UTF-16 units of one that a person chose. */
export const SHORTEST_CHOSEN = 8;

export interface NewAppPassword {
  /** Prepared. */
  readonly domain: string;
  /** Localpart, prepared. */
  readonly username: string;
  /** As typed. */
  readonly name: string;
  /** As the person typed it; absent: one is made here. */
  readonly chosen?: string;
}

/**
 * `name`: not as NAME_EXPECTED says. `weak`: what was chosen is too short, or holds what no password may (RFC 8265 §4.2).
 * `many`: there are MOST_APP_PASSWORDS already. `busy`: too many derivations wait, or the account was changed meanwhile.
 */
export type Refused = "off" | "name" | "weak" | "many" | "busy";

export type MadeAppPassword =
  | { readonly ok: true; readonly appPassword: AppPassword; readonly password: string }
  | { readonly ok: false; readonly reason: Refused };

export interface AppPasswords {
  /** The person need not have a local account. The password is in the answer and nowhere else. */
  create(wanted: NewAppPassword): Promise<MadeAppPassword>;
  /** Why this person can have no further one now; undefined: nothing stands in the way. */
  obstacle(domain: string, username: string): "off" | "many" | undefined;
  /** The oldest first. */
  list(domain: string, username: string): readonly AppPassword[];
  /** The sessions that it let in end at once. False: there was none. */
  revoke(domain: string, username: string, id: string): boolean;
}

export interface AppPasswordsOptions {
  readonly store: AppPasswordStore;
  readonly accounts: AccountStore;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly log: Log;
  /** That of the authenticators. */
  readonly serverSecret: Uint8Array;
  /** Domains whose configuration lets app passwords in; undefined: all. */
  readonly domains?: ReadonlySet<string>;
  /** Ends all that a credential let in. */
  readonly ended: (domain: string, username: string, credential: string, text: string) => void;
}

export function createAppPasswords(options: AppPasswordsOptions): AppPasswords {
  const { store, log } = options;
  return {
    list: store.list,
    obstacle: (domain, username) => obstacleOf(options, domain, username),
    async create(wanted) {
      const { domain, username } = wanted;
      const made = await make(options, wanted);
      if (made.ok) log.info("app password made", { domain, user: username, id: made.appPassword.id });
      return made;
    },
    revoke(domain, username, id) {
      const wasThere = store.remove(domain, username, id);
      // Also where it is gone already: a command may have removed it while this server ran.
      options.ended(domain, username, credentialOf({ id }), "This device's password was taken back.");
      if (wasThere) log.info("app password taken back", { domain, user: username, id });
      return wasThere;
    },
  };
}

async function make(options: AppPasswordsOptions, wanted: NewAppPassword): Promise<MadeAppPassword> {
  const { store, accounts, hasher, clock } = options;
  const serverSecret = createSecretKey(options.serverSecret);
  const { domain, username, chosen } = wanted;
  const obstacle = obstacleOf(options, domain, username);
  if (obstacle !== undefined) return refused(obstacle);
  const name = readDeviceName(wanted.name);
  if (name === undefined) return refused("name");
  const password = preparePassword(chosen ?? makePassword());
  if (password === undefined || password.length < SHORTEST_CHOSEN) return refused("weak");
  const before = accounts.get(domain, username);
  const others = store.list(domain, username);
  const derive = async (hash: ScramHash): Promise<ScramKeys | undefined> => {
    const { keys } = challengeOf({ account: before, others, serverSecret, domain, username, hash });
    const { salt, iterations } = keys;
    return deriveKeys(hasher, hash, password, salt, iterations);
  };
  const [sha1, sha256] = await Promise.all([derive("sha1"), derive("sha256")]);
  // What was derived is for the salt that was read above.
  const isSame = accounts.get(domain, username)?.changed === before?.changed;
  if (sha1 === undefined || sha256 === undefined || !isSame) return refused("busy");
  const later = obstacleOf(options, domain, username);
  if (later !== undefined) return refused(later);
  const digest = chosen === undefined ? digestOf(password) : undefined;
  const created = clock.now();
  const appPassword: AppPassword = { id: makeId(), username, name, created, lastUsed: undefined, digest, sha1, sha256 };
  store.add(domain, appPassword);
  return { ok: true, appPassword, password };
}

function obstacleOf(
  { store, domains }: AppPasswordsOptions,
  domain: string,
  username: string,
): "off" | "many" | undefined {
  if (domains?.has(domain) === false) return "off";
  return store.list(domain, username).length >= MOST_APP_PASSWORDS ? "many" : undefined;
}

function refused(reason: Refused): MadeAppPassword {
  return { ok: false, reason };
}
