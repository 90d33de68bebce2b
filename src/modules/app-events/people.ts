/** Who of one domain is online, away or offline as the application is told: settled, so that a page that is loaded again makes no noise. */
import type { Timer } from "../../clock.ts";
import type { PersonState } from "../../sessions/app-events.ts";
import type { EventHub } from "../../sessions/event-hub.ts";
import type { ModuleHost } from "../../sessions/module.ts";
import type { User } from "../../sessions/user.ts";
import { Delays } from "./delays.ts";

export interface PeopleOptions {
  /** ms after which online or away is told. */
  readonly settle: number;
  /** ms after which offline is told. */
  readonly grace: number;
}

/** After a start, people have so long to come back before they are told to be offline, ms. */
const RETURN = 60_000;
/** People told of at one go. */
const SLICE = 500;

interface Person {
  readonly jid: string;
  readonly username: string;
  /** What the application believes. */
  told: PersonState;
  now: PersonState;
  activeAt: number;
}

export class People {
  readonly #domain: string;
  readonly #hub: EventHub;
  readonly #host: ModuleHost;
  /** Those who are not offline, or not told to be. By bare JID. */
  readonly #people = new Map<string, Person>();
  readonly #settling: Delays<Person>;
  readonly #leaving: Delays<Person>;
  readonly #returning = new Delays<Person>(RETURN);
  #timer: { readonly at: number; readonly timer: Timer } | undefined;

  constructor(domain: string, hub: EventHub, host: ModuleHost, options: PeopleOptions) {
    this.#domain = domain;
    this.#hub = hub;
    this.#host = host;
    this.#settling = new Delays(options.settle);
    this.#leaving = new Delays(options.grace);
  }

  /** Events begin to be wanted, or kept: whoever is here is told anew; whoever was told to be here may return. */
  begin(): void {
    for (const person of this.#people.values()) this.#expect(person, "offline");
    for (const { user, state, activeAt } of this.#hub.people(this.#domain)?.here() ?? []) {
      const jid = `${user}@${this.#domain}`;
      const person = this.#people.get(jid) ?? newPerson(jid, user);
      this.#people.set(jid, person);
      person.activeAt = Math.max(person.activeAt, activeAt);
      this.#expect(person, state);
    }
    for (const user of this.#host.users()) if (user.domain.name === this.#domain) this.changed(user);
  }

  /** A resource of theirs came, went, or says something else. */
  changed(user: User): void {
    const state = stateOf(user);
    let person = this.#people.get(user.jid);
    if (person === undefined) {
      if (state === "offline") return;
      person = newPerson(user.jid, user.username);
      this.#people.set(user.jid, person);
    }
    person.activeAt = Math.max(person.activeAt, user.activeAt);
    if (state === person.now) return;
    person.now = state;
    this.#plan(person, this.#leaving);
  }

  /** `told` is what the application believes from here on. */
  #expect(person: Person, told: PersonState): void {
    person.told = told;
    this.#plan(person, this.#returning);
  }

  #plan(person: Person, leaving: Delays<Person>): void {
    const { now, told } = person;
    if (now === "offline" || now === told) this.#settling.delete(person);
    if (now !== "offline" || told === "offline") {
      this.#leaving.delete(person);
      this.#returning.delete(person);
    }
    if (now === told) {
      if (now === "offline") this.#people.delete(person.jid);
      return;
    }
    // Who goes on changing is told in the end: the wait is counted from the first change.
    const delays = now === "offline" ? leaving : this.#settling;
    if (!delays.has(person)) delays.add(person, this.#host.now());
    this.#schedule();
  }

  #schedule(): void {
    const all = [this.#settling, this.#leaving, this.#returning];
    const at = Math.min(...all.map((delays) => delays.next ?? Number.POSITIVE_INFINITY));
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const timer = this.#host.schedule(Math.max(0, at - this.#host.now()), () => this.#onTime());
    this.#timer = { at, timer };
  }

  #onTime(): void {
    this.#timer = undefined;
    const now = this.#host.now();
    for (const delays of [this.#settling, this.#leaving, this.#returning]) {
      for (const person of delays.take(now, SLICE)) this.#tell(person);
    }
    this.#schedule();
  }

  #tell(person: Person): void {
    const { jid, username, now } = person;
    const activeAt = Math.max(person.activeAt, this.#host.user(jid)?.activeAt ?? 0);
    person.told = now;
    if (now === "offline") this.#people.delete(jid);
    this.#hub.people(this.#domain)?.tell(username, now, activeAt);
    const lastActivity = new Date(activeAt).toISOString();
    this.#hub.emit(this.#domain, { type: "presence", user: username, data: { state: now, lastActivity } });
  }
}

function newPerson(jid: string, username: string): Person {
  return { jid, username, told: "offline", now: "offline", activeAt: 0 };
}

/** RFC 6121 §4.7.2.1: the best of what the available resources say. `dnd` is busy, and there. */
export function stateOf(user: Pick<User, "sessions">): PersonState {
  let state: PersonState = "offline";
  for (const { presence } of user.sessions) {
    if (presence === undefined) continue;
    if (presence.show !== "away" && presence.show !== "xa") return "online";
    state = "away";
  }
  return state;
}
