/** Devices that may come back without a password: each holds a token of its own (XEP-0484). */

/** One token. Kept as it is: whoever checks a hashed token needs it, as draft-schmaus-kitten-sasl-ht-09 has it. */
export interface DeviceToken {
  /** The only one by which it lets in. XEP-0484 §3.4 */
  readonly mechanism: string;
  readonly secret: string;
  /** ms since the epoch. */
  readonly issued: number;
  /** From then on it is good for nothing; ms since the epoch. */
  readonly expires: number;
  /** The highest count that it was used with, -1 before. */
  readonly count: number;
}

export interface Device {
  /** Of the user agent: a UUID, unique for one person. */
  readonly id: string;
  /** For people, as the client says it: "Conversations · Pixel 8". */
  readonly name: string;
  /** When it got its first token, and when it was last let in; ms since the epoch. */
  readonly created: number;
  readonly lastUsed: number;
  /** What let it in when it asked for a token, where that can be taken back by itself. It ends with that. */
  readonly credential: string | undefined;
  /** The person had a local account then: it ends with that, and with each change of the password. */
  readonly isLocal: boolean;
  /** When it last proved more than a token; ms since the epoch. */
  readonly proved: number;
  /** XEP-0484 §5.1: the token that was used last, and a newer one that was not used yet. At least one is there. */
  readonly current: DeviceToken | undefined;
  readonly next: DeviceToken | undefined;
}

/** Synchronous, as the accounts are. `domain` and `username` are prepared. */
export interface DeviceStore {
  /** Those that can still come back, the last used first. */
  list(domain: string, username: string): readonly Device[];
  /** Also one whose tokens have expired, for a while. */
  get(domain: string, username: string, id: string): Device | undefined;
  put(domain: string, username: string, device: Device): void;
  /** False: there was none. */
  remove(domain: string, username: string, id: string): boolean;
  /** All that came by this credential; the ids of those that there were. */
  removeOf(domain: string, username: string, credential: string): readonly string[];
  removeAll(domain: string, username: string): void;
}

/** When the last of its tokens expires, ms since the epoch. */
export function endOf({ current, next }: Device): number {
  return Math.max(current?.expires ?? 0, next?.expires ?? 0);
}
