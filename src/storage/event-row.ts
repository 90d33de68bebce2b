/** An event as a row of the table. */
import type { AppEventType } from "../sessions/app-events.ts";
import type { LoggedEvent } from "../sessions/event-log.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The check of a row is that of its table (STRICT) and of the code that wrote it. */
export function loggedEvent(row: Row): LoggedEvent {
  return {
    seq: Number(row["seq"]),
    type: String(row["type"]) as AppEventType,
    time: Number(row["time"]),
    user: String(row["username"]),
    data: String(row["data"]),
  };
}
