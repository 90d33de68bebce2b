/** Log-in and consent of one authorization: what the engine calls an interaction. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { clientHash } from "../../login/oauth/registration.ts";
import { parseJid } from "../../xmpp/jid/jid.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { accountIdOf, usernameOf } from "./account-id.ts";
import type { Login } from "./browser.ts";
import { clientFacts, targetOf } from "./client-facts.ts";
import type { OAuthDomain } from "./domain.ts";
import { type FormLimits, readForm } from "./form.ts";
import { challengeUrl } from "./handoff.ts";
import { consentPage } from "./pages/consent.ts";
import { errorPage } from "./pages/error.ts";
import { loginPage } from "./pages/login.ts";
import type { ClientFacts } from "./pages/props.ts";
import { RETURN_PATH, ROUTES } from "./paths.ts";
import { consentScopes } from "./scopes.ts";
import { formToken, isFresh, isOwnForm, loginOf, page, seeOther, type Visit } from "./visit.ts";

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

interface Interaction {
  readonly details: Details;
  readonly client: ClientFacts;
  readonly action: string;
  /** What the form's redirects may lead to. */
  readonly formAction: readonly string[];
}

/** The sockets' own objects: the engine reads its cookies from them. */
export interface NodeCall {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

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

/** The path of the cookie ties the two together: this browser began this very authorization. */
async function interactionOf(
  { engine, domain, context }: Visit,
  { incoming, outgoing }: NodeCall,
): Promise<Interaction | undefined> {
  let details: Details;
  try {
    details = await engine.provider.interactionDetails(incoming, outgoing);
  } catch (error) {
    if (error instanceof Error && error.name === "SessionNotFound") return undefined;
    throw error;
  }
  if (details.uid !== context.req.param("uid")) return undefined;
  const { client_id: clientId, redirect_uri: redirect } = details.params;
  const target = typeof redirect === "string" ? redirect : undefined;
  const registered = typeof clientId === "string" ? domain.clientOf(clientId) : undefined;
  const facts = clientFacts(registered, target);
  return {
    details,
    client: details.deviceCode === undefined ? facts : { ...facts, target: targetOf(undefined) },
    action: `/oauth2/login/${details.uid}`,
    formAction: target === undefined ? [] : [target],
  };
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

export interface Asking {
  /** Path where the person goes on; also the action of the form and its purpose. */
  readonly to: string;
  readonly client: ClientFacts | undefined;
  readonly hint: string | undefined;
  /** Not whoever is logged in at the application anyway. */
  readonly again?: boolean;
  readonly formAction: readonly string[];
}

/** By the application where it logs people in, else by the form. */
export async function askWho(visit: Visit, asking: Asking): Promise<Response> {
  const { domain, engine, browser } = visit;
  if (domain.handoff === undefined) return showLogin(visit, asking);
  const challenge = {
    issuer: engine.issuer,
    domain: domain.name,
    browser,
    to: asking.to,
    returnTo: `${engine.issuer}${RETURN_PATH}`,
    client: asking.client,
    hint: asking.hint,
    again: asking.again === true,
  };
  return seeOther(visit, await challengeUrl(domain.handoff, challenge, domain.clock.now()));
}

export function showLogin(
  visit: Visit,
  { to, client, hint, formAction }: Asking,
  failed?: { readonly problem: string; readonly status: number },
): Response {
  const html = loginPage({
    domain: visit.domain.name,
    client,
    action: to,
    csrf: formToken(visit, to),
    username: hint ?? "",
    problem: failed?.problem,
    cancel: client !== undefined,
  });
  return page(visit, html, { status: failed?.status ?? 200, formAction });
}

type Tried =
  | { readonly ok: true; readonly username: string }
  | { readonly ok: false; readonly problem: string; readonly status: number };

export async function tryPassword({ domain, address }: Visit, form: URLSearchParams): Promise<Tried> {
  const username = form.get("username") ?? "";
  const judged = await domain.checkPassword({ username, password: form.get("password") ?? "", address });
  if (judged.kind === "right") return { ok: true, username: judged.username };
  if (judged.kind === "wrong") return { ok: false, problem: "The name or the password is wrong.", status: 403 };
  return { ok: false, problem: "This cannot be checked at this moment. Try again in a minute.", status: 429 };
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

async function finish(
  visit: Visit,
  { incoming, outgoing }: NodeCall,
  result: Parameters<Provider["interactionResult"]>[2],
  login?: { readonly username: string; readonly since: number },
): Promise<Response> {
  const returnTo = await visit.engine.provider.interactionResult(incoming, outgoing, result, {
    mergeWithLastSubmission: true,
  });
  return seeOther(visit, returnTo, login && visit.browsers.begin(login));
}

function scopeOf({ params }: Details): string {
  return typeof params["scope"] === "string" ? params["scope"] : "";
}

/** Who is asked for consent; undefined: nobody, or whoever logged in no longer may. */
async function consenting({ domain }: Visit, { session, lastSubmission }: Details): Promise<string | undefined> {
  const username = usernameOf(session?.accountId ?? "", domain.name);
  const since = Number(lastSubmission?.["since"]);
  return username !== undefined && (await domain.isCurrent(username, since)) ? username : undefined;
}

async function showConsent(visit: Visit, { details, client, action, formAction }: Interaction): Promise<Response> {
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

async function decide(
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

export function over(visit: Visit): Response {
  const detail = "It was finished already, or it took too long. Go back to your program and begin again.";
  return page(
    visit,
    errorPage({ domain: visit.domain.name, status: 400, title: "This log-in is over", detail, code: undefined }),
    { status: 400 },
  );
}

export function foreignForm(visit: Visit): Response {
  const detail =
    "The form did not come from this page, or the page was open for too long. Load the page again. Cookies must be allowed.";
  return page(
    visit,
    errorPage({
      domain: visit.domain.name,
      status: 403,
      title: "This was not sent from here",
      detail,
      code: undefined,
    }),
    { status: 403 },
  );
}
