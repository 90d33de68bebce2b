/**
 * Stateless client registration (RFC 7591): the client id is the signed registration itself and the secret follows from it,
 * so nothing is stored. The formula is that of mod_http_oauth2 as of 2023-03-03, byte for byte:
 *
 *     per_host_key  = HMAC-SHA256(registration key, domain)
 *     client_id     = HS256 JWT of the metadata, nonce, iat and exp, signed with per_host_key
 *     client_secret = lower-case hex of HMAC-SHA256(per_host_key, client_id)
 *
 * The client id as text is the client's identity, so one registration has one spelling. Nothing else is signed with these keys.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, randomUUID } from "node:crypto";
import { Lru } from "../../lru.ts";
import { isSameSecret } from "../../xmpp/sasl/scram-keys.ts";

/** Seconds that a client id is good for. */
export const CLIENT_LIFETIME = 90 * 24 * 60 * 60;
/** Characters: it travels in URLs. */
export const LONGEST_CLIENT_ID = 2048;
/** Client ids whose signature was found right and is not looked at again; some 5 kB each. */
const MOST_REMEMBERED = 500;

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface RegistrationOptions {
  /** Prepared: the Unicode form. */
  readonly domain: string;
  /** The first signs; all verify. */
  readonly keys: readonly string[];
  /** "prosody": also ids that newer versions of mod_http_oauth2 signed with the registration key itself. */
  readonly compat: "seed" | "prosody";
  /** `clientHash` of each client that is refused. */
  readonly denied: ReadonlySet<string>;
  /** Clients registered before are refused; seconds since the epoch. */
  readonly issuedSince: number | undefined;
}

/** Metadata of RFC 7591 §2, as it was signed. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

export interface RegisteredClient {
  readonly clientId: string;
  /** 64 characters. A client without authentication is not told it. */
  readonly secret: string;
  readonly metadata: ClientMetadata;
  /** Seconds since the epoch; undefined where another server's id lacks it. */
  readonly issuedAt: number | undefined;
  /** Seconds since the epoch, this second included; undefined: never. */
  readonly expiresAt: number | undefined;
}

export type RefusedClient =
  | "too-long"
  | "not-a-jwt"
  | "signature"
  | "header"
  | "payload"
  | "not-yet"
  | "expired"
  | "denied"
  | "before-cut-off";

export type Verified = { readonly ok: true; readonly client: RegisteredClient } | Refused;

interface Refused {
  readonly ok: false;
  readonly reason: RefusedClient;
}

/** A client id whose signature is right. */
interface SignedClient {
  readonly client: RegisteredClient;
  /** As they stand there. */
  readonly nbf: unknown;
  readonly exp: unknown;
  /** `exp` counts. */
  readonly expires: boolean;
  readonly isTooOld: boolean;
}

interface Signer {
  /** Signs the JWT. */
  readonly jwt: KeyObject;
  /** Makes the secret. */
  readonly host: KeyObject;
  /** Ids of the newer ancestor say `exp`, and it never looked at it. */
  readonly expires: boolean;
}

export class Registration {
  readonly #signers: readonly Signer[];
  readonly #options: RegistrationOptions;
  readonly #remembered = new Lru<SignedClient>(MOST_REMEMBERED);

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const own = options.keys.map((key): Signer => {
      const host = createSecretKey(perHostKey(key, options.domain));
      return { jwt: host, host, expires: true };
    });
    const newer = options.keys.map((key, index): Signer => {
      const host = own[index]?.host ?? createSecretKey(perHostKey(key, options.domain));
      return { jwt: createSecretKey(Buffer.from(key, "utf8")), host, expires: false };
    });
    this.#signers = options.compat === "prosody" ? [...own, ...newer] : own;
  }

  /** Undefined: the client id would be longer than LONGEST_CLIENT_ID. `now`: seconds since the epoch. */
  register(metadata: ClientMetadata, now: number): RegisteredClient | undefined {
    const [signer] = this.#signers;
    if (signer === undefined) throw new TypeError("there is no registration key");
    const expiresAt = now + CLIENT_LIFETIME;
    const signed = { ...metadata, nonce: randomUUID(), iat: now, exp: expiresAt };
    const clientId = signPayload(signer.jwt, JSON.stringify(signed));
    if (clientId.length > LONGEST_CLIENT_ID) return undefined;
    return { clientId, secret: clientSecret(signer.host, clientId), metadata, issuedAt: now, expiresAt };
  }

  /** Never throws. The signature is compared before anything is parsed. `now`: seconds since the epoch. */
  verify(clientId: string, now: number): Verified {
    const known = this.#remembered.get(clientId);
    if (known !== undefined) return inTime(known, now);
    const read = this.#read(clientId);
    if ("reason" in read) return read;
    this.#remembered.set(clientId, read);
    return inTime(read, now);
  }

  /** It was good once, and is denied, from before the cut-off, or of a key that is gone. That an id expires takes nothing back. */
  isTakenBack(clientId: string): boolean {
    const read = this.#remembered.get(clientId) ?? this.#read(clientId);
    return "reason" in read || read.isTooOld;
  }

  /** What no time changes. */
  #read(clientId: string): SignedClient | Refused {
    if (clientId.length > LONGEST_CLIENT_ID) return refused("too-long");
    if (!JWT.test(clientId) || clientId.endsWith("\n")) return refused("not-a-jwt");
    const signed = clientId.slice(0, clientId.lastIndexOf("."));
    const signature = clientId.slice(signed.length + 1);
    const signer = this.#signers.find(({ jwt }) => isSameText(signatureOf(jwt, signed), signature));
    if (signer === undefined) return refused("signature");
    if (this.#options.denied.has(clientHash(clientId))) return refused("denied");
    const [header = "", payload = ""] = signed.split(".");
    if (!isOurHeader(readObject(header))) return refused("header");
    const read = readObject(payload);
    if (read === undefined || !isTextList(read["redirect_uris"])) return refused("payload");
    const { nonce: _, iat, exp, nbf, ...metadata } = read;
    const { issuedSince } = this.#options;
    const isTooOld = issuedSince !== undefined && !(typeof iat === "number" && iat >= issuedSince);
    return {
      nbf,
      exp,
      expires: signer.expires,
      isTooOld,
      client: {
        clientId,
        secret: clientSecret(signer.host, clientId),
        metadata,
        issuedAt: typeof iat === "number" ? iat : undefined,
        expiresAt: signer.expires && typeof exp === "number" ? exp : undefined,
      },
    };
  }
}

function inTime({ client, nbf, exp, expires, isTooOld }: SignedClient, now: number): Verified {
  if (nbf !== undefined && !(typeof nbf === "number" && nbf <= now)) return refused("not-yet"); // RFC 7519 §4.1.5
  if (exp !== undefined && !(typeof exp === "number" && (exp >= now || !expires))) return refused("expired");
  return isTooOld ? refused("before-cut-off") : { ok: true, client };
}

/** 32 octets. */
export function perHostKey(registrationKey: string, domain: string): Buffer {
  return createHmac("sha256", registrationKey).update(domain).digest();
}

export function signPayload(key: KeyObject, payload: string): string {
  const signed = `${HEADER}.${Buffer.from(payload, "utf8").toString("base64url")}`;
  return `${signed}.${signatureOf(key, signed)}`;
}

export function clientSecret(hostKey: KeyObject, clientId: string): string {
  return createHmac("sha256", hostKey).update(clientId).digest("hex");
}

/** What stands for a client id where it would be too long: base64url of SHA-256. */
export function clientHash(clientId: string): string {
  return createHash("sha256").update(clientId).digest("base64url");
}

function refused(reason: RefusedClient): Refused {
  return { ok: false, reason };
}

function signatureOf(key: KeyObject, signed: string): string {
  return createHmac("sha256", key).update(signed).digest("base64url");
}

function isSameText(one: string, other: string): boolean {
  return isSameSecret(Buffer.from(one), Buffer.from(other));
}

/** RFC 7515 §4.1.11: what `crit` names must be understood, and we understand none. */
function isOurHeader(header: Readonly<Record<string, unknown>> | undefined): boolean {
  return header !== undefined && header["alg"] === "HS256" && header["typ"] === "JWT" && !("crit" in header);
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // the caller says what is wrong
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === "string");
}
