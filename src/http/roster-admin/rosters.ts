/** `/roster_admin/rosters/USERNAME`: the list that is held, read and set. Contract §4 */
import type { Problem } from "../../contacts/contacts.ts";
import { contactToJson } from "../../contacts/contract.ts";
import { editVersion } from "../../contacts/edit-version.ts";
import type { ContactList } from "../../contacts/list.ts";
import type { LabelledCounter } from "../../metrics.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { admitReader, answerCall, type Calls } from "../call.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import { jsonText } from "../json-stream.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";
import type { RosterAnswer } from "../schemas/roster.ts";
import { mayChange } from "./precondition.ts";
import { type Edited, type RosterEdit, readEdit } from "./roster-edit.ts";

const LOGGED_PROBLEMS = 10;
const NO_USERNAME = "The last part of the path is no username.";

export function getRoster(context: HttpContext, calls: Calls): Response {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const username = prepareLocalpart(lastPathPart(context) ?? "");
  if (username === undefined) return problem(400, NO_USERNAME);
  const held = domain.value.contacts.held(username);
  if (held === undefined) return problem(404, "No list is held for this user: none was ever fetched.");
  const etag = `"${editVersion(held.list)}"`;
  const headers = { etag, "cache-control": "private, no-cache" };
  if (isKnown(context.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const facts = { ...held, online: onlineOf(calls, username, domain.value.name) };
  return rosterAnswer(username, facts, calls.options.clock.now());
}

/** PUT sets the map whole, PATCH is a merge patch of it: the effect of a refresh that fetched the outcome. */
export function setRoster(
  context: HttpContext,
  calls: Calls,
  source: "put" | "patch",
  counter: LabelledCounter,
): Promise<Response> {
  return answerCall(context, calls, { signed: false, limit: "contacts" }, async ({ domain, body }) => {
    const { clock } = calls.options;
    const username = prepareLocalpart(lastPathPart(context) ?? "");
    if (username === undefined) return problem(400, NO_USERNAME);
    const edit = await readEdit(source, body, { owner: `${username}@${domain.name}`, now: clock.now() });
    if (!edit.ok) return edit.response;
    const set = await change(context.req.raw.headers, domain, username, edit.value, source);
    if (!set.ok) return set.response;
    const { list, problems } = set.value;
    report(calls.options, { user: username, domain: domain.name, source }, problems, counter);
    const held = domain.contacts.held(username);
    const now = clock.now();
    // Somebody may have changed it again: the answer is about what this call made.
    const isOurs = held !== undefined && editVersion(held.list) === editVersion(list);
    const facts = isOurs ? held : { fetchedAt: now, source, stale: false };
    const online = onlineOf(calls, username, domain.name);
    return rosterAnswer(username, { ...facts, list, problems, online }, now, true);
  });
}

async function change(
  headers: Headers,
  { contacts }: HttpDomain,
  username: string,
  edit: RosterEdit,
  source: "put" | "patch",
): Promise<Checked<Edited>> {
  let mayEdit = true;
  let edited: Edited | undefined;
  const result = await contacts.update(
    username,
    async (held) => {
      mayEdit = mayChange(headers, held === undefined ? undefined : editVersion(held));
      if (!mayEdit) return undefined;
      edited = await edit(held);
      return source === "patch" && edited.list === held ? undefined : edited.list;
    },
    source,
  );
  if (result.status === "error") return refuse(500, `Nothing was changed: ${result.message}.`);
  if (!mayEdit) return refuse(412, "The list that is held is not the one that If-Match or If-None-Match asks for.");
  return edited === undefined ? refuse(500, "Nothing was changed; the log has more.") : pass(edited);
}

function report(
  { log }: HttpOptions,
  fields: { readonly user: string; readonly domain: string; readonly source: string },
  problems: readonly Problem[],
  counter: LabelledCounter,
): void {
  for (const { code } of problems) counter.add({ code });
  if (problems.length === 0) log.info("contact list set", fields);
  else {
    const first = problems.slice(0, LOGGED_PROBLEMS).map(({ code, contact, member }) => ({ code, contact, member }));
    log.warn("contact list set, with problems", { ...fields, count: problems.length, first });
  }
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
  const version = editVersion(list);
  const after: Omit<RosterAnswer, "user" | "contacts"> = {
    version,
    age: Math.max(0, Math.round((now - facts.fetchedAt) / 1000)),
    source,
    stale,
    online: [...online],
    ...(withProblems && problems.length > 0 ? { problems: [...problems] } : {}),
  };
  return jsonText(pieces(user, list, after), { etag: `"${version}"`, "cache-control": "private, no-cache" });
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
