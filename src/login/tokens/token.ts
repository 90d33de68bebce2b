/** Login tokens of the application: what a check of one says. */

/**
 * `right`: `username` is a prepared localpart; `expires` in ms since the epoch, the tolerance included. `wrong`: it is
 * good for nobody; `reason` quotes nothing of it. `unavailable`: it could not be checked, try again.
 */
export type TokenVerdict =
  | {
      readonly kind: "right";
      readonly username: string;
      readonly expires: number | undefined;
      /** As in `SaslOutcome`: what can be taken back by itself. */
      readonly credential?: string;
    }
  | { readonly kind: "wrong"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Never rejects. */
export type CheckToken = (token: string) => Promise<TokenVerdict>;

export function wrong(reason: string): TokenVerdict {
  return { kind: "wrong", reason };
}

export function unavailable(reason: string): TokenVerdict {
  return { kind: "unavailable", reason };
}

const JWT = /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** It looks like a signed JSON Web Token (RFC 7519): a header that is an object, claims, a signature. */
export function isJwt(text: string): boolean {
  return JWT.test(text);
}
