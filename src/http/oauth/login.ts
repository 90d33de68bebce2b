/** Log-in of one authorization, and the way to consent. */
import { parseJid } from "../../xmpp/jid/jid.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { accountIdOf } from "./account-id.ts";
import { askWho, showLogin, tryPassword } from "./ask-who.ts";
import type { Login } from "./browser.ts";
import { decide, showConsent } from "./consent.ts";
import type { OAuthDomain } from "./domain.ts";
import { type FormLimits, readForm } from "./form.ts";
import { type Details, finish, interactionOf, type NodeCall } from "./interaction.ts";
import { foreignForm, over } from "./refusals.ts";
import { isFresh, isOwnForm, loginOf, type Visit } from "./visit.ts";

export async function getLogin(visit: Visit, call: NodeCall): Promise<Response> {
  const found = await interactionOf(visit, call);
  if (found === undefined) return over(visit);
  if (found.details.prompt.name === "consent") return showConsent(visit, found);
  const login = await loginOf(visit);
  if (login !== undefined && (isFresh(visit, found.action) || mayStayIn(visit.domain, found.details, login))) {
    return finishLogin(visit, call, login.username, login.since);
  }
  return askWho(visit, {
    to: found.action,
    client: found.client,
    hint: hintOf(visit.domain, found.details),
    again: login !== undefined || asksAgain(found.details),
    formAction: found.formAction,
  });
}

export async function postLogin(visit: Visit, call: NodeCall, limits: FormLimits): Promise<Response> {
  const found = await interactionOf(visit, call);
  if (found === undefined) return over(visit);
  const form = await readForm(visit.context, limits);
  if (!form.ok) return form.response;
  if (!isOwnForm(visit, found.action, form.value)) return foreignForm(visit);
  const decision = form.value.get("decision");
  if (decision === "cancel" || decision === "deny") {
    const words = decision === "cancel" ? "The person did not log in." : "The person did not allow it.";
    return finish(visit, call, { error: "access_denied", error_description: words });
  }
  if (found.details.prompt.name === "consent") return decide(visit, call, found, decision, form.value);
  const judged = await tryPassword(visit, form.value);
  if (judged.ok) return finishLogin(visit, call, judged.username, visit.domain.clock.now(), true);
  const { client, action, formAction } = found;
  return showLogin(visit, { to: action, client, hint: form.value.get("username") ?? undefined, formAction }, judged);
}

/** OpenID Connect Core §3.1.2.1: `prompt=login` and `max_age` ask for a fresh log-in, `login_hint` for somebody else perhaps. */
function mayStayIn(domain: OAuthDomain, details: Details, { username, since }: Login): boolean {
  const { max_age: maxAge } = details.params;
  const hint = hintOf(domain, details) ?? username;
  if (asksAgain(details) || hint !== username) return false;
  return maxAge === undefined || domain.clock.now() - since <= Number(maxAge) * 1000;
}

function asksAgain({ params, prompt }: Details): boolean {
  const asked = typeof params["prompt"] === "string" ? params["prompt"].split(" ") : [];
  return asked.includes("login") || prompt.reasons.includes("login_prompt");
}

function hintOf({ name }: OAuthDomain, { params }: Details): string | undefined {
  const { login_hint: hint } = params;
  if (typeof hint !== "string") return undefined;
  const jid = parseJid(hint);
  return jid !== undefined && jid.domain === name && jid.local !== "" ? jid.local : prepareLocalpart(hint);
}

async function finishLogin(
  visit: Visit,
  call: NodeCall,
  username: string,
  since: number,
  isFresh = false,
): Promise<Response> {
  const accountId = accountIdOf(username, visit.domain.name);
  const result = { login: { accountId, ts: Math.floor(since / 1000), remember: false }, since };
  return finish(visit, call, result, isFresh ? { username, since } : undefined);
}
