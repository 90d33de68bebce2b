/** Moments as people say them, with the exact one beside it for programs. The reader's time zone is not known. */
import { type Html, html } from "../../html.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DATE = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
const TIME = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });
const DISTANCE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 November 2026". */
export function dateOf(at: number): Html {
  return time(at, DATE.format(at));
}

/** "3 minutes ago", "in 2 hours", "yesterday"; where `now` is not known or more than a week away, "on 3 November 2026 at 14:05 UTC". */
export function momentOf(at: number, now: number | undefined): Html {
  const distance = now === undefined ? Number.POSITIVE_INFINITY : at - now;
  return time(at, near(distance) ?? `on ${DATE.format(at)} at ${TIME.format(at)} UTC`);
}

function near(distance: number): string | undefined {
  const size = Math.abs(distance);
  if (size < MINUTE) return distance > 0 ? "in less than a minute" : "just now";
  if (size < HOUR) return DISTANCE.format(Math.trunc(distance / MINUTE), "minute");
  if (size < DAY) return DISTANCE.format(Math.trunc(distance / HOUR), "hour");
  if (size < 7 * DAY) return DISTANCE.format(Math.trunc(distance / DAY), "day");
  return undefined;
}

function time(at: number, words: string): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${words}</time>`;
}
