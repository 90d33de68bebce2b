/** `/roster_admin/refresh`: the origin's two forms, and the results of contract §4. */
import { type RefreshAnswer, readUsernames, refreshContacts } from "../../contacts/refresh.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { parseJsonInSlices } from "../body.ts";
import { admitReader, answerCall, type Call, type Calls, NO_STORE, yieldNow } from "../call.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";

/** `POST`: a JSON array of usernames, or `{"users":[…],"dryRun":true}`. A11, A14, G19, G21 to G23, G26 */
export function postRefresh(context: HttpContext, calls: Calls): Promise<Response> {
  return answerCall(context, calls, { signed: true, limit: "maxBody" }, (call) =>
    perform(context, call, calls.options),
  );
}

async function perform(context: HttpContext, { domain, body }: Call, options: HttpOptions): Promise<Response> {
  const asked = await readAsked(body);
  if (!asked.ok) return asked.response;
  const { usernames, dryRun } = asked.value;
  const results = asked.value.results || new URL(context.req.url).searchParams.get("results") === "1";
  const answer = await refreshContacts(domain.contacts, usernames, {
    results,
    dryRun,
    online: onlineIn(domain, options),
    yieldNow,
  });
  report(answer, usernames.length, domain, dryRun, options);
  return Response.json(answer, { status: answer.status === "ok" ? 200 : 500, headers: NO_STORE });
}

interface Asked {
  readonly usernames: readonly string[];
  readonly dryRun: boolean;
  readonly results: boolean;
}

async function readAsked(body: Uint8Array): Promise<Checked<Asked>> {
  const json = await parseJsonInSlices(body, yieldNow);
  if (!json.ok) return json;
  const { value } = json;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const dryRun = isObject && Object.hasOwn(value, "dryRun") ? Reflect.get(value, "dryRun") : false;
  if (typeof dryRun !== "boolean") return refuse(400, "dryRun is neither true nor false");
  const users = isObject ? (Object.hasOwn(value, "users") ? Reflect.get(value, "users") : undefined) : value;
  const names = await readUsernames(users, yieldNow, isObject ? "users" : "");
  return names.ok ? pass({ usernames: names.usernames, dryRun, results: isObject }) : refuse(400, names.message);
}

function onlineIn(domain: HttpDomain, options: HttpOptions): (username: string) => number {
  return (username) => options.online(`${username}@${domain.name}`).length;
}

function report(answer: RefreshAnswer, users: number, domain: HttpDomain, dryRun: boolean, { log }: HttpOptions): void {
  const { updated, errors } = answer;
  log.info(dryRun ? "dry run of a refresh" : "contacts refreshed", { domain: domain.name, users, updated, errors });
}

/** `GET …/USERNAME`, off unless `http.getRefresh`: the origin's single form, with a true message. A12, G24, G25 */
export async function getRefresh(context: HttpContext, calls: Calls): Promise<Response> {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const username = prepareLocalpart(lastPathPart(context) ?? "");
  if (username === undefined) return problem(400, "The last part of the path is no username.");
  const result = await domain.value.contacts.refresh(username);
  const { status } = result;
  if (status === "ok") return Response.json({ status, message: "roster update complete" }, { headers: NO_STORE });
  const code = result.failure === "timeout" ? 504 : 502;
  return Response.json({ status, message: result.message }, { status: code, headers: NO_STORE });
}
