/** `GET /roster_admin/presence`: who is online, and how. Contract §4 */
import { formatDateTime } from "../../contacts/rfc3339.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { admitReader, type Calls, NO_STORE } from "../call.ts";
import type { HttpContext } from "../context.ts";
import type { HttpOptions } from "../options.ts";
import { problem } from "../problem.ts";
import type { UserPresence } from "../schemas/presence.ts";

const MOST_USERS = 1000;
const SHOWS = ["away", "chat", "dnd", "xa"] as const;

export function getPresence(context: HttpContext, calls: Calls): Response {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const asked = new URL(context.req.url).searchParams.getAll("user");
  if (asked.length === 0) return problem(400, "Whose presence? Name at least one: ?user=john");
  if (asked.length > MOST_USERS) return problem(400, `At most ${MOST_USERS} users a call; these are ${asked.length}.`);
  const found = new Map<string, UserPresence>();
  for (const [index, text] of asked.entries()) {
    const username = prepareLocalpart(text);
    if (username === undefined) return problem(400, `user number ${index + 1} is no username (RFC 7622 §3.3).`);
    if (!found.has(username)) found.set(username, presenceOf(`${username}@${domain.value.name}`, calls.options));
  }
  return Response.json(Object.fromEntries(found), { headers: NO_STORE });
}

function presenceOf(jid: string, options: HttpOptions): UserPresence {
  const resources = options
    .online(jid)
    .filter((resource) => resource.available)
    .map(({ resource, show, priority }) => ({
      resource,
      show: SHOWS.find((known) => known === show) ?? null,
      priority,
    }));
  const lastActivity = options.lastActivity(jid);
  return {
    online: resources.length > 0,
    resources,
    lastActivity: lastActivity === undefined ? null : formatDateTime(lastActivity),
  };
}
