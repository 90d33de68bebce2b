/** What a client may say of itself: RFC 7591 §2, with redirect rules of RFC 8252 and RFC 9700 §2.1. Pure. */
import { z } from "zod";
import type { ClientMetadata } from "./registration.ts";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** The code shown to the person in place of a redirect: taken at registration, never redirected to. */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

const uri = z.string().min(1).max(1024);
const text = z.string().min(1).max(255);
const texts = z.array(text).max(20);

export const metadataSchema = z
  .object({
    redirect_uris: z.array(uri).min(1).max(20),
    client_name: text,
    client_uri: uri,
    application_type: z.enum(["native", "web"]).optional(),
    token_endpoint_auth_method: z
      .enum(["none", "client_secret_basic", "client_secret_post"])
      .default("client_secret_basic"),
    grant_types: z
      .array(
        z.enum(["authorization_code", "refresh_token", "implicit", "password", "client_credentials", DEVICE_GRANT]),
      )
      .min(1)
      .default(["authorization_code", "refresh_token"]),
    response_types: z.array(z.enum(["code", "token", "none"])).optional(),
    scope: z.string().max(1024).optional(),
    contacts: texts.optional(),
    logo_uri: uri.optional(),
    tos_uri: uri.optional(),
    policy_uri: uri.optional(),
    software_id: text.optional(),
    software_version: text.optional(),
  })
  .describe("RFC 7591 §2; members that are not named here are dropped.");

export type RegistrationError = "invalid_redirect_uri" | "invalid_client_metadata";

export type ReadMetadata =
  | { readonly ok: true; readonly metadata: ClientMetadata }
  | { readonly ok: false; readonly error: RegistrationError; readonly description: string };

/** Only the server sets these; who sends one means to choose how long the id lives. */
const OURS = ["iat", "exp", "nbf", "nonce"];

/** Checks what was posted and fills in the defaults; members that are not known are dropped (RFC 7591 §2). */
export function readMetadata(posted: unknown): ReadMetadata {
  if (typeof posted === "object" && posted !== null) {
    const own = OURS.find((name) => Object.hasOwn(posted, name));
    if (own !== undefined) return wrong("invalid_client_metadata", `${own} is set by the server.`);
  }
  const parsed = metadataSchema.safeParse(posted);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [member = "the metadata"] = issue?.path ?? [];
    const error = member === "redirect_uris" ? "invalid_redirect_uri" : "invalid_client_metadata";
    return wrong(error, `${String(member)}: ${issue?.message ?? "wrong"}`);
  }
  const { application_type, response_types, ...rest } = parsed.data;
  const type = application_type ?? (isNative(rest.redirect_uris[0] ?? "") ? "native" : "web");
  const types = response_types ?? (rest.grant_types.includes("authorization_code") ? (["code"] as const) : []);
  const redirects = checkRedirects(rest.redirect_uris, type, hostOf(rest.client_uri));
  const problem = checkUris(rest) ?? redirects ?? checkGrants(rest.grant_types, types);
  return problem ?? { ok: true, metadata: { ...rest, application_type: type, response_types: types } };
}

/** The redirects that a client id may use, also one that another server issued; undefined: it breaks the rules above. */
export function redirectsOf(metadata: ClientMetadata): readonly string[] | undefined {
  const read = z.object({ redirect_uris: z.array(uri).min(1).max(20) }).safeParse(metadata);
  if (!read.success) return undefined;
  const { redirect_uris } = read.data;
  const type = metadata["application_type"] ?? (isNative(redirect_uris[0] ?? "") ? "native" : "web");
  const home = typeof metadata["client_uri"] === "string" ? hostOf(metadata["client_uri"]) : undefined;
  if (checkRedirects(redirect_uris, type === "native" ? "native" : "web", home) !== undefined) return undefined;
  return redirect_uris.filter((redirect) => redirect !== OUT_OF_BAND);
}

function wrong(error: RegistrationError, description: string): Extract<ReadMetadata, { ok: false }> {
  return { ok: false, error, description };
}

type Problem = Extract<ReadMetadata, { ok: false }> | undefined;

function checkRedirects(redirects: readonly string[], type: "native" | "web", home: string | undefined): Problem {
  if (new Set(redirects).size < redirects.length)
    return wrong("invalid_redirect_uri", "A redirect URI stands there twice.");
  for (const redirect of redirects) {
    if (redirect.includes("#")) return wrong("invalid_redirect_uri", `${redirect}: no fragment may stand there.`); // RFC 6749 §3.1.2
    if (type === "native" ? isNative(redirect) : isWeb(redirect, home)) continue;
    const expected =
      type === "native"
        ? "http to localhost, 127.0.0.1 or [::1], or a scheme of your own with a dot" // RFC 8252 §7
        : "https, at the host of client_uri";
    return wrong("invalid_redirect_uri", `${redirect}: a ${type} application redirects to ${expected}.`);
  }
  return undefined;
}

/** As written, so that one redirect has one spelling: the host in lower case, no name and password. */
function isWeb(redirect: string, home: string | undefined): boolean {
  const host = hostOf(redirect);
  return host !== undefined && (home === undefined || host === home);
}

function isNative(redirect: string): boolean {
  if (redirect === OUT_OF_BAND) return true;
  if (!URL.canParse(redirect) || redirect.trim() !== redirect) return false;
  const { protocol, hostname, username } = new URL(redirect);
  if (protocol === "http:") {
    return LOOPBACK.includes(hostname) && username === "" && redirect.startsWith(`http://${hostname}`);
  }
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol);
}

/** Of an https address that is not loopback and is written as it is meant; undefined: it is none. */
function hostOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, username, password } = new URL(address);
  if (protocol !== "https:" || username !== "" || password !== "" || LOOPBACK.includes(hostname)) return undefined;
  const rest = address.slice(`https://${hostname}`.length);
  return address.startsWith(`https://${hostname}`) && /^([:/?]|$)/.test(rest) ? hostname : undefined;
}

type Uris = Pick<z.output<typeof metadataSchema>, "client_uri" | "logo_uri" | "tos_uri" | "policy_uri">;

/** What the consent page may show lies at the client's own host. */
function checkUris({ client_uri, ...others }: Uris): Problem {
  const home = hostOf(client_uri);
  if (home === undefined) return wrong("invalid_client_metadata", "client_uri is an https address of yours.");
  for (const name of ["logo_uri", "tos_uri", "policy_uri"] as const) {
    const value = others[name];
    if (value === undefined || hostOf(value) === home) continue;
    return wrong("invalid_client_metadata", `${name} is an https address at the host of client_uri.`);
  }
  return undefined;
}

/** RFC 7591 §2.1: what belongs together; grants that give tokens without the person's consent are not offered. */
function checkGrants(grants: readonly string[], types: readonly string[]): Problem {
  const others = grants.filter((grant) => ["implicit", "password", "client_credentials"].includes(grant));
  if (others.length > 0) return wrong("invalid_client_metadata", `grant_types: ${others.join(", ")} is not offered.`);
  if (grants.every((grant) => grant === "refresh_token")) {
    return wrong("invalid_client_metadata", "grant_types: refresh_token alone gives no first token.");
  }
  const isConsistent =
    types.every((type) => type === "code") && grants.includes("authorization_code") === types.includes("code");
  // RFC 8628 has no response type; clients of mod_http_oauth2 are given "code" beside it.
  const isDevice = grants.includes(DEVICE_GRANT) && types.every((type) => type === "code");
  if (isConsistent || isDevice) return undefined;
  return wrong(
    "invalid_client_metadata",
    'response_types and grant_types do not agree: "code" goes with authorization_code.',
  );
}
