/** How often one address may call something: so many times at once, then so many a second. */

import { isLoopback, sourceOf } from "../addresses.ts";
import type { Clock } from "../clock.ts";
import { Lru } from "../lru.ts";
import { Bucket, type Rate } from "../net/bucket.ts";
import type { TrustedProxies } from "./proxy.ts";

/** Addresses that are remembered; the one that was idle longest goes first, and with it nothing when it had refilled. */
const MOST_ADDRESSES = 4096;

export interface AddressRateOptions {
  readonly rate: Rate;
  /** A proxy that names nobody stands for many people, and has no limit. */
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  /** Calls from this machine have none either. Else a proxy that nobody named would take the limit away from everybody. */
  readonly exemptsLoopback?: boolean;
}

export class AddressRate {
  readonly #options: AddressRateOptions;
  /** By source: an IPv4 address or the /64 of an IPv6 one. */
  readonly #buckets = new Lru<Bucket>(MOST_ADDRESSES);

  constructor(options: AddressRateOptions) {
    this.#options = options;
  }

  /** Addresses remembered at this moment. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Counts one call; or says in how many seconds the next may come. */
  take(address: string): { readonly ok: true } | { readonly ok: false; readonly seconds: number } {
    if (this.#isExempt(address)) return { ok: true };
    const { rate, clock } = this.#options;
    const source = sourceOf(address);
    const now = clock.now();
    const bucket = this.#buckets.get(source) ?? new Bucket(rate, now);
    this.#buckets.set(source, bucket);
    const wait = bucket.wait(1, rate, now);
    if (wait >= 1) return { ok: false, seconds: Math.ceil(wait / 1000) };
    bucket.take(1, rate, now);
    return { ok: true };
  }

  /** Of the call that was counted so much is not: it was little work. */
  give(address: string, part: number): void {
    if (!this.#isExempt(address)) this.#buckets.get(sourceOf(address))?.give(part, this.#options.rate);
  }

  #isExempt(address: string): boolean {
    const { proxies, exemptsLoopback = false } = this.#options;
    return proxies.has(address) || (exemptsLoopback && isLoopback(address));
  }
}
