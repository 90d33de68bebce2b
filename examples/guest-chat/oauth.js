// OAuth 2.0 as a program does it that nobody has registered: reads who gives tokens, registers itself, sends the person there.

const PATIENCE_MS = 15_000;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const WELL_KNOWN = "/.well-known/oauth-authorization-server";

/** A refusal in the words of RFC 6749 §5.2. */
export class OAuthError extends Error {
  constructor(code, description) {
    super(description ?? code);
    this.code = code;
  }
}

/** What other people's servers name is taken only if it can be trusted with a token: TLS, or this very machine. */
export function trusted(address) {
  const url = new URL(address);
  const isHere = LOOPBACK.has(url.hostname);
  if (url.protocol === "https:" || url.protocol === "wss:") return url;
  if (isHere && (url.protocol === "http:" || url.protocol === "ws:")) return url;
  throw new Error(`${url.origin} is not protected by TLS`);
}

/** RFC 8414 §3.3: whoever answers must say that they are who was asked. */
export async function readMetadata(address) {
  const url = trusted(address);
  const metadata = await answerOf(await ask(url));
  const issuer = trusted(metadata.issuer);
  const path = issuer.pathname === "/" ? "" : issuer.pathname;
  const standsFor = [
    `${issuer.origin}${WELL_KNOWN}${path}`,
    `${issuer.origin}${path}/.well-known/openid-configuration`,
  ];
  if (!standsFor.includes(url.href)) throw new Error(`${url.host} speaks for ${metadata.issuer}`);
  if (!metadata.code_challenge_methods_supported?.includes("S256")) throw new Error(`${url.host} knows no PKCE`);
  const { authorization_endpoint, token_endpoint, registration_endpoint, revocation_endpoint } = metadata;
  for (const one of [authorization_endpoint, token_endpoint]) trusted(one);
  for (const one of [registration_endpoint, revocation_endpoint]) if (one !== undefined) trusted(one);
  return {
    issuer: metadata.issuer,
    authorization_endpoint,
    token_endpoint,
    registration_endpoint,
    revocation_endpoint,
    isCertain: metadata.authorization_response_iss_parameter_supported === true,
  };
}

/** RFC 7591: a public client, for a page can keep no secret. The id that comes back is all there is. */
export async function register({ registration_endpoint: endpoint, issuer }, redirect) {
  if (endpoint === undefined) throw new Error(`${new URL(issuer).host} lets no program register itself`);
  const isPublished = new URL(redirect).protocol === "https:";
  const response = await ask(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: "Guest Chat",
      client_uri: isPublished ? new URL("/", redirect).href : "https://guest-chat.example/",
      redirect_uris: [redirect],
      application_type: isPublished ? "web" : "native", // RFC 8252 §7.3: on this machine, by http
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      scope: "xmpp:client:normal",
    }),
  });
  return (await answerOf(response)).client_id;
}

/** Where to send the person (RFC 6749 §4.1.1, RFC 7636), and what to keep until they are back. */
export async function authorization({ authorization_endpoint: endpoint }, { client, redirect, hint }) {
  const verifier = random();
  const state = random();
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const url = new URL(endpoint);
  const query = {
    response_type: "code",
    client_id: client,
    redirect_uri: redirect,
    scope: "xmpp:client:normal", // XEP-0493 §4
    state,
    code_challenge: base64url(new Uint8Array(hash)),
    code_challenge_method: "S256",
    login_hint: hint,
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.href, verifier, state };
}

/** What the address says with which the person came back. Undefined: they did not come from there. */
export function readAnswer(query, asked) {
  if (!query.has("code") && !query.has("error")) return undefined;
  if (asked === null || query.get("state") !== asked.state) throw new Error("This answer is to no question of ours");
  const issuer = query.get("iss"); // RFC 9207 §2.4
  if (issuer === null ? asked.metadata.isCertain : issuer !== asked.metadata.issuer) {
    throw new Error("This answer comes from another server than was asked");
  }
  if (query.has("error")) throw new OAuthError(query.get("error"), query.get("error_description") ?? undefined);
  return query.get("code");
}

export function changeCode({ metadata, client, redirect, verifier }, code) {
  const form = { grant_type: "authorization_code", code, redirect_uri: redirect, code_verifier: verifier };
  return tokens(metadata, { ...form, client_id: client });
}

/** The old refresh token is used up; the answer has the next one. */
export function refresh({ metadata, client, refreshToken }) {
  return tokens(metadata, { grant_type: "refresh_token", refresh_token: refreshToken, client_id: client });
}

/** RFC 7009. */
export async function revoke({ metadata: { revocation_endpoint: endpoint }, client, refreshToken }) {
  if (endpoint === undefined) return;
  const body = new URLSearchParams({ token: refreshToken, token_type_hint: "refresh_token", client_id: client });
  const response = await ask(endpoint, { method: "POST", body });
  if (!response.ok) await answerOf(response);
}

async function tokens({ token_endpoint: endpoint }, form) {
  const answer = await answerOf(await ask(endpoint, { method: "POST", body: new URLSearchParams(form) }));
  if (typeof answer.access_token !== "string") throw new Error(`${new URL(endpoint).host} gave no token`);
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token };
}

function ask(address, init = {}) {
  return fetch(address, { ...init, credentials: "omit", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
}

async function answerOf(response) {
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  if (answer?.error === undefined) throw new Error(`${new URL(response.url).host} gave no answer that can be read`);
  throw new OAuthError(answer.error, answer.error_description);
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(octets) {
  return btoa(String.fromCharCode(...octets))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
