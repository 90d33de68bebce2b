/** Local accounts: only SCRAM keys are held (RFC 5802 §3), never a password. */

/** What a server holds of a password, for one hash. */
export interface ScramKeys {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export interface Account {
  /** Localpart by RFC 7622. */
  readonly username: string;
  /** Undefined where an import brought keys for the other hash only. */
  readonly sha1: ScramKeys | undefined;
  readonly sha256: ScramKeys | undefined;
  /** ms since the epoch. */
  readonly created: number;
  /** When the password was last set, ms since the epoch. */
  readonly changed: number;
}

/** Synchronous by design: one indexed look-up in the embedded database. The command line writes to it while the server runs. */
export interface AccountStore {
  get(domain: string, username: string): Account | undefined;
  /** Adds or replaces all of them in one transaction. */
  put(domain: string, accounts: readonly Account[]): void;
  /** False: there was none. */
  remove(domain: string, username: string): boolean;
  /** Usernames in order, after `after` ("" for the first page), at most `limit`. */
  list(domain: string, after: string, limit: number): readonly string[];
  /** Some account of the domain has no keys for this hash, as after an import. Asked for each connection. */
  lacks(domain: string, hash: "sha1" | "sha256"): boolean;
}
