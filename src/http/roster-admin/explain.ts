/** `GET /roster_admin/explain`: why somebody does or does not see somebody. Contract §4 */
import type { Contact } from "../../contacts/list.ts";
import { formatDateTime } from "../../contacts/rfc3339.ts";
import { explain, type Side } from "../../sessions/explain.ts";
import { prepareContactJid } from "../../xmpp/jid/jid.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { admitReader, type Calls, NO_STORE } from "../call.ts";
import type { HttpContext } from "../context.ts";
import type { HttpOptions } from "../options.ts";
import { problem } from "../problem.ts";
import type { ExplainAnswer, ExplainedPerson } from "../schemas/explain.ts";

export function getExplain(context: HttpContext, calls: Calls): Response {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const { searchParams } = new URL(context.req.url);
  const [user, secondUser] = searchParams.getAll("user");
  const [contact, secondContact] = searchParams.getAll("contact");
  if (user === undefined || contact === undefined || secondUser !== undefined || secondContact !== undefined) {
    return problem(400, "Who sees whom? Name one of each: ?user=john&contact=marie@example.com");
  }
  const { name } = domain.value;
  const userJid = userAddress(user, name);
  if (userJid === undefined) return problem(400, `user is a username of ${name}, like john.`);
  const contactJid = prepareContactJid(contact) ?? addressOf(contact, name);
  if (contactJid === undefined) return problem(400, "contact is a bare JID, like marie@example.com.");
  return Response.json(answerOf(userJid, contactJid, calls.options), { headers: NO_STORE });
}

/** Undefined: it is neither a username nor an address of this domain. */
function userAddress(text: string, domain: string): string | undefined {
  if (!text.includes("@")) return addressOf(text, domain);
  const jid = prepareContactJid(text);
  return jid?.endsWith(`@${domain}`) === true ? jid : undefined;
}

/** A username of the domain, by its address. */
function addressOf(text: string, domain: string): string | undefined {
  const username = prepareLocalpart(text);
  return username === undefined ? undefined : `${username}@${domain}`;
}

function answerOf(userJid: string, contactJid: string, options: HttpOptions): ExplainAnswer {
  const user = sideOf(userJid, options);
  const contact = sideOf(contactJid, options);
  const now = options.clock.now();
  const { visible, allowed, reasons } = explain(user, contact, now);
  return {
    visible,
    allowed,
    reasons: [...reasons],
    user: personOf(user, contact, now),
    contact: personOf(contact, user, now),
  };
}

function sideOf(jid: string, options: HttpOptions): Side {
  const at = jid.indexOf("@");
  const domain = at === -1 ? undefined : options.domains.find(({ name }) => name === jid.slice(at + 1));
  const resources = options.online(jid);
  const username = jid.slice(0, at);
  const held = domain?.contacts.held(username);
  const list = resources.length > 0 ? domain?.contacts.current(username) : held?.list;
  return {
    jid,
    isServed: domain !== undefined,
    held,
    list: list ?? null,
    resources,
    lastActivity: domain === undefined ? undefined : options.lastActivity(jid),
  };
}

function personOf(side: Side, other: Side, now: number): ExplainedPerson {
  const { held, resources, lastActivity } = side;
  return {
    jid: side.jid,
    domain: side.isServed ? "served" : "other",
    held: held !== undefined,
    known: side.list !== null,
    entry: entryOf(side.list?.get(other.jid)),
    version: held?.list.version ?? null,
    age: held === undefined ? null : Math.max(0, Math.round((now - held.fetchedAt) / 1000)),
    source: held?.source ?? null,
    stale: held?.stale ?? false,
    old: held?.old ?? false,
    resources: resources.map(({ resource, available, show, priority, since }) => ({
      resource,
      available,
      show: show ?? null,
      priority,
      since: formatDateTime(since),
    })),
    lastActivity: lastActivity === undefined ? null : formatDateTime(lastActivity),
    blocks: [],
    problems: (held?.problems ?? []).filter(({ contact }) => contact === other.jid),
  };
}

function entryOf(contact: Contact | undefined): ExplainedPerson["entry"] {
  if (contact === undefined) return null;
  const { name, groups, subscription, ask, until } = contact;
  return {
    name: name ?? null,
    groups: [...groups],
    subscription,
    ask,
    until: until === undefined ? null : formatDateTime(until),
  };
}
