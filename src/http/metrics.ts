/** `/metrics` in the Prometheus text format, with a token unless `http.openMetrics`. */
import type { Hono } from "hono";
import type { Gate } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import type { HttpOptions } from "./options.ts";
import { route } from "./route.ts";

export function metricsRoute(
  app: Hono<HttpEnv>,
  options: Pick<HttpOptions, "metrics" | "openMetrics">,
  gate: Gate,
): void {
  route(app, "/metrics", {
    GET: async (context) => {
      const allowed = options.openMetrics ? undefined : gate.byToken(context);
      if (allowed?.ok === false) return allowed.response;
      const { contentType, body } = await options.metrics.render();
      return new Response(body, { headers: { "content-type": contentType, "cache-control": "no-store" } });
    },
  });
}
