/** One registration (RFC 7591 §3): checked, signed, and forgotten. */
import { type RegistrationError, readMetadata } from "./client-metadata.ts";
import {
  type ClientMetadata,
  clientHash,
  LONGEST_CLIENT_ID,
  type RegisteredClient,
  type Registration,
} from "./registration.ts";

export interface RegistrationRefusal {
  readonly ok: false;
  readonly error: RegistrationError;
  /** A sentence for whoever wrote the client. */
  readonly description: string;
}

/** Undefined: the authorization server will take a client that says this of itself. */
export type CheckMetadata = (domain: string, metadata: ClientMetadata) => Promise<RegistrationRefusal | undefined>;

export type Registered = { readonly ok: true; readonly client: RegisteredClient } | RegistrationRefusal;

export interface ClientRegistry {
  /** Prepared. */
  readonly domain: string;
  readonly registration: Registration;
  readonly check: CheckMetadata | undefined;
}

/** `posted` comes from anybody. `now`: ms since the epoch. */
export async function registerClient(registry: ClientRegistry, posted: unknown, now: number): Promise<Registered> {
  const read = readMetadata(posted);
  if (!read.ok) return read;
  const refusal = await registry.check?.(registry.domain, read.metadata);
  if (refusal !== undefined) return refusal;
  const client = registry.registration.register(read.metadata, Math.floor(now / 1000));
  if (client !== undefined) return { ok: true, client };
  const description = `The metadata is too long: a client id has at most ${LONGEST_CLIENT_ID} characters.`;
  return { ok: false, error: "invalid_client_metadata", description };
}

/** RFC 7591 §3.2.1: what a client is told, once. */
export function registrationAnswer({ clientId, secret, metadata, issuedAt, expiresAt }: RegisteredClient) {
  const isPublic = metadata["token_endpoint_auth_method"] === "none";
  return {
    client_id: clientId,
    ...(isPublic ? {} : { client_secret: secret }),
    client_id_issued_at: issuedAt,
    client_secret_expires_at: expiresAt ?? 0, // 0: never
    ...metadata,
  };
}

/** Characters of a name in the log. */
const MOST_NAME = 64;

/** Fields of the line "client registered": neither the id nor the secret. */
export function loggedClient(domain: string, { clientId, metadata }: RegisteredClient) {
  return {
    domain,
    client: clientHash(clientId),
    name: String(metadata["client_name"]).slice(0, MOST_NAME),
    redirect: redirectHost(metadata),
  };
}

/** Where the tokens of a client go: what a person can judge it by, its name being its own choice. */
function redirectHost(metadata: ClientMetadata): string {
  const redirects = metadata["redirect_uris"];
  const first: unknown = Array.isArray(redirects) ? redirects[0] : undefined;
  if (typeof first !== "string" || !URL.canParse(first)) return "";
  const { host, protocol } = new URL(first);
  return host === "" ? protocol : host;
}
