/** `GET /admin/api/person`: one user's view: the list as it is held, and for each contact what their own list says. */
import type { z } from "zod";
import type { Contact } from "../../contacts/list.ts";
import { flows, type Person } from "../../contacts/plan.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import type { PersonView, personQuery } from "../schemas/admin.ts";
import { factsOf, optionalTime, resourceOf, timeOf } from "./facts.ts";

const PROBLEMS = 100;

/** Undefined: no list is held, and nobody of this name is online. */
export function person(
  domain: HttpDomain,
  options: HttpOptions,
  { user, offset, limit }: z.infer<typeof personQuery>,
): PersonView | undefined {
  const jid = `${user}@${domain.name}`;
  const held = domain.contacts.held(user);
  const resources = options.online(jid).map(resourceOf);
  if (held === undefined && resources.length === 0) return undefined;
  if (held === undefined) return { user, jid, resources, list: null, contacts: [], offset };
  const owner: Person = { jid, list: held.list };
  const contacts: PersonView["contacts"] = [];
  let at = 0;
  for (const contact of held.list) {
    if (at++ < offset) continue;
    if (contacts.length === limit) break;
    contacts.push(contactOf(owner, contact, domain, options));
  }
  const named = held.problems
    .slice(0, PROBLEMS)
    .map(({ code, contact, text }) => ({ code, contact: contact ?? null, text }));
  return {
    user,
    jid,
    resources,
    list: {
      ...factsOf(held, options.clock.now()),
      fetchedAt: timeOf(held.fetchedAt),
      freshUntil: optionalTime(held.freshUntil) ?? "",
      usableUntil: optionalTime(held.unusableFrom),
      named,
    },
    contacts,
    offset,
  };
}

function contactOf(
  owner: Person,
  contact: Contact,
  domain: HttpDomain,
  options: HttpOptions,
): PersonView["contacts"][number] {
  const at = contact.jid.lastIndexOf("@");
  const isLocal = contact.jid.slice(at + 1) === domain.name && at > 0;
  const theirs = isLocal ? domain.contacts.held(contact.jid.slice(0, at))?.list : undefined;
  const other: Person = { jid: contact.jid, list: theirs ?? null };
  const { jid, name, groups, subscription, ask, until } = contact;
  return {
    jid,
    name: name ?? null,
    groups: [...groups],
    subscription,
    ask,
    until: optionalTime(until),
    theirs: theirs === undefined ? "unknown" : (theirs.get(owner.jid)?.subscription ?? "missing"),
    online: options.online(jid).some((resource) => resource.available),
    sees: flows(other, owner),
    seen: flows(owner, other),
  };
}
