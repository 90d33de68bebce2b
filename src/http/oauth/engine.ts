/** The configuration of oidc-provider for one domain and one issuer. Loaded only where the authorization server runs. */
import Provider, { type Adapter, type Configuration, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { ACCESS_TOKEN_PREFIX } from "../../login/oauth/check.ts";
import { derivedKey, signingJwk } from "../../login/oauth/keys.ts";
import { SCOPE_NAMES } from "../../login/oauth/scopes.ts";
import { usernameOf } from "./account-id.ts";
import { deviceFlow } from "./device.ts";
import type { OAuthDomain } from "./domain.ts";
import { sendPage } from "./node-page.ts";
import { errorPage } from "./pages/error.ts";
import { ROUTES } from "./paths.ts";

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
  provider.on("server_error", (context, error) => {
    domain.log.error("authorization server failed", { path: context.path, error: error.message, stack: error.stack });
  });
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
    renderError: async (context, out) => renderError(context, name, out.error, out.error_description),
  };
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}

function renderError(context: KoaContextWithOIDC, domain: string, code: string, description: unknown): void {
  const detail = typeof description === "string" ? description : "";
  const status = Math.max(context.status, 400);
  sendPage(context, errorPage({ domain, status, title: "This did not work", detail, code }), { status });
}
