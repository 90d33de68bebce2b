/** The authorization server's endpoints: each is what its RFC says, and pages are for people. */
import { z } from "zod";
import { oauthErrorAnswer } from "../schemas/oauth.ts";
import { type AnswerDoc, type Content, json, type Method, type Operation } from "./operation.ts";

const TAG = "OAuth clients";

const found = (what: string): z.ZodType => z.looseObject({}).describe(what);
const html = z.string().describe("HTML, without scripts.");
const fields = z.looseObject({}).describe("Fields of the form, as its RFC names them.");

function formBody(example: Readonly<Record<string, string>>): Content {
  return { schema: fields, types: ["application/x-www-form-urlencoded"], examples: { example } };
}

const WRONG = json("A request that the RFC refuses.", oauthErrorAnswer, {
  error: "invalid_grant",
  error_description: "grant request is invalid",
});
const PAGE: AnswerDoc = {
  description: "A page.",
  content: { schema: html, types: ["text/html"], examples: { example: "<!DOCTYPE html>…" } },
};
const ON: AnswerDoc = { description: "The browser goes on.", headers: { Location: "Where to." } };
const BUSY = { 429: "Too many of these from one address." };
const ISSUER = "https://chat.example.com";

interface Endpoint {
  readonly id: string;
  readonly summary: string;
  readonly example: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

/** An endpoint for programs. */
function endpoint(method: Method, path: string, { id, summary, example, form }: Endpoint): Operation {
  return {
    method,
    path,
    id,
    tag: TAG,
    summary,
    access: "open",
    ...(form === undefined ? {} : { body: formBody(form) }),
    answers: { 200: json("As the RFC says.", found(summary), example), ...(form === undefined ? {} : { 400: WRONG }) },
  };
}

/** A page for people. */
function forPeople(method: Method, path: string, id: string, summary: string, isLimited = false): Operation {
  return {
    method,
    path,
    id,
    tag: TAG,
    summary,
    access: "open",
    ...(method === "post" ? { body: formBody({ csrf: "…" }) } : {}),
    answers: { 200: PAGE, 303: ON, 400: { ...PAGE, description: "A page that says what is wrong." } },
    ...(isLimited ? { problems: BUSY } : {}),
  };
}

const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/oauth2/authorize`,
  token_endpoint: `${ISSUER}/oauth2/token`,
  registration_endpoint: `${ISSUER}/oauth2/register`,
};
const CODE = {
  grant_type: "authorization_code",
  code: "…",
  redirect_uri: "https://app.example.com/cb",
  code_verifier: "…",
};
const TOKENS = { access_token: "kat_…", token_type: "Bearer", expires_in: 3600, refresh_token: "…", scope: "xmpp" };
const DEVICE = {
  device_code: "…",
  user_code: "BCDF-GHJK",
  verification_uri: `${ISSUER}/oauth2/device`,
  expires_in: 600,
};
const WHO = { sub: "xmpp:john@example.com" };
const ACTIVE = { active: true, sub: "xmpp:john@example.com", username: "john@example.com", scope: "xmpp" };
const userinfo = { summary: "Whose access token it is (OpenID Connect Core §5.3)", example: WHO };

export const authorizationOperations: readonly Operation[] = [
  endpoint("get", "/.well-known/oauth-authorization-server", {
    id: "authorizationServerMetadata",
    summary: "Where everything is, and what is possible (RFC 8414)",
    example: METADATA,
  }),
  endpoint("get", "/.well-known/openid-configuration", {
    id: "openidConfiguration",
    summary: "The same (OpenID Connect Discovery)",
    example: METADATA,
  }),
  endpoint("get", "/oauth2/jwks", {
    id: "jwks",
    summary: "Public keys of id_tokens (RFC 7517)",
    example: { keys: [{ kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid: "…", x: "…", y: "…" }] },
  }),
  endpoint("post", "/oauth2/token", {
    id: "token",
    summary: "Tokens for a code, a refresh token or a device code (RFC 6749 §3.2, RFC 8628 §3.4)",
    example: TOKENS,
    form: CODE,
  }),
  endpoint("post", "/oauth2/revoke", {
    id: "revoke",
    summary: "Gives a token back, with all that came of the same grant (RFC 7009)",
    example: {},
    form: { token: "…" },
  }),
  endpoint("post", "/oauth2/introspect", {
    id: "introspect",
    summary: "What a token of one's own is good for (RFC 7662)",
    example: ACTIVE,
    form: { token: "…" },
  }),
  endpoint("get", "/oauth2/userinfo", { id: "userinfo", ...userinfo }),
  endpoint("post", "/oauth2/userinfo", { id: "userinfoByPost", ...userinfo, form: {} }),
  {
    ...endpoint("post", "/oauth2/device_authorization", {
      id: "deviceAuthorization",
      summary: "Codes for a device without a browser (RFC 8628 §3.1)",
      example: DEVICE,
      form: { client_id: "…", scope: "xmpp" },
    }),
    problems: BUSY,
  },
  forPeople("get", "/oauth2/authorize", "authorize", "Begins an authorization (RFC 6749 §3.1, PKCE by S256)", true),
  forPeople("get", "/oauth2/authorize/{uid}", "authorizeOn", "Goes on after log-in and consent"),
  forPeople("get", "/oauth2/device", "deviceCode", "Where people type the code of a device (RFC 8628 §3.3)", true),
  forPeople("post", "/oauth2/device", "deviceCodeTyped", "The same, typed and confirmed", true),
  forPeople("get", "/oauth2/device/{uid}", "deviceOn", "Goes on after log-in and consent"),
  forPeople("get", "/oauth2/login/{uid}", "loginPage", "Log-in and consent of one authorization"),
  forPeople("post", "/oauth2/login/{uid}", "loginPosted", "The same, filled in"),
  forPeople("get", "/oauth2/return", "loginReturn", "Where the application sends people back (login.url)"),
  forPeople("get", "/oauth2/account", "accountPage", "My apps and devices"),
  forPeople("post", "/oauth2/account", "accountPosted", "The same: adds or ends something"),
  file("style.css", "text/css"),
  file("icon.svg", "image/svg+xml"),
];

function file(name: string, type: string): Operation {
  return {
    method: "get",
    path: `/oauth2/${name}`,
    id: `oauthFile_${name.replace(".", "_")}`,
    tag: TAG,
    summary: "A file of the pages",
    access: "open",
    answers: {
      200: { description: "The file.", content: { schema: z.string(), types: [type], examples: { example: "…" } } },
      304: { description: "As it was." },
    },
  };
}
