/** Storage that lasts as long as the process. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { ContactsStore, CopyFacts, StoredCopy } from "../contacts/store.ts";
import { type Log, silentLog } from "../log.ts";
import { createMemoryAccounts } from "../login/memory-accounts.ts";
import { createMemoryAppPasswords } from "../login/memory-app-passwords.ts";
import { createMemoryDevices } from "../login/memory-devices.ts";
import type { LastSeenStore } from "../sessions/last-seen.ts";
import { Database, IN_MEMORY } from "./database.ts";
import { memoryKeptAnswers } from "./kept-answers.ts";
import { epochOf, sqliteEvents } from "./sqlite-events.ts";
import { sqliteOAuth } from "./sqlite-oauth.ts";
import type { SeenIds, Storage } from "./storage.ts";

/** Ids kept of one kind; beyond that the oldest are forgotten early. */
const MOST_IDS = 1_000_000;

export function memoryStorage(options: { readonly clock: Clock; readonly log?: Log }): Storage {
  const { clock } = options;
  const contacts = perKey(memoryContacts);
  const appPasswords = createMemoryAppPasswords();
  const secrets = perKey(() => new Uint8Array(randomBytes(32)));
  // It wants indexes and order, as the events do.
  const oauth = sqliteOAuth(new Database(IN_MEMORY));
  const devices = createMemoryDevices(clock);
  return {
    contacts,
    oauth,
    devices,
    accounts: createMemoryAccounts((domain, username) => {
      oauth.removeGrants(domain, username);
      devices.removeAll(domain, username);
      for (const { id } of appPasswords.list(domain, username)) appPasswords.remove(domain, username, id);
    }),
    appPasswords,
    secrets: { get: secrets },
    seenIds: perKey(() => memorySeenIds(clock)),
    lastSeen: perKey(memoryLastSeen),
    keptAnswers: memoryKeptAnswers(clock),
    events: memoryEvents(clock, options.log ?? silentLog),
    close: () => Promise.resolve(),
  };
}

/** The log of events wants indexes and order: it has them in a database that nobody else sees, made when it is needed. */
function memoryEvents(clock: Clock, log: Log): Storage["events"] {
  let events: Storage["events"] | undefined;
  return (domain, limits) => {
    events ??= sqliteEvents(new Database(IN_MEMORY), { clock, log, epoch: epochOf(randomBytes(5)) });
    return events(domain, limits);
  };
}

/** One value for each key, made when it is first asked for. */
function perKey<T>(make: () => T): (key: string) => T {
  const values = new Map<string, T>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const made = make();
    values.set(key, made);
    return made;
  };
}

function memoryContacts(): ContactsStore {
  const copies = new Map<string, StoredCopy>();
  let sorted: readonly string[] | undefined;
  const write = (username: string, copy: StoredCopy): void => {
    if (!copies.has(username)) sorted = undefined;
    copies.set(username, copy);
  };
  const writeFacts = (username: string, facts: CopyFacts): void => {
    const copy = copies.get(username);
    if (copy !== undefined) copies.set(username, { ...copy, ...facts });
  };
  return {
    load: (username) => copies.get(username),
    saveFacts: async (username, facts) => writeFacts(username, facts),
    async saveAll(saves) {
      for (const save of saves) {
        if ("copy" in save) write(save.username, save.copy);
        else writeFacts(save.username, save.facts);
      }
    },
    async markOld(usernames) {
      for (const username of usernames) {
        const copy = copies.get(username);
        if (copy !== undefined) copies.set(username, { ...copy, old: true });
      }
    },
    usernames(after, limit) {
      sorted ??= [...copies.keys()].sort();
      const from = placeAfter(sorted, after);
      return sorted.slice(from, from + limit);
    },
  };
}

/** The index of the first name after `name`, by halving. */
function placeAfter(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function memoryLastSeen(): LastSeenStore {
  const seen = new Map<string, number>();
  return {
    load: (username) => seen.get(username),
    save: (username, at) => void seen.set(username, at),
  };
}

function memorySeenIds(clock: Clock): SeenIds {
  const untilOf = new Map<string, number>();
  let nextSweep = 0;
  return {
    add(id, until) {
      const now = clock.now();
      if (now >= nextSweep) {
        nextSweep = now + 60_000;
        for (const [known, end] of untilOf) if (end <= now) untilOf.delete(known);
      }
      const end = untilOf.get(id);
      if (end !== undefined && end > now) return false;
      untilOf.delete(id);
      untilOf.set(id, until);
      if (untilOf.size > MOST_IDS)
        for (const oldest of untilOf.keys()) {
          untilOf.delete(oldest);
          break;
        }
      return true;
    },
  };
}
