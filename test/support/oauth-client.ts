/** An OAuth client of others (oauth4webapi) as a test drives it: discovery, registration, log-in, consent, tokens. */
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser, type Page } from "./browser.ts";

/** The servers of tests speak plain HTTP on loopback. */
export const INSECURE = { [oauth.allowInsecureRequests]: true } as const;

export const REGISTRATION_KEY = "a-registration-key-for-tests-0123456789";
export const REDIRECT = "http://127.0.0.1/callback";

export const NATIVE = {
  client_name: "Test Chat",
  client_uri: "https://app.example.com/",
  redirect_uris: [REDIRECT],
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
};

export interface Registered {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
}

export async function discover(base: string): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(base);
  const response = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...INSECURE });
  return oauth.processDiscoveryResponse(issuer, response);
}

export async function register(base: string, metadata: Partial<oauth.Client> = NATIVE): Promise<Registered> {
  const as = await discover(base);
  const response = await oauth.dynamicClientRegistrationRequest(as, metadata, INSECURE);
  const client = await oauth.processDynamicClientRegistrationResponse(response);
  const { client_secret: secret, token_endpoint_auth_method: method } = client;
  const auth =
    method === "none"
      ? oauth.None()
      : method === "client_secret_post"
        ? oauth.ClientSecretPost(String(secret))
        : oauth.ClientSecretBasic(String(secret));
  return { as, client, auth };
}

export interface Asked {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
}

export async function authorizeUrl(
  { as, client }: Pick<Registered, "as" | "client">,
  more: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint ?? "");
  const params = {
    client_id: client.client_id,
    redirect_uri: REDIRECT,
    response_type: "code",
    scope: "xmpp",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    ...more,
  };
  for (const [name, value] of Object.entries(params)) if (value !== "") url.searchParams.set(name, value);
  return { url: url.href, verifier, state };
}

/** Types name and password into the first form of the page. */
export function logIn(browser: Browser, page: Page, username: string, password: string): Promise<Page> {
  const form = page.forms.find(({ method, inputs }) => method === "post" && inputs.includes("password"));
  return browser.post(page, form, { username, password });
}

/** Presses the first button of the first form. */
export function allow(browser: Browser, page: Page): Promise<Page> {
  return browser.post(page, page.forms[0]);
}

/** The whole way of a program that was never registered here: to its tokens. */
export async function tokensFor(
  base: string,
  username: string,
  password: string,
  more: {
    readonly metadata?: Partial<oauth.Client>;
    readonly params?: Readonly<Record<string, string>>;
  } = {},
): Promise<
  Registered & {
    readonly tokens: oauth.TokenEndpointResponse;
    readonly browser: Browser;
    readonly code: string;
    readonly asked: Asked;
  }
> {
  const registered = await register(base, more.metadata);
  const asked = await authorizeUrl(registered, more.params);
  const browser = new Browser();
  const consent = await logIn(browser, await browser.open(asked.url), username, password);
  const end = await allow(browser, consent);
  const { as, client, auth } = registered;
  const answer = oauth.validateAuthResponse(as, client, new URL(end.url), asked.state);
  const redirect = more.params?.["redirect_uri"] ?? REDIRECT;
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    answer,
    redirect,
    asked.verifier,
    INSECURE,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response);
  const code = answer.get("code") ?? "";
  assert.notEqual(code, "");
  return { ...registered, tokens, browser, code, asked };
}
