/**
 * What keeps a demonstration without login to this machine's own browser: other sites may neither read it (a foreign
 * name that resolves to 127.0.0.1) nor change it (a form on another page), and its pages load nothing from elsewhere.
 */
import type { MiddlewareHandler } from "hono";

const LOCAL_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
  "form-action 'self'; frame-ancestors 'self'; base-uri 'none'";

/** Converse.js sets styles on its elements, draws with data URLs and speaks to Kith over WebSocket. */
const chatPolicy = (websocketOrigin: string): string =>
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; " +
  `media-src 'self'; connect-src 'self' ${websocketOrigin}; form-action 'none'; frame-ancestors 'self'; base-uri 'none'`;

/** A foreign name that resolves to this machine is another site's. */
export const refuseForeignNames: MiddlewareHandler = async (c, next) => {
  if (LOCAL_NAMES.has(new URL(c.req.url).hostname)) return next();
  return c.text("This demonstration answers only to this machine's own names", 403);
};

export function guard(websocketOrigin: string): MiddlewareHandler {
  const chat = chatPolicy(websocketOrigin);
  return async (c, next) => {
    const url = new URL(c.req.url);
    const origin = c.req.header("origin");
    if (c.req.method !== "GET" && origin !== undefined && origin !== url.origin)
      return c.text("Not from another site", 403);
    await next();
    c.header("Content-Security-Policy", url.pathname.endsWith("/chat") ? chat : PAGE_POLICY);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
  };
}
