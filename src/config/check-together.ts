/** What the parts of a configuration must be together, for logins and for the authorization server. */
import type { DomainConfig } from "./config.ts";
import { isHttpUrl } from "./fields.ts";
import type { Mistake } from "./mistake.ts";
import { valueAt } from "./value-at.ts";

/** `raw`: of the domain, as it was written, so that other mistakes hide none of these. `path`: of its sections. `publicUrl`: of the whole server. */
export function checkTogether(raw: unknown, path: readonly string[], publicUrl: unknown): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const given = (...keys: readonly string[]): unknown => valueAt(raw, keys) ?? null;
  const key = given("oauth", "registrationKey");
  const hasKey = key !== null && !(Array.isArray(key) && key.length === 0);
  const hasLogin = given("login", "url") !== null;
  if (hasLogin && given("login", "secret") === null && given("contacts", "secret") === null) {
    const expected = "a secret that your application has too: login.url needs it, or contacts.secret";
    mistakes.push({ path: [...path, "login", "secret"], value: null, expected });
  }
  if (hasLogin && !hasKey) {
    const expected = "a key: the pages that login.url is for are those of the authorization server";
    mistakes.push({ path: [...path, "oauth", "registrationKey"], value: null, expected });
  }
  const ways = [given("accounts", "tokens"), given("accounts", "http", "url"), hasKey && hasLogin ? true : null];
  if (given("accounts", "local") === false && ways.every((way) => way === null)) {
    const expected = "true, unless accounts.tokens, accounts.http.url or login.url lets people in";
    mistakes.push({ path: [...path, "accounts", "local"], value: false, expected });
  }
  const own = path.length > 0 ? given("http", "publicUrl") : null;
  const address = own ?? publicUrl;
  if (hasKey && typeof address === "string" && isHttpUrl(address) && new URL(address).pathname !== "/") {
    // RFC 8414 §3.1 puts the path behind the well-known one, where a proxy that takes it off would not find it.
    const expected = "an address without a path: the authorization server is at the root of its host";
    mistakes.push({ path: [...(own === null ? [] : path), "http", "publicUrl"], value: address, expected });
  }
  return mistakes;
}

/** RFC 8414 §2: an issuer is one authorization server. */
export function checkIssuers(domains: readonly DomainConfig[], publicUrl: string | null): readonly Mistake[] {
  const seen = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const { domain, oauth, http } of domains) {
    const address = http.publicUrl ?? publicUrl;
    if (oauth.registrationKey.length === 0 || address === null) continue;
    const { origin } = new URL(address);
    const other = seen.get(origin);
    if (other !== undefined) {
      const expected = `another address than that of ${other}: each domain with oauth needs its own`;
      mistakes.push({ path: ["domains", domain, "http", "publicUrl"], value: address, expected });
    }
    seen.set(origin, domain);
  }
  return mistakes;
}
