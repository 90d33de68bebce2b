/** The paths of the authorization server: which domain, how often, and then to authorization-server.ts, loaded when it is first asked. */
import type { Hono } from "hono";
import { isLoopback, SourceCounts, sourceOf } from "../../addresses.ts";
import { callerOf, type HttpContext, type HttpEnv } from "../context.ts";
import { domainOfHost } from "../host.ts";
import type { HttpOptions } from "../options.ts";
import { problem } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { AddressRate } from "../rate.ts";
import { type Methods, route } from "../route.ts";
import type { AuthorizationServer } from "./authorization-server.ts";
import type { OAuthDomain } from "./domain.ts";
import type { OauthOptions } from "./options.ts";
import { errorPage } from "./pages/error.ts";
import { pageFileRoutes } from "./pages/files.ts";
import { pageHeaders } from "./pages/headers.ts";
import { ACCOUNT_PATH, LOGIN_PATH, RETURN_PATH, ROUTES, WELL_KNOWN } from "./paths.ts";

/** Forms of one address that are worked on at once: as many as it may have XMPP connections that are not logged in. */
const FORMS_AT_ONCE = 64;

type Answer = (server: AuthorizationServer, context: HttpContext, domain: OAuthDomain) => Promise<Response>;

export function authorizationRoutes(
  app: Hono<HttpEnv>,
  options: HttpOptions,
  oauth: OauthOptions,
  proxies: TrustedProxies,
): void {
  const { clock, bodyTime } = options;
  const rate = new AddressRate({ rate: oauth.pageRate, proxies, clock, exemptsLoopback: true });
  let loading: Promise<AuthorizationServer> | undefined;
  const load = (): Promise<AuthorizationServer> => {
    loading ??= import("./authorization-server.ts").then((made) => {
      return new made.AuthorizationServer({ proxies, form: { bodyTime, clock } });
    });
    return loading;
  };
  const answer = async (context: HttpContext, perform: Answer): Promise<Response> => {
    // An issuer is one host's (RFC 8414 §2), and `domain` would be a parameter of nobody's (RFC 6749 §3.1).
    const chosen = domainOfHost(context, options.domains, proxies);
    if (!chosen.ok) return chosen.response;
    const domain = oauth.servers.get(chosen.value.name);
    if (domain === undefined) return problem(404, `${chosen.value.name} has no authorization server.`);
    return perform(await load(), context, domain);
  };
  const limited = (context: HttpContext, perform: Answer): Promise<Response> | Response => {
    const turn = rate.take(callerOf(context, proxies).address);
    if (turn.ok) return answer(context, perform);
    return tooMany(context, turn.seconds);
  };
  const forms = new SourceCounts();
  /** A password is judged in some time, a wrong one later still: nobody has all of it. */
  const form = async (context: HttpContext, perform: Answer): Promise<Response> => {
    const { address } = callerOf(context, proxies);
    if (isLoopback(address) || proxies.has(address)) return answer(context, perform);
    const source = sourceOf(address);
    if (!forms.hasRoom(source, FORMS_AT_ONCE)) return tooMany(context, 1);
    forms.take(source);
    try {
      return await answer(context, perform);
    } finally {
      forms.give(source);
    }
  };
  const protocol: Answer = (server, context, domain) => server.protocol(context, domain);
  const engine = (context: HttpContext): Promise<Response> => answer(context, protocol);
  const begins = (context: HttpContext): Promise<Response> | Response => limited(context, protocol);
  /** For programs: the engine answers the preflight of other origins too. */
  const serve = (path: string, methods: Methods): void => route(app, path, methods, {}, engine);

  for (const path of WELL_KNOWN) serve(path, { GET: engine });
  serve(ROUTES.jwks, { GET: engine });
  serve(ROUTES.device_authorization, { POST: begins });
  // RFC 9700 §2.6: no script of another origin has business with the pages.
  route(app, ROUTES.authorization, { GET: begins });
  route(app, `${ROUTES.authorization}/:uid`, { GET: engine });
  route(app, ROUTES.code_verification, { GET: begins, POST: begins });
  route(app, `${ROUTES.code_verification}/:uid`, { GET: engine });
  for (const path of [ROUTES.token, ROUTES.revocation, ROUTES.introspection]) serve(path, { POST: engine });
  serve(ROUTES.userinfo, { GET: engine, POST: engine });
  route(app, LOGIN_PATH, {
    GET: (context) => answer(context, (server, call, domain) => server.getLogin(call, domain)),
    POST: (context) => form(context, (server, call, domain) => server.postLogin(call, domain)),
  });
  route(app, ACCOUNT_PATH, {
    GET: (context) => answer(context, (server, call, domain) => server.getAccount(call, domain)),
    POST: (context) => form(context, (server, call, domain) => server.postAccount(call, domain)),
  });
  route(app, RETURN_PATH, {
    GET: (context) => answer(context, (server, call, domain) => server.getReturn(call, domain)),
  });
  pageFileRoutes(app);
}

/** A person sees a page, a program the words it expects. */
function tooMany(context: HttpContext, seconds: number): Response {
  const detail = "Too many of these from your address: wait a moment.";
  const after = { "retry-after": String(seconds) };
  if (context.req.header("accept")?.includes("text/html") !== true) return problem(429, detail, after);
  const host = new URL(context.req.url).hostname;
  const page = errorPage({ domain: host, status: 429, title: "Not so fast", detail, code: undefined });
  return new Response(page, { status: 429, headers: { ...pageHeaders(), ...after } });
}
