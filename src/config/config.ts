/** A configuration that was read, checked and filled with defaults. */
import type { ContactsFunction } from "../contacts/source.ts";
import type { DomainSettings, ServerSettings } from "./schema.ts";

export type StorageChoice = { readonly kind: "memory" } | { readonly kind: "sqlite"; readonly path: string };

export interface DomainConfig extends DomainSettings {
  /** By RFC 7622, lower case. */
  readonly domain: string;
  /** Undefined: `contacts.url` is set. */
  readonly contactsFunction: ContactsFunction | undefined;
}

export interface Config extends Omit<ServerSettings, "storage"> {
  readonly domains: readonly [DomainConfig, ...DomainConfig[]];
  readonly storage: StorageChoice;
  /** The folder of the SQLite file; undefined with `"memory"`: nothing is written. */
  readonly dataFolder: string | undefined;
}
