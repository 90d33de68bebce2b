/** RFC 7591: `/oauth2/register`, where clients register themselves. Nothing is stored: the client id is the registration. */
import type { Hono } from "hono";
import { z } from "zod";
import { metadataSchema } from "../../login/oauth/client-metadata.ts";
import {
  loggedClient,
  type Registered,
  registerClient,
  registrationAnswer,
} from "../../login/oauth/register-client.ts";
import type { LabelledCounter } from "../../metrics.ts";
import { bearerOf, Tokens } from "../auth.ts";
import { parseJson, readBody } from "../body.ts";
import { callerOf, type HttpContext, type HttpEnv } from "../context.ts";
import { chooseDomain } from "../host.ts";
import type { HttpOptions } from "../options.ts";
import { type Checked, pass } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { AddressRate } from "../rate.ts";
import { route } from "../route.ts";
import { asOauthError, oauthError, UNCACHED } from "./error.ts";
import type { HttpRegistry, OauthOptions } from "./options.ts";

const REGISTER_PATH = "/oauth2/register";
/** Octets: the client id that comes of it travels in URLs. */
const MOST_BODY = 8192;
/** What a call that registered nobody counts of one that did. */
const REFUSED_COUNTS = 0.1;

/** Pages of every origin may register; no cookie is ever looked at. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-expose-headers": "retry-after, www-authenticate",
  "access-control-max-age": "86400",
} as const;

export function registerRoute(
  app: Hono<HttpEnv>,
  options: HttpOptions,
  oauth: OauthOptions,
  proxies: TrustedProxies,
): void {
  const endpoint = new RegistrationEndpoint(options, oauth, proxies);
  route(app, REGISTER_PATH, { GET: schema, POST: (context) => endpoint.answer(context) }, CORS);
}

/** As mod_http_oauth2 of 2024 does: what may be posted, as JSON Schema. */
function schema(): Response {
  schemaText ??= JSON.stringify(z.toJSONSchema(metadataSchema, { io: "input" }));
  return new Response(schemaText, { headers: { "content-type": "application/schema+json" } });
}
let schemaText: string | undefined;

type Result =
  | "registered"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "limited"
  | "unauthorized"
  | "refused";

class RegistrationEndpoint {
  readonly #options: HttpOptions;
  readonly #oauth: OauthOptions;
  readonly #proxies: TrustedProxies;
  readonly #rate: AddressRate;
  readonly #tokens: ReadonlyMap<string, Tokens>;
  readonly #results: LabelledCounter;

  constructor(options: HttpOptions, oauth: OauthOptions, proxies: TrustedProxies) {
    this.#options = options;
    this.#oauth = oauth;
    this.#proxies = proxies;
    this.#rate = new AddressRate({ rate: oauth.registrationRate, proxies, clock: options.clock });
    this.#tokens = new Map([...oauth.registries].map(([domain, { tokens }]) => [domain, new Tokens(tokens)]));
    const help = "Clients that asked to be registered over HTTP, by result.";
    this.#results = options.metrics.labelled("kith_oauth_registrations_total", help, ["result"]);
  }

  async answer(context: HttpContext): Promise<Response> {
    const { address } = callerOf(context, this.#proxies);
    const turn = this.#rate.take(address);
    if (!turn.ok) {
      const description = "Too many clients were registered from this address: try again later.";
      const headers = { "retry-after": String(turn.seconds) };
      return this.#count("limited", oauthError(429, "temporarily_unavailable", description, headers));
    }
    const response = await this.#register(context, address);
    if (response.status !== 201) this.#rate.give(address, 1 - REFUSED_COUNTS);
    return response;
  }

  async #register(context: HttpContext, address: string): Promise<Response> {
    const domain = chooseDomain(context, this.#options.domains, this.#proxies);
    if (!domain.ok) return this.#count("refused", await asOauthError(domain.response, "invalid_request"));
    const registry = this.#oauth.registries.get(domain.value.name);
    if (registry === undefined) {
      const description = `No clients register at ${domain.value.name}.`;
      return this.#count("refused", oauthError(404, "invalid_request", description));
    }
    const barred = this.#bar(context, registry);
    if (barred !== undefined) return barred;
    const posted = await this.#read(context);
    if (!posted.ok) return this.#count("refused", posted.response);
    const registered = await registerClient(registry, posted.value, this.#options.clock.now());
    if (!registered.ok) {
      const { error, description } = registered;
      return this.#count(error, oauthError(400, error, description));
    }
    this.#log(registry, registered, address);
    const body = registrationAnswer(registered.client);
    return this.#count("registered", Response.json(body, { status: 201, headers: UNCACHED }));
  }

  /** The answer to whoever may not register here. */
  #bar(context: HttpContext, { domain, policy }: HttpRegistry): Response | undefined {
    if (policy === "open") return undefined;
    if (policy === "off") {
      const description = "Only the operator of this server registers clients.";
      return this.#count("unauthorized", oauthError(403, "access_denied", description));
    }
    const given = bearerOf(context);
    if (given !== undefined && this.#tokens.get(domain)?.has(given) === true) return undefined;
    // RFC 6750 §3.1: no error code for whoever brought no token.
    const challenge = `Bearer realm="kith"${given === undefined ? "" : ', error="invalid_token"'}`;
    const description = "Registration needs an initial access token (RFC 7591 §3.1) as Authorization: Bearer.";
    const headers = { "www-authenticate": challenge };
    return this.#count("unauthorized", oauthError(401, "invalid_token", description, headers));
  }

  async #read(context: HttpContext): Promise<Checked<unknown>> {
    const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      const description = "The metadata is posted as application/json (RFC 7591 §3.1).";
      return { ok: false, response: oauthError(415, "invalid_request", description) };
    }
    const { bodyTime, clock } = this.#options;
    const limits = { maxBody: MOST_BODY, setting: "a limit of registration", bodyTime, clock };
    const bytes = await readBody(context, limits);
    const json = bytes.ok ? parseJson(bytes.value) : bytes;
    if (json.ok) return pass(json.value);
    return { ok: false, response: await asOauthError(json.response, "invalid_client_metadata") };
  }

  #log({ domain }: HttpRegistry, { client }: Extract<Registered, { ok: true }>, address: string): void {
    this.#options.log.info("client registered", { ...loggedClient(domain, client), address });
  }

  #count(result: Result, response: Response): Response {
    this.#results.add({ result });
    return response;
  }
}
