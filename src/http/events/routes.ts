/** `GET /events`. docs/events.md */
import type { Hono } from "hono";
import type { Gate } from "../auth.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { chooseDomain } from "../host.ts";
import type { HttpOptions } from "../options.ts";
import { problem } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { route } from "../route.ts";
import type { EventStreams } from "./streams.ts";

const LONGEST_ID = 100;
const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  connection: "close", // nothing follows a stream
  "x-accel-buffering": "no",
} as const;

interface Around {
  readonly options: HttpOptions;
  readonly streams: EventStreams;
  readonly gate: Gate;
  readonly proxies: TrustedProxies;
}

export function eventRoutes(app: Hono<HttpEnv>, around: Around): void {
  route(app, "/events", { GET: (context) => getEvents(context, around) });
}

function getEvents(context: HttpContext, { options, gate, proxies, streams }: Around): Response {
  const allowed = gate.byToken(context);
  if (!allowed.ok) return allowed.response;
  const domain = chooseDomain(context, options.domains, proxies);
  if (!domain.ok) return domain.response;
  const query = new URL(context.req.url).searchParams;
  // A reader that connects again repeats the query of its first time: the header is newer.
  const since = context.req.header("last-event-id") || query.get("since") || undefined;
  if (since !== undefined && since.length > LONGEST_ID) return problem(400, "since is the id of an event.");
  if (context.req.method === "HEAD") return new Response(null, { headers: HEADERS });
  const cut = (): void => void context.env?.incoming?.socket.destroy();
  const body = streams.open({ domain: domain.value.name, since, cut });
  if (body === undefined) {
    return problem(503, "Too many readers of events are connected (limits.events.streams).", { "retry-after": "30" });
  }
  return new Response(body, { headers: HEADERS });
}
