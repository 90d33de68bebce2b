/** RFC 7517: the public keys of an issuer, fetched when they are needed and kept; a key that is known costs no network. */
import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type JWTHeaderParameters } from "jose";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";

export interface KeySetOptions {
  /** Reads the whole set, parsed, within its own deadline and size. Rejects when it cannot. */
  readonly load: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms from one load to the next that an unknown key causes. */
const COOL_DOWN = 30_000;
/** ms from a load that failed to the next. */
const RETRY_AFTER = 5000;
/** ms after which the set is loaded again beside the next check. */
const REFRESH_AFTER = 600_000;
/** ms after which keys that could not be loaded again are not trusted any more. */
const TRUSTED_FOR = 86_400_000;

/** The issuer's keys cannot be had now. */
export class KeysUnavailable extends Error {
  constructor() {
    super("the keys of the issuer cannot be fetched");
    this.name = "KeysUnavailable";
  }
}

type Resolve = (header: JWTHeaderParameters) => Promise<CryptoKey>;

export class KeySet {
  readonly #options: KeySetOptions;
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #loadedAt = 0;
  #mayLoadAt = 0;
  /** All who wait share one load. */
  #loading: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** The key for a token's header. @throws KeysUnavailable, or jose's errors when no key or several fit */
  readonly resolve: Resolve = async (header) => {
    const now = this.#options.clock.now();
    if (this.#keys === undefined || now - this.#loadedAt > TRUSTED_FOR) await this.#load();
    else if (now - this.#loadedAt > REFRESH_AFTER) void this.#load();
    try {
      return await this.#current()(header);
    } catch (error) {
      // A new key: the issuer has changed its keys since.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayLoad()) throw error;
      await this.#load();
      return this.#current()(header);
    }
  };

  #current(): ReturnType<typeof createLocalJWKSet> {
    const isTrusted = this.#options.clock.now() - this.#loadedAt <= TRUSTED_FOR;
    if (this.#keys === undefined || !isTrusted) throw new KeysUnavailable();
    return this.#keys;
  }

  #mayLoad(): boolean {
    return this.#loading !== undefined || this.#options.clock.now() >= this.#mayLoadAt;
  }

  /** Nothing happens while it cools down. Never rejects. */
  async #load(): Promise<void> {
    if (!this.#mayLoad()) return;
    this.#loading ??= this.#loadNow();
    await this.#loading;
  }

  async #loadNow(): Promise<void> {
    const { load, clock, log } = this.#options;
    try {
      this.#keys = createLocalJWKSet((await load()) as JSONWebKeySet); // which checks what it gets
      this.#loadedAt = clock.now();
      this.#mayLoadAt = clock.now() + COOL_DOWN;
    } catch (error) {
      this.#mayLoadAt = clock.now() + RETRY_AFTER;
      log.warn("the keys for login tokens could not be loaded", { reason: reasonOf(error) });
    } finally {
      this.#loading = undefined;
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
