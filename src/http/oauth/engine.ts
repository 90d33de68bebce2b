/** The configuration of oidc-provider for one domain and one issuer. Loaded only where the authorization server runs. */
import type { EventEmitter } from "node:events";
import Provider, {
  type Adapter,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import { ACCESS_TOKEN_PREFIX } from "../../login/oauth/check.ts";
import { derivedKey, signingJwk } from "../../login/oauth/keys.ts";
import { defaultScope, hasKnownScope, SCOPE_NAMES } from "../../login/oauth/scopes.ts";
import { usernameOf } from "./account-id.ts";
import { deviceFlow } from "./device.ts";
import type { OAuthDomain } from "./domain.ts";
import { sendPage } from "./node-page.ts";
import { errorPage } from "./pages/error.ts";
import { ROUTES } from "./paths.ts";

/** The one response mode: the others come by scripts, or leave the answer in the address bar of a page. */
const QUERY = "query";
/** Seconds. */
const CODE = 60;
const LOGIN = 600;
/** A grant lasts as long as tokens of it do; what has none left is swept. */
const GRANT = 10 * 365 * 24 * 60 * 60;

export interface Engine {
  readonly issuer: string;
  readonly provider: Provider;
}

export function createEngine(issuer: string, domain: OAuthDomain, adapter: (model: string) => Adapter): Engine {
  const provider = new Provider(issuer, configurationOf(issuer, domain, adapter));
  // Behind trusted proxies: the headers are set by routes.ts, and by nobody else.
  provider.proxy = true;
  // So that a login tells our own tokens from all others at a glance.
  const prototype = provider.AccessToken.prototype as unknown as { generateTokenId?(): string };
  const { generateTokenId } = prototype;
  if (generateTokenId === undefined) throw new TypeError("oidc-provider makes the ids of tokens in another way now");
  prototype.generateTokenId = function prefixed(this: typeof prototype) {
    return ACCESS_TOKEN_PREFIX + generateTokenId.call(this);
  };
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route === "discovery")
      Object.assign(context.body as object, { response_modes_supported: [QUERY] });
  });
  const failed = ({ path }: { readonly path: string }, { message, stack }: Error): void => {
    domain.log.error("authorization server failed", { path, error: message, stack });
  };
  provider.on("server_error", failed);
  // Else Koa prints what it catches; its own event is not among those that are typed.
  const koa = provider as unknown as EventEmitter;
  koa.on("error", (error: Error, context: { readonly path: string }) => failed(context, error));
  return { issuer, provider };
}

function configurationOf(issuer: string, domain: OAuthDomain, adapter: (model: string) => Adapter): Configuration {
  const { name, keys } = domain;
  const secure = issuer.startsWith("https:");
  const cookie = { httpOnly: true, sameSite: "lax", secure, signed: true, path: "/oauth2" } as const;
  return {
    adapter,
    jwks: { keys: keys.map((key) => ({ ...signingJwk(key, name) })) },
    cookies: {
      keys: keys.map((key) => derivedKey(key, name, "cookies").toString("base64url")),
      long: cookie,
      short: { httpOnly: true, sameSite: "lax", secure, signed: true },
      names: { session: "kith_oauth", interaction: "kith_oauth_login", resume: "kith_oauth_resume" },
    },
    routes: ROUTES,
    scopes: [...SCOPE_NAMES],
    extraParams: { scope: askedScope },
    claims: { openid: ["sub"] },
    subjectTypes: ["public"],
    responseTypes: ["code"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    pkce: { required: () => true }, // RFC 9700 §2.1.1
    conformIdTokenClaims: true,
    clientBasedCORS: () => true, // no cookie counts there: RFC 9700 §2.6 asks for CORS at these endpoints alone
    discovery: {
      ...(domain.registers ? { registration_endpoint: `${issuer}/oauth2/register` } : {}),
      service_documentation: undefined,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
      introspection: {
        enabled: true,
        // RFC 7662 §4: a program learns of its own tokens alone.
        allowedPolicy: async (_context, client, token) => token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_context, client, token) => token.clientId === client.clientId,
      },
      deviceFlow: deviceFlow(domain),
    },
    interactions: {
      policy: interactionPolicy.base(),
      url: (_context, { uid }) => `/oauth2/login/${uid}`,
    },
    findAccount: async (_context, accountId) => {
      const username = usernameOf(accountId, name);
      if (username === undefined) return undefined;
      return { accountId, claims: async () => ({ sub: accountId }) };
    },
    extraTokenClaims: async (_context, token) => {
      const username = "accountId" in token ? usernameOf(token.accountId ?? "", name) : undefined;
      return username === undefined ? undefined : { username: `${username}@${name}` }; // RFC 7662 §2.2
    },
    // Every program is asked about each time: RFC 8252 §8.6, for anybody can use a public client's id.
    loadExistingGrant: async ({ oidc }) => {
      const grantId = oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId);
    },
    expiresWithSession: async () => false,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: () => true, // RFC 9700 §4.14.2
    revokeGrantPolicy: () => true, // whoever gives back a token, of either kind, logs out
    ttl: {
      AccessToken: seconds(domain.accessToken),
      RefreshToken: seconds(domain.refreshToken),
      AuthorizationCode: CODE,
      DeviceCode: LOGIN,
      Grant: GRANT,
      IdToken: seconds(domain.accessToken),
      Interaction: LOGIN,
      Session: LOGIN,
    },
    renderError: async (context, out, error) => {
      if (error.name === "SessionNotFound") sendOver(context, name);
      else renderError(context, name, out.error, out.error_description);
    },
  };
}

/** RFC 6749 §3.3: a default, as docs/login.md says, and an error where nothing is asked for that is known here. */
function askedScope(
  { oidc }: KoaContextWithOIDC,
  asked: string | undefined,
  client: { readonly scope?: string | undefined },
): void {
  if (asked === undefined && oidc.params !== undefined) oidc.params["scope"] = defaultScope(client.scope);
  else if (!hasKnownScope(asked ?? "")) throw new errors.InvalidScope("no scope of these is known here", asked ?? "");
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}

function renderError(context: KoaContextWithOIDC, domain: string, code: string, description: unknown): void {
  const detail = typeof description === "string" ? description : "";
  const status = Math.max(context.status, 400);
  sendPage(context, errorPage({ domain, status, title: "This did not work", detail, code }), { status });
}

/** Each authorization has a session of its own, and the browser holds one at a time: the latest. */
function sendOver(context: KoaContextWithOIDC, domain: string): void {
  const title = "This log-in is over";
  const detail = "It was finished already, it took too long, or another log-in in this browser took its place.";
  sendPage(context, errorPage({ domain, status: 400, title, detail, code: undefined }), { status: 400 });
}
