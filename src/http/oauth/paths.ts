/** Where the parts of the authorization server are; those of the ancestor where it has them. */

/** The engine's own. */
export const ROUTES = {
  authorization: "/oauth2/authorize",
  token: "/oauth2/token",
  revocation: "/oauth2/revoke",
  introspection: "/oauth2/introspect",
  userinfo: "/oauth2/userinfo",
  jwks: "/oauth2/jwks",
  device_authorization: "/oauth2/device_authorization",
  code_verification: "/oauth2/device",
  end_session: "/oauth2/end-session",
} as const;

export const WELL_KNOWN = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] as const;

/** RFC 8414: told to clients that have no token. */
export const [METADATA_PATH] = WELL_KNOWN;

/** Log-in and consent of one authorization. */
export const LOGIN_PATH = "/oauth2/login/:uid";
/** "My apps and devices". */
export const ACCOUNT_PATH = "/oauth2/account";
/** Where the application sends people back (`login.url`). */
export const RETURN_PATH = "/oauth2/return";
