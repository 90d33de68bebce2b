/** `GET /admin/api/overview`: all that changes while one looks, asked for every two seconds. */
import type { Activity } from "../../contacts/activity.ts";
import { SLOT, SLOTS } from "../../contacts/latency.ts";
import type { ContactsWatch } from "../../contacts/watch.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import type { Overview } from "../schemas/admin.ts";
import { optionalTime, timeOf } from "./facts.ts";
import type { AdminOptions } from "./options.ts";

export interface OverviewParts {
  readonly domain: HttpDomain;
  readonly watch: ContactsWatch;
  readonly options: HttpOptions;
  readonly admin: AdminOptions;
}

export function overview(parts: OverviewParts, since: number): Overview {
  const { domain, watch, options, admin } = parts;
  const now = options.clock.now();
  const { last } = watch.activity;
  const queue = admin.events?.(domain.name);
  return {
    now: timeOf(now),
    version: admin.version,
    startedAt: timeOf(admin.startedAt),
    domain: domain.name,
    ...counts(parts),
    app: {
      breakerOpenSince: optionalTime(watch.breakerOpenSince),
      answeredAt: optionalTime(watch.answeredAt),
      fetches: watch.fetches,
      slot: SLOT / 1000,
      slots: SLOTS,
      latency: watch.latency.slots(now).map((slot) => ({ ...slot, at: timeOf(slot.at) })),
      failures: watch.failures.map((failure) => ({ ...failure, at: timeOf(failure.at) })),
    },
    last,
    // A page that outlived a restart knows ids that have not come yet.
    activity: watch.activity.since(since > last ? 0 : since).map(activityOf),
    events: queue === undefined ? null : { waiting: queue.waiting, dead: queue.dead },
  };
}

function counts({ domain, options, admin }: OverviewParts): Pick<Overview, "people" | "sessions" | "lists"> {
  let people = 0;
  let sessions = 0;
  const lists = { missing: 0, stale: 0, problems: 0 };
  for (const username of admin.people(domain.name)) {
    people++;
    sessions += options.online(`${username}@${domain.name}`).length;
    const held = domain.contacts.held(username);
    if (held === undefined) lists.missing++;
    else {
      if (held.stale) lists.stale++;
      if (held.problems.length > 0) lists.problems++;
    }
  }
  return { people, sessions, lists };
}

function activityOf({ at, users, ...rest }: Activity): Overview["activity"][number] {
  return {
    ...rest,
    at: timeOf(at),
    users: users.map((change) =>
      change.status === "error"
        ? change
        : { ...change, added: [...change.added], changed: [...change.changed], removed: [...change.removed] },
    ),
  };
}
