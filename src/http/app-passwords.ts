/** `/kith/app-passwords`: the application or an operator makes, lists and takes back passwords for single devices. */
import type { Hono } from "hono";
import { formatDateTime } from "../contacts/rfc3339.ts";
import type { AppPassword } from "../login/app-password.ts";
import { NAME_EXPECTED } from "../login/app-password-text.ts";
import { MOST_APP_PASSWORDS, type Refused } from "../login/app-passwords.ts";
import { prepareLocalpart } from "../xmpp/jid/localpart.ts";
import type { Gate } from "./auth.ts";
import { parseJson } from "./body.ts";
import { answerCall, type Call, type Calls, NO_STORE } from "./call.ts";
import { type HttpContext, type HttpEnv, lastPathPart } from "./context.ts";
import { chooseDomain } from "./host.ts";
import { Idempotency } from "./idempotency.ts";
import type { HttpOptions } from "./options.ts";
import { type Checked, pass, problem, refuse } from "./problem.ts";
import type { TrustedProxies } from "./proxy.ts";
import { route } from "./route.ts";
import {
  type AppPasswordMade,
  type AppPasswordsAnswer,
  appPasswordBody,
  type RemovedAnswer,
} from "./schemas/app-passwords.ts";
import { secretAnswers } from "./secret-answers.ts";

const PATH = "/kith/app-passwords";
const GONE =
  "This call was made already, and the password that it gave is forgotten: take back what it made, and call with a new key.";

export function appPasswordRoutes(app: Hono<HttpEnv>, options: HttpOptions, gate: Gate, proxies: TrustedProxies): void {
  const keptAnswers = secretAnswers(options.keptAnswers, options.clock, GONE);
  const calls: Calls = { options, gate, proxies, idempotency: new Idempotency({ ...options, keptAnswers }) };
  route(app, PATH, {
    POST: (context) => postAppPassword(context, calls),
    GET: (context) => getAppPasswords(context, calls),
    DELETE: (context) => deleteAppPasswords(context, calls),
  });
  route(app, `${PATH}/:id`, { DELETE: (context) => deleteAppPassword(context, calls) });
}

async function postAppPassword(context: HttpContext, calls: Calls): Promise<Response> {
  const allowed = calls.gate.byTokenAlways(context);
  if (!allowed.ok) return allowed.response;
  return answerCall(context, calls, { signed: false, limit: "maxBody" }, (call) => create(call, calls));
}

async function create({ domain, body }: Call, { options }: Calls): Promise<Response> {
  const json = parseJson(body);
  if (!json.ok) return json.response;
  const asked = appPasswordBody.safeParse(json.value);
  if (!asked.success) return problem(400, 'The body is {"user": "john", "name": "John\'s phone"}.');
  const username = prepareLocalpart(asked.data.user);
  if (username === undefined) return problem(400, "user is no username (RFC 7622 §3.3).");
  const made = await options.appPasswords.create({ domain: domain.name, username, name: asked.data.name });
  if (!made.ok) return refusal(made.reason);
  const { id, name, created } = made.appPassword;
  const answer: AppPasswordMade = {
    id,
    user: username,
    name,
    password: made.password,
    created: formatDateTime(created),
  };
  return Response.json(answer, { status: 201, headers: NO_STORE });
}

function refusal(reason: Refused): Response {
  switch (reason) {
    case "off":
      return problem(403, "App passwords are switched off on this domain (accounts.appPasswords).");
    case "name":
      return problem(400, `name has to be ${NAME_EXPECTED}.`);
    case "weak":
      return problem(400, "This is too short for a password.");
    case "many":
      return problem(409, `This user has ${MOST_APP_PASSWORDS} app passwords: take one back first.`);
    case "busy":
      return problem(503, "Too many passwords are being hashed.", { "retry-after": "1" });
  }
}

function getAppPasswords(context: HttpContext, calls: Calls): Response {
  const whose = admit(context, calls);
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

function deleteAppPassword(context: HttpContext, calls: Calls): Response {
  const whose = admit(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const id = lastPathPart(context) ?? "";
  if (!calls.options.appPasswords.revoke(domain, username, id)) {
    return problem(404, "This user has no app password of this id.");
  }
  return removed(1);
}

/** All of one person: for who leaves. */
function deleteAppPasswords(context: HttpContext, calls: Calls): Response {
  const whose = admit(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const { appPasswords } = calls.options;
  return removed(
    appPasswords.list(domain, username).filter(({ id }) => appPasswords.revoke(domain, username, id)).length,
  );
}

function removed(count: number): Response {
  const answer: RemovedAnswer = { removed: count };
  return Response.json(answer, { headers: NO_STORE });
}

interface Whose {
  readonly domain: string;
  readonly username: string;
}

/** Who may call, for which domain, and whose they are: `?user=`. */
function admit(context: HttpContext, { options, gate, proxies }: Calls): Checked<Whose> {
  const allowed = gate.byTokenAlways(context);
  if (!allowed.ok) return allowed;
  const domain = chooseDomain(context, options.domains, proxies);
  if (!domain.ok) return domain;
  const [user, other] = new URL(context.req.url).searchParams.getAll("user");
  if (user === undefined || other !== undefined) return refuse(400, "Whose? Name one user: ?user=john");
  const username = prepareLocalpart(user);
  if (username === undefined) return refuse(400, "user is no username (RFC 7622 §3.3).");
  return pass({ domain: domain.value.name, username });
}
