/** One user's part of a refresh (contract §4, `results`), and what a dry run says. Pure. */
import type { Problem, RefreshResult } from "./contacts.ts";
import { type Copy, emptyCopy } from "./copy.ts";
import { type Change, diff } from "./diff.ts";
import { type Answer, type FailedAnswer, failure } from "./source.ts";

export function ok(source: "app" | "none", changes: readonly Change[], problems: readonly Problem[]): RefreshResult {
  const jids: Record<Change["kind"], string[]> = { added: [], changed: [], removed: [] };
  for (const { kind, contact } of changes) jids[kind].push(contact.jid);
  return { status: "ok", ...jids, source, stale: false, problems };
}

export function failed(answer: FailedAnswer, copy: Copy | undefined): RefreshResult {
  return { status: "error", failure: answer.failure, message: answer.message, stale: copy?.stale ?? false };
}

/** The differences that an answer would make: nothing is kept, nothing is sent. */
export function dryResult(copy: Copy | undefined, answer: Answer, notFound: "error" | "empty"): RefreshResult {
  switch (answer.kind) {
    case "failed":
      return failed(answer, copy);
    case "list":
      return ok("app", diff(copy?.list ?? null, answer.list), answer.problems);
    case "not-modified":
      return ok("app", [], copy?.problems ?? []);
    case "unaddressable":
      return ok("none", [], [UNADDRESSABLE]);
    case "not-found":
      if (copy !== undefined && notFound === "error") return failed(NOT_FOUND, copy);
      return ok("app", copy === undefined ? [] : diff(copy.list, emptyCopy([], 0).list), []);
  }
}

export const UNADDRESSABLE: Problem = {
  code: "unaddressable",
  text: "no URL can name this user; contacts.batchUrl can",
};
export const NOT_FOUND: FailedAnswer = failure("status", "the application answered 404", "alive");
