/** `/oauth2/style.css` and the icon: the only files that the pages load. */
import { join } from "node:path";
import type { Hono } from "hono";
import type { HttpEnv } from "../../context.ts";
import { problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { StaticFiles } from "../../static-files.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};

export function pageFileRoutes(app: Hono<HttpEnv>): void {
  const files = new StaticFiles(join(import.meta.dirname, "public"), HEADERS);
  for (const name of files.names) {
    route(app, `/oauth2/${name}`, {
      GET: (context) =>
        files.response(name, context.req.header("if-none-match")) ?? problem(404, "There is no such file."),
    });
  }
}
