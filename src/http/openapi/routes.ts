/** `/openapi.json` and the page of it at `/docs`: both say only what this server serves. Contract §4 */
import { createHash } from "node:crypto";
import type { Hono } from "hono";
import type { HttpContext, HttpEnv } from "../context.ts";
import type { HttpOptions } from "../options.ts";
import { route } from "../route.ts";
import { openapiDocument } from "./document.ts";
import type { Operation } from "./operation.ts";
import { docsPage } from "./page.ts";
import { STYLE } from "./page-style.ts";

interface Kept {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The document is made when it is asked for first: then all routes are there. */
export function openapiRoutes(
  app: Hono<HttpEnv>,
  options: Pick<HttpOptions, "auth" | "openMetrics" | "publicUrl">,
): void {
  let document: Readonly<Record<string, unknown>> | undefined;
  const made = (): Readonly<Record<string, unknown>> => {
    document ??= openapiDocument(options, servedBy(app));
    return document;
  };
  keptRoute(app, "/openapi.json", "application/json", () => JSON.stringify(made()), {});
  keptRoute(app, "/docs", "text/html; charset=utf-8", () => docsPage(made()), PAGE_HEADERS);
}

const PAGE_HEADERS = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
} as const;

function servedBy(app: Hono<HttpEnv>): (operation: Operation) => boolean {
  const routes = new Set(app.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`));
  return ({ method, path }) => routes.has(`${method.toUpperCase()} ${path}`);
}

function keptRoute(
  app: Hono<HttpEnv>,
  path: string,
  type: string,
  make: () => string,
  more: Readonly<Record<string, string>>,
): void {
  let kept: Kept | undefined;
  route(app, path, {
    GET: (context: HttpContext) => {
      kept ??= keep(make(), type, more);
      const isKnown = context.req.header("if-none-match") === kept.headers["etag"];
      return new Response(isKnown ? null : kept.body, { status: isKnown ? 304 : 200, headers: kept.headers });
    },
  });
}

function keep(body: string, type: string, more: Readonly<Record<string, string>>): Kept {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { body, headers: { "content-type": type, etag, "cache-control": "no-cache", ...more } };
}
