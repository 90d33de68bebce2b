/** What somebody who is logged in allows a program. */
import { clientHash } from "../../login/oauth/registration.ts";
import { accountIdOf, usernameOf } from "./account-id.ts";
import { type Details, finish, type Interaction, type NodeCall } from "./interaction.ts";
import { consentPage } from "./pages/consent.ts";
import { ROUTES } from "./paths.ts";
import { over } from "./refusals.ts";
import { consentScopes } from "./scopes.ts";
import { formToken, page, seeOther, type Visit } from "./visit.ts";

function scopeOf({ params }: Details): string {
  return typeof params["scope"] === "string" ? params["scope"] : "";
}

/** Who is asked for consent; undefined: nobody, or whoever logged in no longer may. */
async function consenting({ domain }: Visit, { session, lastSubmission }: Details): Promise<string | undefined> {
  const username = usernameOf(session?.accountId ?? "", domain.name);
  const since = Number(lastSubmission?.["since"]);
  return username !== undefined && (await domain.isCurrent(username, since)) ? username : undefined;
}

export async function showConsent(
  visit: Visit,
  { details, client, action, formAction }: Interaction,
): Promise<Response> {
  const { domain } = visit;
  const username = await consenting(visit, details);
  if (username === undefined) return over(visit);
  const html = consentPage({
    domain: domain.name,
    client,
    user: `${username}@${domain.name}`,
    scopes: [...consentScopes(scopeOf(details))],
    action,
    csrf: formToken(visit, action),
    problem: undefined,
  });
  return page(visit, html, { formAction });
}

export async function decide(
  visit: Visit,
  call: NodeCall,
  { details }: Interaction,
  decision: string | null,
  form: URLSearchParams,
): Promise<Response> {
  if (decision === "switch") return logInAsOther(visit, details);
  const username = await consenting(visit, details);
  const { client_id: clientId } = details.params;
  if (decision !== "allow" || username === undefined || typeof clientId !== "string") return over(visit);
  const accountId = accountIdOf(username, visit.domain.name);
  const { provider } = visit.engine;
  const grant = new provider.Grant({ accountId, clientId });
  const ticked = new Set(form.getAll("scope"));
  const shown = consentScopes(scopeOf(details));
  const allowed = shown.filter(({ name, required }) => required || ticked.has(name)).map(({ name }) => name);
  grant.addOIDCScope(withAlias(allowed, scopeOf(details)).join(" "));
  const refused = shown.map(({ name }) => name).filter((name) => !allowed.includes(name));
  if (refused.length > 0) grant.rejectOIDCScope(refused.join(" "));
  const grantId = await grant.save();
  const { log, name: domain } = visit.domain;
  log.info("grant given", {
    domain,
    user: username,
    grant: grantId,
    client: clientHash(clientId),
    scope: allowed.join(" "),
  });
  return finish(visit, call, { consent: { grantId } });
}

/** A program that asked for a scope and its alias gets both. */
function withAlias(allowed: readonly string[], asked: string): readonly string[] {
  const known = new Set(consentScopes(asked).map(({ name }) => name));
  return [...allowed, ...asked.split(" ").filter((name) => name === "xmpp" && !known.has(name))];
}

/** Begins again, with nobody logged in. */
async function logInAsOther(visit: Visit, { params, deviceCode }: Details): Promise<Response> {
  const nobody = visit.browsers.begin();
  if (deviceCode !== undefined) {
    const code = await visit.engine.provider.DeviceCode.find(deviceCode);
    if (code === undefined) return over(visit);
    Reflect.set(code, "inFlight", false);
    await code.save();
    const query = new URLSearchParams({ user_code: String(Reflect.get(code, "userCode") ?? "") });
    return seeOther(visit, `${ROUTES.code_verification}?${query}`, nobody);
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (typeof value === "string") query.set(name, value);
  query.set("prompt", "login");
  return seeOther(visit, `${ROUTES.authorization}?${query}`, nobody);
}
