/** What the engine calls an account, and clients `sub`. */

/** COMPAT(mod_http_oauth2, 2024): its userinfo says `xmpp:john@example.com`. */
export function accountIdOf(username: string, domain: string): string {
  return `xmpp:${username}@${domain}`;
}

/** Undefined: nobody of this domain. */
export function usernameOf(accountId: string, domain: string): string | undefined {
  const end = `@${domain}`;
  if (!accountId.startsWith("xmpp:") || !accountId.endsWith(end)) return undefined;
  return accountId.slice("xmpp:".length, -end.length) || undefined;
}
