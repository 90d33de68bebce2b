/** Whom the cache asks for a user's contacts: the application over HTTP, or a function in the same process. */
import type { Clock } from "../clock.ts";
import type { FetchFailure, Problem } from "./contacts.ts";
import { readContactsInSlices } from "./contract.ts";
import { type Signal, withDeadline } from "./deadline.ts";
import type { Freshness } from "./freshness.ts";
import type { PackedList } from "./list.ts";

/** What the application said about one user. */
export type Answer =
  | {
      readonly kind: "list";
      readonly list: PackedList;
      readonly problems: readonly Problem[];
      readonly etag: string | undefined;
      readonly freshness: Freshness;
    }
  | { readonly kind: "not-modified"; readonly freshness: Freshness | undefined }
  /** 404: there is no such user, or none yet. */
  | { readonly kind: "not-found" }
  /** No URL can name this user. */
  | { readonly kind: "unaddressable" }
  | FailedAnswer;

export interface FailedAnswer {
  readonly kind: "failed";
  readonly failure: FetchFailure;
  readonly message: string;
  /** For the circuit breaker: is the application known to be there, known to be sick, or neither? */
  readonly health: "alive" | "sick" | "unknown";
}

export interface Source {
  /** `etag`: of the copy that is held. Settles by its own deadline, never rejects. */
  ask(username: string, etag: string | undefined, signal: Signal): Promise<Answer>;
}

/** What the application said about several users. */
export type BatchAnswer =
  /** One for each user that was asked for. */
  | { readonly kind: "answers"; readonly answers: ReadonlyMap<string, Answer> }
  /** Of all of them. */
  | FailedAnswer;

export interface BatchSource {
  readonly kind: "batch";
  /** At most so many users in one call. */
  readonly users: number;
  /** ms that a want waits for others. */
  readonly delay: number;
  /** Settles by its own deadline, never rejects. */
  askMany(usernames: readonly string[], signal: Signal): Promise<BatchAnswer>;
}

export function failure(code: FetchFailure, message: string, health: FailedAnswer["health"] = "unknown"): FailedAnswer {
  return { kind: "failed", failure: code, message, health };
}

/** Gives contacts of one user, in the form of contract §1; null says that there is no such user. */
export type ContactsFunction = (username: string, context: { readonly signal: AbortSignal }) => unknown;

export interface InProcessOptions {
  readonly domain: string;
  readonly clock: Clock;
  /** ms. */
  readonly timeout: number;
  readonly yieldNow: () => Promise<void>;
}

const NO_OBJECT = "the contacts function gave a Map or something like it, not an object of contacts";
const NOT_FRESH: Freshness = { maxAge: 0, staleIfError: undefined };

/** Contract §1 "in process": the same contract without HTTP. */
export function inProcessSource(give: ContactsFunction, options: InProcessOptions): Source {
  return {
    async ask(username, _etag, signal) {
      const deadline = withDeadline(options.clock, options.timeout, signal);
      const controller = new AbortController();
      deadline.signal.addEventListener("abort", () => controller.abort());
      if (deadline.signal.aborted) controller.abort();
      try {
        const value = await Promise.race([give(username, { signal: controller.signal }), deadline.aborted]);
        if (value === null) return { kind: "not-found" };
        if (isIterable(value)) return failure("not-an-object", NO_OBJECT, "alive");
        const reading = await readContactsInSlices(
          value,
          { owner: `${username}@${options.domain}`, now: options.clock.now() },
          options.yieldNow,
        );
        if (!reading.ok) return failure(reading.failure, reading.message, "alive");
        return { kind: "list", ...reading, etag: undefined, freshness: NOT_FRESH };
      } catch (error) {
        if (deadline.signal.aborted) return timedOut(options.timeout, signal);
        return failure("failed", `the contacts function failed: ${nameOf(error)}`, "sick");
      } finally {
        deadline.end();
      }
    },
  };
}

/** A Map has no keys of its own: read as an object it would be an empty list. */
function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Symbol.iterator in value;
}

/** Errors of the application may quote anything: only their kind and where they were made are told. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split("\n").find((line) => line.startsWith("    at "));
  return frame === undefined ? error.name : `${error.name} ${frame.trim()}`;
}

export function timedOut(timeout: number, outer: Signal): FailedAnswer {
  if (outer.aborted) return failure("failed", "the server is closing");
  return failure("timeout", `the application did not answer within ${timeout} ms`, "sick");
}
