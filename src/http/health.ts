/** `/healthz`: the process answers. `/readyz`: it can serve people. */
import type { Hono } from "hono";
import type { HttpEnv } from "./context.ts";
import type { HttpOptions } from "./options.ts";
import { route } from "./route.ts";

const HEADERS = { "cache-control": "no-store" } as const;

export function healthRoutes(app: Hono<HttpEnv>, options: Pick<HttpOptions, "notReady">): void {
  route(app, "/healthz", { GET: () => Response.json({ status: "ok" }, { headers: HEADERS }) });
  route(app, "/readyz", {
    GET: () => {
      const missing = options.notReady();
      if (missing.length === 0) return Response.json({ status: "ready" }, { headers: HEADERS });
      return Response.json({ status: "not ready", missing }, { status: 503, headers: HEADERS });
    },
  });
}
