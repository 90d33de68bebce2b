/**
 * What the engine needs only for minutes: logins that are under way, codes, device codes. All in memory and bounded, so
 * that nobody who is not logged in can make the server write or grow; a restart loses logins that are under way.
 */
import type { Clock } from "../../clock.ts";

/** Octets of one model, about; beyond it the oldest is dropped. */
const MOST_BYTES = 32 * 1024 * 1024;

interface Entry {
  readonly text: string;
  /** ms since the epoch. */
  readonly until: number;
  readonly uid: string | undefined;
  readonly userCode: string | undefined;
  readonly grantId: string | undefined;
}

export type Payload = Readonly<Record<string, unknown>>;

/** One kind of thing of one domain. The oldest is dropped when there are too many. */
export class ShortLived {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #keptOn: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byUid = new Map<string, string>();
  readonly #byUserCode = new Map<string, string>();
  #bytes = 0;

  /** `keptOn`: seconds that a thing is still found after it is over; the engine knows that it is. */
  constructor(clock: Clock, most: number, keptOn = 0) {
    this.#clock = clock;
    this.#most = most;
    this.#keptOn = keptOn * 1000;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** About, of what is held. */
  get octets(): number {
    return this.#bytes;
  }

  /** Other names than ids. */
  get names(): number {
    return this.#byUid.size + this.#byUserCode.size;
  }

  /** `seconds` from now on. */
  put(id: string, payload: Payload, seconds: number): void {
    this.remove(id);
    const { uid, userCode, grantId } = payload;
    const entry: Entry = {
      text: JSON.stringify(payload),
      until: this.#clock.now() + seconds * 1000 + this.#keptOn,
      uid: typeof uid === "string" ? uid : undefined,
      userCode: typeof userCode === "string" ? userCode : undefined,
      grantId: typeof grantId === "string" ? grantId : undefined,
    };
    this.#entries.set(id, entry);
    this.#bytes += entry.text.length;
    if (entry.uid !== undefined) this.#byUid.set(entry.uid, id);
    if (entry.userCode !== undefined) this.#byUserCode.set(entry.userCode, id);
    while (this.#entries.size > this.#most || this.#bytes > MOST_BYTES) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined) return;
      this.remove(oldest);
    }
  }

  get(id: string | undefined): Payload | undefined {
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return undefined;
    if (entry.until > this.#clock.now()) return JSON.parse(entry.text) as Payload;
    this.remove(id);
    return undefined;
  }

  getByUid(uid: string): Payload | undefined {
    return this.get(this.#byUid.get(uid));
  }

  getByUserCode(userCode: string): Payload | undefined {
    return this.get(this.#byUserCode.get(userCode));
  }

  consume(id: string): void {
    const payload = this.get(id);
    const entry = this.#entries.get(id);
    if (payload === undefined || entry === undefined) return;
    const now = this.#clock.now();
    this.put(id, { ...payload, consumed: Math.floor(now / 1000) }, (entry.until - this.#keptOn - now) / 1000);
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bytes -= entry.text.length;
    if (entry.uid !== undefined && this.#byUid.get(entry.uid) === id) this.#byUid.delete(entry.uid);
    if (entry.userCode !== undefined && this.#byUserCode.get(entry.userCode) === id) {
      this.#byUserCode.delete(entry.userCode);
    }
  }

  removeOf(grantId: string): void {
    for (const [id, entry] of [...this.#entries]) if (entry.grantId === grantId) this.remove(id);
  }
}
