/**
 * The authorization server of all domains: the engine answers the endpoints of the protocols, our own pages the people.
 * Imported when it is needed, for it brings the engine along.
 */
import type { IncomingMessage } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Adapter } from "oidc-provider";
import { derivedKey } from "../../login/oauth/keys.ts";
import { Lru } from "../../lru.ts";
import { callerOf, type HttpContext } from "../context.ts";
import { problem } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { getAccount, postAccount } from "./account.ts";
import { createAdapter } from "./adapter.ts";
import { Browsers } from "./browser.ts";
import { ASKED_CODE } from "./device.ts";
import type { OAuthDomain } from "./domain.ts";
import { createEngine, type Engine } from "./engine.ts";
import { oauthError } from "./error.ts";
import type { FormLimits } from "./form.ts";
import type { NodeCall } from "./interaction.ts";
import { issuerOf } from "./issuer.ts";
import { getLogin, postLogin } from "./login.ts";
import { ROUTES } from "./paths.ts";
import { getReturn } from "./return.ts";
import type { Visit } from "./visit.ts";

/** Addresses under which one domain is reached without a `publicUrl`; each has an engine of 50 kB. */
const MOST_ISSUERS = 16;

/** Octets; the engine stops at as many, and then says that it could not read the body. */
const MOST_BODY = 56 * 1024;

export interface ServerOptions {
  readonly proxies: TrustedProxies;
  readonly form: FormLimits;
}

interface Running {
  readonly domain: OAuthDomain;
  readonly adapter: (model: string) => Adapter;
  readonly browsers: Browsers;
  readonly engines: Lru<Engine>;
}

export class AuthorizationServer {
  readonly #options: ServerOptions;
  readonly #running = new WeakMap<OAuthDomain, Running>();

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** An endpoint of the engine's. */
  async protocol(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    const call = nodeCall(context);
    const running = this.#of(domain);
    const engine = this.#engine(context, running);
    if (call === undefined || engine === undefined) return NO_HOST();
    const { incoming, outgoing } = call;
    if (Number(incoming.headers["content-length"] ?? 0) > MOST_BODY) return TOO_LARGE();
    tellProxies(incoming, engine.issuer);
    if (await beginsSession(context, running)) dropSession(incoming);
    prepare(context, incoming);
    outgoing.setHeader("x-content-type-options", "nosniff");
    await engine.provider.callback()(incoming, outgoing);
    return answered();
  }

  getLogin(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    return this.#page(context, domain, (visit, call) => getLogin(visit, call));
  }

  postLogin(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    return this.#page(context, domain, (visit, call) => postLogin(visit, call, this.#options.form));
  }

  getAccount(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    return this.#page(context, domain, (visit) => getAccount(visit));
  }

  postAccount(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    return this.#page(context, domain, (visit) => postAccount(visit, this.#options.form));
  }

  getReturn(context: HttpContext, domain: OAuthDomain): Promise<Response> {
    return this.#page(context, domain, (visit) => getReturn(visit));
  }

  async #page(
    context: HttpContext,
    domain: OAuthDomain,
    answer: (visit: Visit, call: NodeCall) => Promise<Response>,
  ): Promise<Response> {
    const call = nodeCall(context);
    const running = this.#of(domain);
    const engine = this.#engine(context, running);
    if (call === undefined || engine === undefined) return NO_HOST();
    const { address } = callerOf(context, this.#options.proxies); // before the headers are replaced that say it
    tellProxies(call.incoming, engine.issuer);
    const known = running.browsers.read(context.req.header("cookie"), domain.clock.now());
    const visit: Visit = {
      context,
      domain,
      engine,
      browsers: running.browsers,
      browser: known ?? running.browsers.begin(),
      isNew: known === undefined,
      address,
    };
    return answer(visit, call);
  }

  #of(domain: OAuthDomain): Running {
    let running = this.#running.get(domain);
    if (running === undefined) {
      const adapter = createAdapter(domain);
      const keys = domain.keys.map((key) => derivedKey(key, domain.name, "browsers"));
      running = { domain, adapter, browsers: new Browsers(keys), engines: new Lru(MOST_ISSUERS) };
      this.#running.set(domain, running);
    }
    return running;
  }

  #engine(context: HttpContext, { domain, adapter, engines }: Running): Engine | undefined {
    const issuer = issuerOf(context, domain, this.#options.proxies);
    if (issuer === undefined) return undefined;
    const known = engines.get(issuer);
    if (known !== undefined) return known;
    const engine = createEngine(issuer, domain, adapter);
    engines.set(issuer, engine);
    return engine;
  }
}

const TOO_LARGE = (): Response => {
  return oauthError(413, "invalid_request", `The body has more than ${MOST_BODY} octets.`, { connection: "close" });
};
/**
 * COMPAT(@hono/node-server, 2.1): an application in the same process that uses it too puts its own kind of Response in the
 * place of the global one, and of that kind the mark is read only once the body was asked for.
 */
function answered(): Response {
  void RESPONSE_ALREADY_SENT.body;
  return RESPONSE_ALREADY_SENT;
}

const NO_HOST = (): Response => problem(400, "The Host header is no host.");

/** Undefined: the call came in memory, and the engine needs a socket's. */
function nodeCall({ env }: HttpContext): NodeCall | undefined {
  const { incoming, outgoing } = env ?? {};
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}

/** What the engine may believe of the address by which it was reached: the issuer, and nothing of the caller's. */
function tellProxies({ headers }: IncomingMessage, issuer: string): void {
  const { protocol, host } = new URL(issuer);
  headers["x-forwarded-proto"] = protocol.slice(0, -1);
  headers["x-forwarded-host"] = host;
  delete headers["x-forwarded-for"];
}

/**
 * Each authorization has a session of its own at the engine, and begins with nobody logged in there: who that is, is ours
 * to say (browser.ts). So none goes in where an authorization begins, nor where its first log-in comes back.
 */
async function beginsSession({ req }: HttpContext, { adapter }: Running): Promise<boolean> {
  if (req.method === "POST") return false;
  if (req.path === ROUTES.authorization || req.path === ROUTES.code_verification) return true;
  const uid = req.param("uid");
  const interaction = uid === undefined ? undefined : await adapter("Interaction").find(uid);
  return interaction?.session === undefined && interaction?.result?.["login"] !== undefined;
}

function dropSession({ headers }: IncomingMessage): void {
  const cookies = headers.cookie?.split(";").filter((pair) => !/^\s*kith_oauth(\.sig)?=/.test(pair));
  if (cookies !== undefined) headers.cookie = cookies.join(";");
}

/** What the engine shall not see of a call. */
function prepare(context: HttpContext, incoming: IncomingMessage): void {
  const { path, method } = context.req;
  if (method === "POST" || (path !== ROUTES.authorization && path !== ROUTES.code_verification)) return;
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const { searchParams } = url;
  if (path === ROUTES.code_verification) {
    Reflect.set(incoming, ASKED_CODE, searchParams.get("user_code") ?? "");
    incoming.url = path;
  } else if (searchParams.has("response_mode") && searchParams.get("response_mode") !== "query") {
    // The engine has no switch for the others, and would answer in them: it knows none of this name.
    searchParams.set("response_mode", "unsupported");
    incoming.url = `${path}${url.search}`;
  }
}
