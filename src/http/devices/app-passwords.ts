/** `/kith/app-passwords`: the application or an operator makes, lists and takes back passwords for single devices. */
import { formatDateTime } from "../../contacts/rfc3339.ts";
import type { AppPassword } from "../../login/app-password.ts";
import { parseJson } from "../body.ts";
import { type Call, type Calls, NO_STORE } from "../call.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import { problem } from "../problem.ts";
import { type AppPasswordMade, type AppPasswordsAnswer, appPasswordBody } from "../schemas/devices.ts";
import { refusal } from "./refusal.ts";
import { admitFor, removed, usernameIn } from "./whose.ts";

export async function makeAppPassword({ domain, body }: Call, { options }: Calls): Promise<Response> {
  const json = parseJson(body);
  if (!json.ok) return json.response;
  const asked = appPasswordBody.safeParse(json.value);
  if (!asked.success) return problem(400, 'The body is {"user": "john", "name": "John\'s phone"}.');
  const username = usernameIn(asked.data.user);
  if (!username.ok) return username.response;
  const wanted = { domain: domain.name, username: username.value, name: asked.data.name };
  const made = await options.appPasswords.create(wanted);
  if (!made.ok) return refusal(made.reason);
  const { id, name, created } = made.appPassword;
  const answer: AppPasswordMade = {
    id,
    user: username.value,
    name,
    password: made.password,
    created: formatDateTime(created),
  };
  return Response.json(answer, { status: 201, headers: NO_STORE });
}

export function getAppPasswords(context: HttpContext, calls: Calls): Response {
  const whose = admitFor(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const passwords = calls.options.appPasswords.list(domain, username).map(listed);
  const answer: AppPasswordsAnswer = { user: username, passwords };
  return Response.json(answer, { headers: NO_STORE });
}

function listed({ id, name, created, lastUsed }: AppPassword): AppPasswordsAnswer["passwords"][number] {
  const used = lastUsed === undefined ? null : formatDateTime(lastUsed);
  return { id, name, created: formatDateTime(created), lastUsed: used };
}

export function deleteAppPassword(context: HttpContext, calls: Calls): Response {
  const whose = admitFor(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const id = lastPathPart(context) ?? "";
  if (calls.options.appPasswords.revoke(domain, username, id)) return removed(1);
  return problem(404, "This user has no app password of this id.");
}

/** All of one person: for who leaves. Links by which there would be another end too. */
export function deleteAppPasswords(context: HttpContext, calls: Calls): Response {
  const whose = admitFor(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const { appPasswords, deviceLinks } = calls.options;
  deviceLinks.revokeAll(domain, username);
  const all = appPasswords.list(domain, username);
  return removed(all.filter(({ id }) => appPasswords.revoke(domain, username, id)).length);
}
