/**
 * What the application holds true: everybody's contacts, and how much of it Kith has been told. Each change of a list has
 * a number; a call that Kith answered says up to which one a list is in force there.
 */
import { DOMAIN } from "../../bench/load/client.ts";
import { describe } from "../support/view.ts";

export type Subscription = "both" | "to" | "from" | "none";

export interface Contact {
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly subscription?: Subscription;
  /** RFC 3339. */
  readonly until?: string;
}

export type Direction = "to" | "from";

/** From the answer to a call until all it says has arrived at a client, ms; `until` has a second of its own. */
const ON_THE_WAY = 4000;
const UNTIL_LATE = 1000;

export function jidOf(username: string): string {
  return `${username}@${DOMAIN}`;
}

export function usernameOf(jid: string): string {
  return jid.slice(0, jid.indexOf("@"));
}

/** One person's list. */
export class Truth {
  readonly username: string;
  readonly #contacts = new Map<string, { readonly contact: Contact; readonly change: number }>();
  /** When somebody went, by the number of the change. */
  readonly #gone = new Map<string, number>();
  /** Number of the last change. */
  change = 0;
  /** Kith has answered that it knows of this one: it holds it, or has marked its copy old. */
  told = 0;
  /** Kith has answered that its list, in force, is at least this one. */
  inForce = 0;
  /** What was answered lately, oldest first. */
  readonly #answered: { readonly change: number; readonly at: number }[] = [];
  #arrived = 0;

  constructor(username: string) {
    this.username = username;
  }

  get isTold(): boolean {
    return this.told === this.change;
  }

  get(jid: string): Contact | undefined {
    const contact = this.#contacts.get(jid)?.contact;
    return contact === undefined || isOver(contact, Date.now()) ? undefined : contact;
  }

  /** Contacts that have not ended. */
  entries(): [string, Contact][] {
    const now = Date.now();
    const all = [...this.#contacts].map(([jid, { contact }]): [string, Contact] => [jid, contact]);
    return all.filter(([, contact]) => !isOver(contact, now));
  }

  /** As the application serves it. */
  toJson(): Record<string, Contact> {
    return Object.fromEntries(this.entries());
  }

  /** As clients should see it. */
  described(): Map<string, string> {
    return new Map(
      this.entries().map(([jid, { name, subscription, groups }]) => [jid, describe(name, subscription, groups ?? [])]),
    );
  }

  /** One change of any number of contacts; undefined: gone. */
  set(changes: readonly (readonly [string, Contact | undefined])[]): void {
    this.change++;
    for (const [jid, contact] of changes) {
      if (contact !== undefined) this.#contacts.set(jid, { contact, change: this.change });
      else if (this.#contacts.delete(jid)) this.#gone.set(jid, this.change);
    }
  }

  /** A call that began when the list was at `change` is answered. `isInForce`: not only marked old. */
  answered(change: number, isInForce: boolean): void {
    this.told = Math.max(this.told, change);
    if (!isInForce || change <= this.inForce) return;
    this.inForce = change;
    this.#answered.push({ change, at: Date.now() });
  }

  allows(jid: string, direction: Direction): boolean {
    return doesAllow(this.get(jid), direction);
  }

  /** True when no list that Kith may still go by allows it. */
  surelyForbids(jid: string, direction: Direction, now: number): boolean {
    for (let first = this.#answered[0]; first !== undefined && first.at + ON_THE_WAY < now; first = this.#answered[0]) {
      this.#arrived = first.change;
      this.#answered.shift();
    }
    const known = this.#contacts.get(jid);
    const since = known?.change ?? this.#gone.get(jid) ?? 0;
    if (since > this.#arrived) return false;
    return known === undefined || !doesAllow(known.contact, direction) || isOver(known.contact, now - LATE);
  }
}

const LATE = ON_THE_WAY + UNTIL_LATE;

/** RFC 6121 §2.1.2.5: `to`: its owner sees the contact; `from`: the contact sees its owner. */
function doesAllow(contact: Contact | undefined, direction: Direction): boolean {
  if (contact === undefined) return false;
  const { subscription = "both" } = contact;
  return subscription === "both" || subscription === direction;
}

function isOver({ until }: Contact, now: number): boolean {
  return until !== undefined && Date.parse(until) <= now;
}

/** Everybody's. */
export class Truths {
  readonly all: readonly Truth[];
  readonly #byName: ReadonlyMap<string, Truth>;
  readonly #queues = new Map<Truth, Promise<unknown>>();

  constructor(usernames: readonly string[]) {
    this.all = usernames.map((username) => new Truth(username));
    this.#byName = new Map(this.all.map((truth) => [truth.username, truth]));
  }

  of(username: string): Truth | undefined {
    return this.#byName.get(username);
  }

  /** Whether both lists let `watcher` see `other`. */
  sees(watcher: Truth, other: Truth): boolean {
    return watcher.allows(jidOf(other.username), "to") && other.allows(jidOf(watcher.username), "from");
  }

  /**
   * Runs `work` when nothing else changes these lists: an application that set a list here and did not wait for the
   * answer before the next change could not say itself which of them is true.
   */
  alone<T>(truths: readonly Truth[], work: () => Promise<T>): Promise<T> {
    const before = truths.map((truth) => this.#queues.get(truth));
    const done = Promise.all(before).then(work);
    const settled = done.catch(() => undefined);
    for (const truth of truths) this.#queues.set(truth, settled);
    return done;
  }
}
