/** The routes of contract §4, by which an application and its operators reach the contact lists. */
import type { Hono } from "hono";
import type { Gate } from "../auth.ts";
import type { Calls } from "../call.ts";
import type { HttpEnv } from "../context.ts";
import { Idempotency } from "../idempotency.ts";
import type { HttpOptions } from "../options.ts";
import type { TrustedProxies } from "../proxy.ts";
import { route } from "../route.ts";
import { getAudit } from "./audit.ts";
import { postEdges } from "./edges.ts";
import { getExplain } from "./explain.ts";
import { getPresence } from "./presence.ts";
import { getRefresh, postRefresh } from "./refresh.ts";
import { getRoster, setRoster } from "./rosters.ts";

export function rosterAdminRoutes(app: Hono<HttpEnv>, options: HttpOptions, gate: Gate, proxies: TrustedProxies): void {
  const calls: Calls = { options, gate, proxies, idempotency: new Idempotency(options) };
  route(app, "/roster_admin/refresh", { POST: (context) => postRefresh(context, calls) });
  if (options.getRefresh) {
    route(app, "/roster_admin/refresh/:username", { GET: (context) => getRefresh(context, calls) });
  }
  route(app, "/roster_admin/rosters/:username", {
    GET: (context) => getRoster(context, calls),
    PUT: (context) => setRoster(context, calls, "put"),
    PATCH: (context) => setRoster(context, calls, "patch"),
  });
  route(app, "/roster_admin/edges", { POST: (context) => postEdges(context, calls) });
  route(app, "/roster_admin/explain", { GET: (context) => getExplain(context, calls) });
  route(app, "/roster_admin/audit", { GET: (context) => getAudit(context, calls) });
  route(app, "/roster_admin/presence", { GET: (context) => getPresence(context, calls) });
}
