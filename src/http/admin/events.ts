/** `GET /admin/api/events`: what the application has not been told yet, and what it never will be. */
import type { EventsState } from "../schemas/admin.ts";
import { timeOf } from "./facts.ts";
import type { AdminOptions } from "./options.ts";

type Queue = ReturnType<NonNullable<AdminOptions["events"]>>;

export function events(queue: Queue, limit: number): EventsState {
  if (queue === undefined) return { sent: false, waiting: 0, dead: 0, letters: [] };
  const letters = queue
    .deadAfter(0, limit)
    .map(({ seq, time, type, user, reason }) => ({ seq, time: timeOf(time), type, user, reason }));
  return { sent: true, waiting: queue.waiting, dead: queue.dead, letters };
}
