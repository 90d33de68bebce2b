/** What every route knows about the call it answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import type { Caller, TrustedProxies } from "./proxy.ts";

/** Both are absent when a test calls the app in memory. */
export interface HttpEnv {
  readonly Bindings: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse };
}

export type HttpContext = Context<HttpEnv>;

/** Who calls; in memory: somebody on this machine. */
export function callerOf(context: HttpContext, proxies: TrustedProxies): Caller {
  const incoming = context.env?.incoming;
  if (incoming !== undefined) return proxies.callerOf(incoming);
  return { address: "127.0.0.1", secure: context.req.url.startsWith("https:"), host: undefined };
}

/** Every value of the Host header as it came in: there must be exactly one. RFC 9112 §3.2 */
export function hostHeaders(context: HttpContext): readonly string[] {
  const incoming = context.env?.incoming;
  if (incoming === undefined) return [context.req.header("host") ?? new URL(context.req.url).host];
  return incoming.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === "host");
}

/** The last part of the path, percent-decoded; undefined when the encoding is broken. */
export function lastPathPart(context: HttpContext): string | undefined {
  const path = new URL(context.req.url).pathname;
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return undefined; // a broken percent-encoding is the caller's, not ours
  }
}
