/** App passwords: one for one device, named, listed and revocable. Held is what they are checked by, never the password. */
import { createHash } from "node:crypto";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { ScramKeys } from "./accounts.ts";

export interface AppPassword extends Readonly<Record<ScramHash, ScramKeys>> {
  /** Names it among those of one person. */
  readonly id: string;
  /** Localpart by RFC 7622. */
  readonly username: string;
  /** What the person calls the device. */
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
  /** ms since the epoch, to the minute; undefined: never. */
  readonly lastUsed: number | undefined;
  /**
   * SHA-256 of one that was made here, by which PLAIN finds it: nobody can guess so many bits. Undefined: a person chose
   * it, and it is checked by its keys alone.
   */
  readonly digest: Uint8Array | undefined;
}

/** Synchronous by design, like the accounts. Whoever changes or removes an account ends its app passwords by that. */
export interface AppPasswordStore {
  /** The oldest first. */
  list(domain: string, username: string): readonly AppPassword[];
  has(domain: string, username: string, id: string): boolean;
  /** One look-up by an index. */
  find(domain: string, username: string, digest: Uint8Array): AppPassword | undefined;
  add(domain: string, appPassword: AppPassword): void;
  /** Keeps when it was last used, sooner or later. */
  used(domain: string, username: string, id: string, at: number): void;
  /** False: there was none. */
  remove(domain: string, username: string, id: string): boolean;
}

const PREFIX = "app:";

/** What a session is known by that an app password let in. */
export function credentialOf({ id }: Pick<AppPassword, "id">): string {
  return PREFIX + id;
}

/** Undefined: it is the credential of something else. */
export function idOfCredential(credential: string): string | undefined {
  return credential.startsWith(PREFIX) ? credential.slice(PREFIX.length) : undefined;
}

export function digestOf(password: string): Uint8Array {
  return createHash("sha256").update(password, "utf8").digest();
}
