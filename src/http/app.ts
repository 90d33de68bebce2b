/** All routes as one `Request → Response`: what the listeners serve, and what tests call in memory. */
import { Hono } from "hono";
import { accountsRoute } from "./accounts.ts";
import type { AdminOptions } from "./admin/options.ts";
import { adminRoutes } from "./admin/routes.ts";
import { Gate } from "./auth.ts";
import { type HttpEnv, hostHeaders } from "./context.ts";
import { deviceRoutes } from "./devices/routes.ts";
import { eventRoutes } from "./events/routes.ts";
import { healthRoutes } from "./health.ts";
import { hostMetaRoutes, WEBSOCKET_PATH } from "./host-meta.ts";
import { metricsRoute } from "./metrics.ts";
import { registerRoute } from "./oauth/register.ts";
import { authorizationRoutes } from "./oauth/routes.ts";
import { openapiRoutes } from "./openapi/routes.ts";
import type { HttpOptions } from "./options.ts";
import { problem } from "./problem.ts";
import { TrustedProxies } from "./proxy.ts";
import { rosterAdminRoutes } from "./roster-admin/routes.ts";
import { route } from "./route.ts";

export function createApp(options: HttpOptions, admin?: AdminOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const gate = new Gate(options);
  const proxies = new TrustedProxies(options.trustProxy);
  app.use(async (context, next) => {
    const begun = options.clock.now();
    if (hostHeaders(context).length === 1) await next();
    else context.res = problem(400, "A request has exactly one Host header.");
    context.res.headers.set("x-content-type-options", "nosniff");
    const { method, path } = context.req;
    const { outgoing } = context.env ?? {};
    // What the authorization server's engine answers it writes itself.
    const status = outgoing?.headersSent === true ? outgoing.statusCode : context.res.status;
    options.log.debug("http call", { method, path, status, ms: options.clock.now() - begun });
  });
  healthRoutes(app, options);
  metricsRoute(app, options, gate);
  hostMetaRoutes(app, options.publicUrl, proxies);
  rosterAdminRoutes(app, options, gate, proxies);
  accountsRoute(app, options, gate);
  if (options.oauth !== undefined) {
    registerRoute(app, options, options.oauth, proxies);
    authorizationRoutes(app, options, options.oauth, proxies);
  }
  deviceRoutes(app, options, gate, proxies);
  if (options.streams !== undefined) eventRoutes(app, { options, gate, proxies, streams: options.streams });
  if (admin !== undefined) adminRoutes(app, options, admin, proxies);
  openapiRoutes(app, options);
  route(app, WEBSOCKET_PATH, {
    GET: () => problem(426, "This is for WebSocket (RFC 7395).", { upgrade: "websocket" }),
  });
  app.notFound(() => problem(404, "Nothing is served at this path."));
  app.onError((error) => {
    options.log.error("http route failed", { error: error.message, stack: error.stack });
    return problem(500, "The server failed to answer; its log says more.");
  });
  return app;
}
