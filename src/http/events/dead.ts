/** `/roster_admin/events/dead`: events that could not be delivered are looked at, and tried again. docs/events.md */
import type { z } from "zod";
import { eventBody, positionOf } from "../../sessions/event-hub.ts";
import type { EventLog } from "../../sessions/event-log.ts";
import { parseJson } from "../body.ts";
import { admitReader, answerCall, type Calls, NO_STORE } from "../call.ts";
import type { HttpContext } from "../context.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";
import { type deadAnswer, type retryAnswer, retryRequest } from "../schemas/events.ts";

const PAGE = 100;
const MOST_SHOWN = 100;

export function getDead(context: HttpContext, calls: Calls): Response {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const { name } = domain.value;
  const log = calls.options.streams?.hub.logOf(name);
  if (log === undefined) return problem(404, "This domain has no events.");
  const text = new URL(context.req.url).searchParams.get("after");
  const after = text === null ? 0 : positionOf(log, text);
  if (after === undefined) return problem(400, "after is what an earlier page gave as next.");
  const page = log.queue.deadAfter(after, PAGE);
  const dead = page.map((event) => ({ event: eventBody(log, name, event), reason: event.reason }));
  const next = page.length === PAGE ? (dead.at(-1)?.event.id ?? null) : null;
  // Their data is what the types of AppEvent let in.
  return Response.json({ dead, next } as z.infer<typeof deadAnswer>, { headers: NO_STORE });
}

export function retryDead(context: HttpContext, calls: Calls): Promise<Response> {
  return answerCall(context, calls, { signed: false, limit: "maxBody" }, async ({ domain, body }) => {
    const hub = calls.options.streams?.hub;
    const log = hub?.logOf(domain.name);
    if (hub === undefined || log === undefined) return problem(404, "This domain has no events.");
    const wanted = wantedOf(log, body);
    if (!wanted.ok) return wanted.response;
    const retried = await log.queue.revive(wanted.value, calls.options.clock.now());
    hub.wakeAll(domain.name);
    const answer: z.infer<typeof retryAnswer> = { retried };
    return Response.json(answer, { headers: NO_STORE });
  });
}

/** Undefined: all of them. */
function wantedOf(log: EventLog, body: Uint8Array): Checked<readonly number[] | undefined> {
  const json = body.byteLength === 0 ? pass({}) : parseJson(body);
  if (!json.ok) return json;
  const parsed = retryRequest.safeParse(json.value);
  if (!parsed.success) return refuse(400, 'The body is {"ids": ["…"]}, or empty for all.');
  const { ids } = parsed.data;
  if (ids === undefined) return pass(undefined);
  const seqs: number[] = [];
  for (const id of ids) {
    const seq = positionOf(log, id);
    if (seq === undefined) return refuse(400, `${JSON.stringify(id.slice(0, MOST_SHOWN))} is no id of an event here.`);
    seqs.push(seq);
  }
  return pass(seqs);
}
