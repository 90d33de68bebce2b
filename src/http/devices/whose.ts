/** Whose devices a call is about: `?user=`, of the domain that the call is for. */
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import type { Calls } from "../call.ts";
import { NO_STORE } from "../call.ts";
import type { HttpContext } from "../context.ts";
import { chooseDomain } from "../host.ts";
import { type Checked, pass, refuse } from "../problem.ts";
import type { RemovedAnswer } from "../schemas/devices.ts";

export interface Whose {
  readonly domain: string;
  readonly username: string;
}

/** What lets people in is for who has a token, whatever `http.auth` says. */
export function admitFor(context: HttpContext, { options, gate, proxies }: Calls): Checked<Whose> {
  const allowed = gate.byTokenAlways(context);
  if (!allowed.ok) return allowed;
  const domain = chooseDomain(context, options.domains, proxies);
  if (!domain.ok) return domain;
  const [user, other] = new URL(context.req.url).searchParams.getAll("user");
  if (user === undefined || other !== undefined) return refuse(400, "Whose? Name one user: ?user=john");
  const username = usernameIn(user);
  return username.ok ? pass({ domain: domain.value.name, username: username.value }) : username;
}

export function usernameIn(text: string): Checked<string> {
  const username = prepareLocalpart(text);
  return username === undefined ? refuse(400, "user is no username (RFC 7622 §3.3).") : pass(username);
}

export function removed(count: number): Response {
  const answer: RemovedAnswer = { removed: count };
  return Response.json(answer, { headers: NO_STORE });
}
