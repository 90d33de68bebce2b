/** Under which issuer a domain's authorization server answers a call: RFC 8414 §2. */
import { callerOf, type HttpContext, hostHeaders } from "../context.ts";
import type { TrustedProxies } from "../proxy.ts";
import type { OAuthDomain } from "./domain.ts";

const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/;

/** Of `http.publicUrl`, or the address by which the call came. Undefined: the Host header is no host. */
export function issuerOf(
  context: HttpContext,
  { publicUrl }: OAuthDomain,
  proxies: TrustedProxies,
): string | undefined {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const caller = callerOf(context, proxies);
  const base = `${caller.secure ? "https" : "http"}://${caller.host ?? hostHeaders(context)[0] ?? ""}`;
  if (!URL.canParse(base)) return undefined;
  const { origin, hostname, pathname, search, hash, username } = new URL(base);
  const isPlain = pathname === "/" && search === "" && hash === "" && username === "";
  return isPlain && HOST.test(hostname) ? origin : undefined; // the URL parser lets quotes pass in a host
}
