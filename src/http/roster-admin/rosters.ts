/** `/roster_admin/rosters/USERNAME`: the list that is held, read and set. Contract §4 */
import type { Problem } from "../../contacts/contacts.ts";
import { contactToJson } from "../../contacts/contract.ts";
import type { ContactList } from "../../contacts/list.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { admitReader, answerCall, type Call, type Calls } from "../call.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import { jsonText } from "../json-stream.ts";
import { problem } from "../problem.ts";
import type { RosterAnswer } from "../schemas/roster.ts";
import { mayChange } from "./precondition.ts";
import { readEdit } from "./roster-edit.ts";

const NO_USERNAME = "The last part of the path is no username.";

export function getRoster(context: HttpContext, calls: Calls): Response {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const username = prepareLocalpart(lastPathPart(context) ?? "");
  if (username === undefined) return problem(400, NO_USERNAME);
  const held = domain.value.contacts.held(username);
  if (held === undefined) return problem(404, "No list is held for this user: none was ever fetched.");
  const etag = `"${held.list.version}"`;
  const headers = { etag, "cache-control": "private, no-cache" };
  if (isKnown(context.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const facts = { ...held, online: onlineOf(calls, username, domain.value.name) };
  return rosterAnswer(username, facts, calls.options.clock.now());
}

/** PUT sets the map whole, PATCH is a merge patch of it: the effect of a refresh that fetched the outcome. */
export function setRoster(context: HttpContext, calls: Calls, source: "put" | "patch"): Promise<Response> {
  return answerCall(context, calls, { signed: false, limit: "contacts" }, (call) =>
    perform(context, calls, call, source),
  );
}

async function perform(
  context: HttpContext,
  calls: Calls,
  { domain, body }: Call,
  source: "put" | "patch",
): Promise<Response> {
  const { clock, log } = calls.options;
  const username = prepareLocalpart(lastPathPart(context) ?? "");
  if (username === undefined) return problem(400, NO_USERNAME);
  const read = await readEdit(source, body, { owner: `${username}@${domain.name}`, now: clock.now() });
  if (!read.ok) return read.response;
  let mayEdit = false;
  let list: ContactList | undefined;
  let problems: readonly Problem[] = [];
  // What the answer says is what this edit made, whatever comes after it.
  const result = await domain.contacts.update(
    username,
    (held) => {
      mayEdit = mayChange(context.req.raw.headers, held?.version);
      if (!mayEdit) return undefined;
      ({ list, problems } = read.value(held));
      return source === "patch" && list === held ? undefined : list;
    },
    source,
  );
  if (result.status === "error")
    return problem(result.failure === "failed" ? 500 : 503, `Nothing was changed: ${result.message}.`);
  if (!mayEdit)
    return problem(412, "The list that is held is not the version that If-Match or If-None-Match asks for.");
  if (list === undefined) return problem(500, "The list was not set; the log has more.");
  log.info("contact list set", { user: username, domain: domain.name, source, problems: problems.length });
  const held = domain.contacts.held(username);
  const now = clock.now();
  const isOurs = held !== undefined && held.list.version === list.version;
  const facts = isOurs ? held : { fetchedAt: now, source, stale: false };
  return rosterAnswer(
    username,
    { ...facts, list, problems, online: onlineOf(calls, username, domain.name) },
    now,
    true,
  );
}

function onlineOf({ options }: Calls, username: string, domain: string): readonly string[] {
  return options.online(`${username}@${domain}`).map((resource) => resource.resource);
}

/** RFC 9110 §13.1.2: any of the tags, compared weakly, or `*`. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

interface Facts {
  readonly list: ContactList;
  readonly fetchedAt: number;
  readonly source: RosterAnswer["source"];
  readonly stale: boolean;
  readonly problems: readonly Problem[];
  readonly online: readonly string[];
}

function rosterAnswer(user: string, facts: Facts, now: number, withProblems = false): Response {
  const { list, source, stale, online, problems } = facts;
  const after: Omit<RosterAnswer, "user" | "contacts"> = {
    version: list.version,
    age: Math.max(0, Math.round((now - facts.fetchedAt) / 1000)),
    source,
    stale,
    online: [...online],
    ...(withProblems && problems.length > 0 ? { problems: [...problems] } : {}),
  };
  return jsonText(pieces(user, list, after), { etag: `"${list.version}"`, "cache-control": "private, no-cache" });
}

function* pieces(user: string, list: ContactList, after: object): Generator<string> {
  yield `{"user":${JSON.stringify(user)},"contacts":{`;
  let comma = "";
  for (const contact of list) {
    yield `${comma}${JSON.stringify(contact.jid)}:${JSON.stringify(contactToJson(contact))}`;
    comma = ",";
  }
  yield `},${JSON.stringify(after).slice(1)}`;
}
