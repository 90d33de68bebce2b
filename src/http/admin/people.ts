/** `GET /admin/api/people`: who is online, in the order of their names, a page at a time. */
import type { z } from "zod";
import type { Held } from "../../contacts/contacts.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import type { People, peopleQuery } from "../schemas/admin.ts";
import { factsOf, resourceOf } from "./facts.ts";
import type { AdminOptions } from "./options.ts";

type Question = z.infer<typeof peopleQuery>;

export function people(domain: HttpDomain, options: HttpOptions, admin: AdminOptions, question: Question): People {
  const { search, show, after, limit } = question;
  const wanted = search.trim().toLowerCase();
  const first: string[] = [];
  let online = 0;
  let found = 0;
  let later = 0;
  for (const username of admin.people(domain.name)) {
    online++;
    if (!username.includes(wanted)) continue;
    if (show !== "all" && !fits(show, domain.contacts.held(username))) continue;
    found++;
    if (username <= after) continue;
    later++;
    insert(first, username, limit);
  }
  const now = options.clock.now();
  return {
    online,
    found,
    people: first.map((user) => {
      const held = domain.contacts.held(user);
      const resources = options.online(`${user}@${domain.name}`).map(resourceOf);
      return { user, resources, list: held === undefined ? null : factsOf(held, now) };
    }),
    next: later > first.length ? (first.at(-1) ?? null) : null,
  };
}

function fits(show: Question["show"], held: Held | undefined): boolean {
  if (show === "missing") return held === undefined;
  return held !== undefined && (show === "stale" ? held.stale : held.problems.length > 0);
}

/** Keeps the smallest `limit` names, sorted: most names of a long list are turned away by one comparison. */
function insert(sorted: string[], name: string, limit: number): void {
  const last = sorted.at(-1);
  if (sorted.length === limit && last !== undefined && name > last) return;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, name);
  if (sorted.length > limit) sorted.pop();
}
