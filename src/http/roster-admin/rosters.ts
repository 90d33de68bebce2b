/** `GET /roster_admin/rosters/USERNAME`: the copy that is held, as contract §4 has it. */
import type { Held } from "../../contacts/contacts.ts";
import { contactsToJson } from "../../contacts/contract.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import type { Gate } from "../auth.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import { chooseDomain } from "../host.ts";
import type { HttpOptions } from "../options.ts";
import { problem } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";

export function getRoster(context: HttpContext, options: HttpOptions, gate: Gate, proxies: TrustedProxies): Response {
  const allowed = gate.byToken(context);
  if (!allowed.ok) return allowed.response;
  const domain = chooseDomain(context, options.domains, proxies);
  if (!domain.ok) return domain.response;
  const username = prepareLocalpart(lastPathPart(context) ?? "");
  if (username === undefined) return problem(400, "The last part of the path is no username.");
  const held = domain.value.contacts.held(username);
  if (held === undefined) return problem(404, "No list is held for this user: none was ever fetched.");
  const etag = `"${held.list.version}"`;
  const headers = { etag, "cache-control": "private, no-cache" };
  if (isKnown(context.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const online = options.online(`${username}@${domain.value.name}`).map((resource) => resource.resource);
  return Response.json(rosterAnswer(username, held, online, options.clock.now()), { headers });
}

/** RFC 9110 §13.1.2: any of the tags, compared weakly, or `*`. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

function rosterAnswer(user: string, held: Held, online: readonly string[], now: number) {
  return {
    user,
    contacts: contactsToJson(held.list),
    version: held.list.version,
    /** Seconds since the application confirmed it. */
    age: Math.max(0, Math.round((now - held.fetchedAt) / 1000)),
    source: held.source,
    stale: held.stale,
    online,
  };
}
