/** `GET /events`, and the events that could not be delivered. docs/events.md */
import type { Hono } from "hono";
import type { z } from "zod";
import { eventBody, positionOf } from "../../sessions/event-hub.ts";
import type { EventLog } from "../../sessions/event-log.ts";
import type { Gate } from "../auth.ts";
import { parseJson, readBody } from "../body.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { chooseDomain } from "../host.ts";
import type { HttpOptions } from "../options.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { route } from "../route.ts";
import { type deadAnswer, type retryAnswer, retryRequest } from "../schemas/events.ts";
import type { EventStreams } from "./streams.ts";

const PAGE = 100;
const LONGEST_ID = 100;
const NO_STORE = { "cache-control": "no-store" } as const;

interface Around {
  readonly options: HttpOptions;
  readonly streams: EventStreams;
  readonly gate: Gate;
  readonly proxies: TrustedProxies;
}

export function eventRoutes(app: Hono<HttpEnv>, around: Around): void {
  route(app, "/events", { GET: (context) => getEvents(context, around) });
  route(app, "/roster_admin/events/dead", { GET: (context) => getDead(context, around) });
  route(app, "/roster_admin/events/dead/retry", { POST: (context) => retryDead(context, around) });
}

function getEvents(context: HttpContext, around: Around): Response {
  const domain = admit(context, around);
  if (!domain.ok) return domain.response;
  const query = new URL(context.req.url).searchParams;
  // A reader that connects again repeats the query of its first time: the header is newer.
  const since = context.req.header("last-event-id") || query.get("since") || undefined;
  if (since !== undefined && since.length > LONGEST_ID) return problem(400, "since is the id of an event.");
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    connection: "close", // nothing follows a stream
    "x-accel-buffering": "no",
  };
  if (context.req.method === "HEAD") return new Response(null, { headers });
  const cut = (): void => void context.env?.incoming?.socket.destroy();
  const body = around.streams.open({ domain: domain.value.name, since, cut });
  if (body === undefined) {
    return problem(503, "Too many readers of events are connected (limits.events.streams).", { "retry-after": "30" });
  }
  return new Response(body, { headers });
}

function getDead(context: HttpContext, around: Around): Response {
  const domain = admit(context, around);
  if (!domain.ok) return domain.response;
  const { name, events } = domain.value;
  const text = new URL(context.req.url).searchParams.get("after");
  const after = text === null ? 0 : positionOf(events, text);
  if (after === undefined) return problem(400, "after is what an earlier page gave as next.");
  const page = events.queue.deadAfter(after, PAGE);
  const dead = page.map((event) => ({ event: eventBody(events, name, event), reason: event.reason }));
  const next = page.length === PAGE ? (dead.at(-1)?.event.id ?? null) : null;
  // Their data is what the types of AppEvent let in.
  return Response.json({ dead, next } as z.infer<typeof deadAnswer>, { headers: NO_STORE });
}

async function retryDead(context: HttpContext, around: Around): Promise<Response> {
  const domain = admit(context, around);
  if (!domain.ok) return domain.response;
  const { name, events } = domain.value;
  const bytes = await readBody(context, around.options);
  if (!bytes.ok) return bytes.response;
  const json = bytes.value.byteLength === 0 ? pass({}) : parseJson(bytes.value);
  if (!json.ok) return json.response;
  const parsed = retryRequest.safeParse(json.value);
  if (!parsed.success) return problem(400, 'The body is {"ids": ["…"]}, or empty for all.');
  const seqs: number[] = [];
  for (const id of parsed.data.ids ?? []) {
    const seq = positionOf(events, id);
    if (seq === undefined) return problem(400, `${JSON.stringify(id.slice(0, LONGEST_ID))} is no id of an event here.`);
    seqs.push(seq);
  }
  const retried = await events.queue.revive(
    parsed.data.ids === undefined ? undefined : seqs,
    around.options.clock.now(),
  );
  around.streams.hub.wakeAll(name);
  const answer: z.infer<typeof retryAnswer> = { retried };
  return Response.json(answer, { headers: NO_STORE });
}

function admit(
  context: HttpContext,
  { options, gate, proxies, streams }: Around,
): Checked<{ readonly name: string; readonly events: EventLog }> {
  const allowed = gate.byToken(context);
  if (!allowed.ok) return allowed;
  const domain = chooseDomain(context, options.domains, proxies);
  if (!domain.ok) return domain;
  const { name } = domain.value;
  const events = streams.hub.logOf(name);
  return events === undefined ? refuse(404, "This domain has no events.") : pass({ name, events });
}
