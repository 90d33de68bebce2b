/** RFC 7519, RFC 8725: login tokens that the application or its identity provider signed. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from "jose";
import type { Clock } from "../../clock.ts";
import { prepareDomain } from "../../xmpp/jid/domain.ts";
import { type KeySet, KeysUnavailable } from "./key-set.ts";
import { type CheckToken, type TokenVerdict, unavailable, wrong } from "./token.ts";
import { userOf } from "./user-of.ts";

export interface JwtOptions {
  readonly domain: string;
  readonly clock: Clock;
  /** Shared with the application, each 32 octets or more of UTF-8 (RFC 7518 §3.2); two while one is replaced. */
  readonly secrets: readonly string[];
  /** Undefined: only the secrets count. */
  readonly keySet: KeySet | undefined;
  /** What the key set may sign with. */
  readonly algorithms: readonly string[];
  readonly issuer: string | undefined;
  /** Undefined: the domain, for those that name any. */
  readonly audience: string | undefined;
  readonly userClaim: string;
  /** ms. */
  readonly clockTolerance: number;
  /** ms since `iat`; undefined: as long as `exp` says. */
  readonly maxAge: number | undefined;
}

const SHARED = "HS256";
/** RFC 9068 §2.1 and RFC 7519 §5.1; a token of another type was made for something else (RFC 8725 §3.11). */
const TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/jwt", "application/at+jwt"]);

/**
 * Two kinds of keys, never mixed: secrets verify HS256 and nothing else, the key set verifies its configured algorithms
 * and never HS256, whatever the header of a token asks for (RFC 8725 §3.1).
 */
export function createJwtCheck(options: JwtOptions): CheckToken {
  const { clock, keySet, issuer, audience, maxAge } = options;
  const secrets = options.secrets.map((secret) => createSecretKey(secret, "utf8"));
  const algorithms = options.algorithms.filter((name) => !name.startsWith("HS") && name !== "none");
  const claims: JWTVerifyOptions = {
    requiredClaims: ["exp"],
    clockTolerance: options.clockTolerance / 1000,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(maxAge === undefined ? {} : { maxTokenAge: maxAge / 1000 }),
  };

  async function verified(token: string): Promise<JWTVerifyResult | string> {
    const currentDate = new Date(clock.now());
    if (algorithmOf(token) === SHARED) {
      return bySecret(token, secrets, { ...claims, currentDate, algorithms: [SHARED] });
    }
    if (keySet === undefined) return "its algorithm is not HS256";
    return jwtVerify(token, keySet.resolve, { ...claims, currentDate, algorithms });
  }

  return async (token) => {
    try {
      const result = await verified(token);
      return typeof result === "string" ? wrong(result) : judge(result, options);
    } catch (error) {
      return refused(error);
    }
  };
}

/** Undefined: it is no JWT. What it says only chooses among the configured ways; each insists on its own algorithms. */
function algorithmOf(token: string): unknown {
  const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString());
  return typeof header === "object" && header !== null ? Reflect.get(header, "alg") : undefined;
}

async function bySecret(
  token: string,
  secrets: readonly KeyObject[],
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult | string> {
  for (const secret of secrets) {
    try {
      return await jwtVerify(token, secret, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  return "its signature is of no configured secret";
}

function judge({ payload, protectedHeader }: JWTVerifyResult, options: JwtOptions): TokenVerdict {
  const { typ } = protectedHeader;
  if (typ !== undefined && !TYPES.has(String(typ).toLowerCase())) return wrong("its type is neither JWT nor at+jwt");
  if (!isForUs(payload, options)) return wrong("its audience is another");
  const username = userOf(payload[options.userClaim], options.domain);
  if (username === undefined) return wrong(`its claim "${options.userClaim}" is no user of this domain`);
  const expires = payload.exp === undefined ? undefined : payload.exp * 1000 + options.clockTolerance;
  return { kind: "right", username, expires };
}

/** A secret belongs to one domain: a token that it signed may leave the audience out. */
function isForUs({ aud }: JWTPayload, { audience, domain }: JwtOptions): boolean {
  if (audience !== undefined || aud === undefined) return true; // checked already, or nothing to check
  return [aud].flat().some((one) => prepareDomain(one) === domain);
}

function refused(error: unknown): TokenVerdict {
  if (error instanceof KeysUnavailable) return unavailable(error.message);
  if (error instanceof errors.JWTExpired) return wrong("it has expired");
  if (error instanceof errors.JWTClaimValidationFailed) return wrong(`its claim "${error.claim}" does not fit`);
  if (error instanceof errors.JOSEError) return wrong(error.code);
  if (error instanceof SyntaxError) return wrong("it is no JWT");
  if (error instanceof TypeError) return wrong("its key is of another kind"); // a key set may hold anything
  return unavailable(error instanceof Error ? error.message : String(error));
}
