/** XEP-0156: how web clients find the WebSocket. Only what runs is listed. */
import type { Hono } from "hono";
import { callerOf, type HttpContext, type HttpEnv, hostHeaders } from "./context.ts";
import { problem } from "./problem.ts";
import type { TrustedProxies } from "./proxy.ts";
import { route } from "./route.ts";

const RELATION = "urn:xmpp:alt-connections:websocket";
export const WEBSOCKET_PATH = "/xmpp-websocket";

/** XEP-0156 §3.1: pages of every origin may read this. */
const HEADERS = { "access-control-allow-origin": "*", "cache-control": "no-cache" } as const;

export function hostMetaRoutes(app: Hono<HttpEnv>, publicUrl: string | null, proxies: TrustedProxies): void {
  const answer = (context: HttpContext, format: (href: string) => string, contentType: string): Response => {
    const href = websocketUrl(context, publicUrl, proxies);
    if (href === undefined) return problem(400, "The Host header is no host.");
    return new Response(format(href), { headers: { "content-type": contentType } });
  };
  route(app, "/.well-known/host-meta", { GET: (context) => answer(context, asXml, "application/xrd+xml") }, HEADERS);
  route(app, "/.well-known/host-meta.json", { GET: (context) => answer(context, asJson, "application/json") }, HEADERS);
}

/** `http.publicUrl` with its path before ours, or the address by which this call came. */
function websocketUrl(context: HttpContext, publicUrl: string | null, proxies: TrustedProxies): string | undefined {
  let base = publicUrl;
  if (base === null) {
    const caller = callerOf(context, proxies);
    base = `${caller.secure ? "https" : "http"}://${caller.host ?? hostHeaders(context)[0] ?? ""}`;
  }
  if (!URL.canParse(base)) return undefined;
  const { protocol, host, pathname } = new URL(base);
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${pathname.replace(/\/+$/, "")}${WEBSOCKET_PATH}`;
}

function asXml(href: string): string {
  const escaped = href.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;");
  const link = `<Link rel='${RELATION}' href='${escaped}'/>`;
  return `<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>${link}</XRD>\n`;
}

function asJson(href: string): string {
  return `${JSON.stringify({ links: [{ rel: RELATION, href }] })}\n`;
}
