/** Lists and resources as the page shows them. */
import type { Held } from "../../contacts/contacts.ts";
import type { OnlineResource } from "../../sessions/host.ts";
import type { ListFacts, People } from "../schemas/admin.ts";

export function factsOf(held: Held, now: number): ListFacts {
  return {
    contacts: held.list.size,
    version: held.list.version,
    age: Math.max(0, Math.round((now - held.fetchedAt) / 1000)),
    source: held.source,
    stale: held.stale,
    old: held.old,
    problems: held.problems.length,
  };
}

export function resourceOf(online: OnlineResource): People["people"][number]["resources"][number] {
  const { resource, available, show, status, priority, interested, since } = online;
  return {
    resource,
    available,
    show: show ?? null,
    status: status ?? null,
    priority,
    interested,
    since: timeOf(since),
  };
}

/** RFC 3339. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same of a moment that may not have come. */
export function optionalTime(ms: number | undefined): string | null {
  return ms === undefined ? null : timeOf(Math.min(ms, LAST_DATE));
}

/** What a Date can hold. */
const LAST_DATE = 8_640_000_000_000_000;
