/** A client as an operator describes it, by the command line or from their own XMPP client. */
import { DEVICE_GRANT, OUT_OF_BAND } from "./client-metadata.ts";

export interface ClientWish {
  readonly name: string;
  readonly uri: string;
  readonly redirects: readonly string[];
  /** Undefined: it follows from the redirects. */
  readonly kind: "native" | "web" | undefined;
  /** It cannot keep a secret. */
  readonly isPublic: boolean;
  readonly grants: readonly ("code" | "device")[];
  readonly scope: string | undefined;
}

/** As the client itself would post it: RFC 7591 §2. Nothing is checked. */
export function metadataFor({ name, uri, redirects, kind, isPublic, grants, scope }: ClientWish): unknown {
  const isRedirected = grants.includes("code");
  const types = { code: "authorization_code", device: DEVICE_GRANT };
  return {
    client_name: name,
    client_uri: uri,
    // RFC 7591 §2 wants some; who asks by device code alone is never redirected.
    redirect_uris: isRedirected ? redirects : [OUT_OF_BAND],
    grant_types: [...new Set(grants.map((grant) => types[grant])), "refresh_token"],
    ...(isRedirected && kind !== undefined ? { application_type: kind } : {}),
    ...(isPublic ? { token_endpoint_auth_method: "none" } : {}),
    ...(scope === undefined ? {} : { scope }),
  };
}
