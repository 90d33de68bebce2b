/** Which domain a call is for: contract §4. */
import { prepareDomain } from "../xmpp/jid/domain.ts";
import { callerOf, type HttpContext, hostHeaders } from "./context.ts";
import type { HttpDomain } from "./options.ts";
import { type Checked, pass, refuse } from "./problem.ts";
import type { TrustedProxies } from "./proxy.ts";

/** `?domain=` or else the Host header chooses, by name or by `publicUrl`; with one domain any Host is served. */
export function chooseDomain(
  context: HttpContext,
  domains: readonly HttpDomain[],
  proxies: TrustedProxies,
): Checked<HttpDomain> {
  const asked = new URL(context.req.url).searchParams.getAll("domain");
  if (asked.length > 1) return refuse(400, "The query names more than one domain.");
  if (asked[0] === undefined) return domainOfHost(context, domains, proxies, ": add ?domain=");
  const name = prepareDomain(asked[0]);
  const found = domains.find((domain) => domain.name === name);
  if (found !== undefined) return pass(found);
  const several = "Several domains are served here, and ?domain= names none of them.";
  return refuse(404, domains.length < 2 ? "No such domain is served here." : several);
}

/** By the Host header alone. `remedy`: the end of the sentence that says what is wrong. */
export function domainOfHost(
  context: HttpContext,
  domains: readonly HttpDomain[],
  proxies: TrustedProxies,
  remedy = "",
): Checked<HttpDomain> {
  const [only, second] = domains;
  if (only !== undefined && second === undefined) return pass(only);
  const host = callerOf(context, proxies).host ?? hostHeaders(context)[0] ?? "";
  const name = prepareDomain(withoutPort(host));
  const found =
    domains.find((domain) => domain.name === name) ?? domains.find(({ publicUrl }) => isHostOf(publicUrl ?? "", host));
  if (found !== undefined) return pass(found);
  if (second === undefined) return refuse(404, "No such domain is served here.");
  return refuse(404, `Several domains are served here, and the Host header names none of them${remedy}.`);
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, "");
}

/** The port counts, and may be left out where it is that of the protocol. */
function isHostOf(url: string, host: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host: own } = new URL(url);
  const asked = `${protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === own;
}
