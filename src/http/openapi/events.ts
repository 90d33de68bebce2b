/** Events: the stream, those that were given up, and an event as an example. docs/events.md */
import { z } from "zod";
import { deadAnswer, type eventSchema, retryAnswer, retryRequest } from "../schemas/events.ts";
import { json, type Operation } from "./operation.ts";

const EVENTS = "Events";

export const eventExample: z.infer<typeof eventSchema> = {
  id: "k3v9-000000000042",
  time: "2026-11-24T00:12:03.120Z",
  domain: "example.com",
  user: "john",
  type: "presence",
  data: { state: "online", lastActivity: "2026-11-24T00:12:03.120Z" },
};

const stream = z
  .string()
  .describe(
    "Server-Sent Events: `event` is the type, `data` an event as JSON, `id` what `Last-Event-ID` takes. An event `reset` says that events were missed.",
  );

export const eventOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/events",
    id: "streamEvents",
    tag: EVENTS,
    summary: "Events as they come, as a stream that can be resumed",
    access: "token",
    isOfDomain: true,
    query: z.object({
      since: z.string().max(100).optional().describe("The id of the last event that is known, or `oldest`."),
    }),
    headers: { "Last-Event-ID": "The same; wins over `since`." },
    answers: {
      200: {
        description: "The stream; it does not end by itself.",
        content: {
          schema: stream,
          types: ["text/event-stream"],
          examples: {
            example: `id: ${eventExample.id}\nevent: ${eventExample.type}\ndata: ${JSON.stringify(eventExample)}\n\n`,
          },
        },
      },
    },
    problems: { 503: "Too many readers are connected (`limits.events.streams`)." },
  },
  {
    method: "get",
    path: "/roster_admin/events/dead",
    id: "deadEvents",
    tag: EVENTS,
    summary: "Events that could not be delivered and were given up",
    access: "token",
    isOfDomain: true,
    query: z.object({ after: z.string().optional().describe("`next` of the page before.") }),
    answers: {
      200: json("One page, the oldest first.", deadAnswer, {
        dead: [{ event: eventExample, reason: "the application answered 500" }],
        next: null,
      }),
    },
  },
  {
    method: "post",
    path: "/roster_admin/events/dead/retry",
    id: "retryDeadEvents",
    tag: EVENTS,
    summary: "Try to deliver them again",
    access: "token",
    isOfDomain: true,
    body: { schema: retryRequest, isOptional: true, examples: { some: { ids: [eventExample.id] }, all: {} } },
    answers: { 200: json("They wait to be delivered.", retryAnswer, { retried: 1 }) },
  },
];
