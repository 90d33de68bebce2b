/** The routes of contract §4, by which an application and its operators reach the contact lists. */
import type { Hono } from "hono";
import type { Gate } from "../auth.ts";
import type { Calls } from "../call.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { getDead, retryDead } from "../events/dead.ts";
import { Idempotency } from "../idempotency.ts";
import type { HttpOptions } from "../options.ts";
import type { TrustedProxies } from "../proxy.ts";
import { type Methods, route } from "../route.ts";
import { getAudit } from "./audit.ts";
import { postEdges } from "./edges.ts";
import { getExplain } from "./explain.ts";
import { getPresence } from "./presence.ts";
import { getRefresh, postRefresh } from "./refresh.ts";
import { getRoster, setRoster } from "./rosters.ts";

export function rosterAdminRoutes(app: Hono<HttpEnv>, options: HttpOptions, gate: Gate, proxies: TrustedProxies): void {
  const calls: Calls = { options, gate, proxies, idempotency: new Idempotency(options) };
  const answers = options.metrics.labelled("kith_http_calls_total", "Calls of /roster_admin/, by call and status.", [
    "call",
    "method",
    "status",
  ]);
  const problems = options.metrics.labelled(
    "kith_http_list_problems_total",
    "What was wrong in lists that were put or patched, by code.",
    ["code"],
  );
  const serve = (path: string, methods: Methods): void => {
    const call = path.split("/")[0] ?? "";
    const counted: Record<string, (context: HttpContext) => Promise<Response>> = {};
    for (const [method, handler] of Object.entries(methods)) {
      counted[method] = async (context) => {
        const response = await handler(context);
        answers.add({ call, method, status: String(response.status) });
        return response;
      };
    }
    route(app, `/roster_admin/${path}`, counted);
  };
  serve("refresh", { POST: (context) => postRefresh(context, calls) });
  if (options.getRefresh) serve("refresh/:username", { GET: (context) => getRefresh(context, calls) });
  serve("rosters/:username", {
    GET: (context) => getRoster(context, calls),
    PUT: (context) => setRoster(context, calls, "put", problems),
    PATCH: (context) => setRoster(context, calls, "patch", problems),
  });
  serve("edges", { POST: (context) => postEdges(context, calls) });
  serve("explain", { GET: (context) => getExplain(context, calls) });
  serve("audit", { GET: (context) => getAudit(context, calls) });
  if (options.streams !== undefined) {
    serve("events/dead", { GET: (context) => getDead(context, calls) });
    serve("events/dead/retry", { POST: (context) => retryDead(context, calls) });
  }
  serve("presence", { GET: (context) => getPresence(context, calls) });
}
