/**
 * The other keys of the authorization server, all from the registration key by HKDF (RFC 5869) with a label each, so that
 * nothing but client registrations is ever signed with the registration's own key.
 */
import { createECDH, hkdfSync } from "node:crypto";

const OCTETS = 32;

/** 32 octets, the same for the same key, domain and label. */
export function derivedKey(registrationKey: string, domain: string, label: string): Buffer {
  return Buffer.from(hkdfSync("sha256", registrationKey, `kith oauth ${domain}`, label, OCTETS));
}

/** A private EC P-256 key as a JWK (RFC 7517, RFC 7518 §6.2), for id_tokens by ES256. */
export interface SigningJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ES256";
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

export function signingJwk(registrationKey: string, domain: string): SigningJwk {
  const ecdh = createECDH("prime256v1");
  for (let n = 0; ; n++) {
    const d = derivedKey(registrationKey, domain, `id_token ${n}`);
    try {
      ecdh.setPrivateKey(d);
    } catch {
      continue; // zero or above the order of the curve: one in 2^32
    }
    const point = ecdh.getPublicKey();
    const x = point.subarray(1, 33).toString("base64url");
    const y = point.subarray(33).toString("base64url");
    return { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid: x.slice(0, 16), x, y, d: d.toString("base64url") };
  }
}
