/** One call of `refreshMany`, counted once for all who look at it: it may have named a million people. */
import type { FetchFailure, RefreshResult } from "./contacts.ts";

export interface DoneRefresh {
  readonly users: number;
  /** Those whose lists could not be renewed, by what failed. */
  readonly failures: ReadonlyMap<FetchFailure, number>;
  /** Lists that changed or failed, in a refresh of few all of them: the first of these. */
  readonly told: readonly (readonly [username: string, result: RefreshResult])[];
  /** So many more of these are not in `told`. */
  readonly more: number;
  readonly dryRun: boolean;
  /** ms since the epoch. */
  readonly began: number;
}

/** Results looked at before others get their turn. */
const SLICE = 2500;
/** Told of one refresh. */
const TOLD = 50;
/** In a refresh of so few, lists that did not change are told too. */
const FEW = 3;

export async function countRefresh(
  results: ReadonlyMap<string, RefreshResult>,
  call: Pick<DoneRefresh, "dryRun" | "began">,
  yieldNow: () => Promise<void>,
): Promise<DoneRefresh> {
  const failures = new Map<FetchFailure, number>();
  const told: [string, RefreshResult][] = [];
  let more = 0;
  let count = 0;
  for (const [username, result] of results) {
    if (++count % SLICE === 0) await yieldNow();
    if (result.status === "error") failures.set(result.failure, (failures.get(result.failure) ?? 0) + 1);
    else if (isSame(result) && results.size > FEW) continue;
    if (told.length < TOLD) told.push([username, result]);
    else more++;
  }
  return { users: count, failures, told, more, dryRun: call.dryRun, began: call.began };
}

function isSame(result: Extract<RefreshResult, { status: "ok" }>): boolean {
  return result.added.length + result.changed.length + result.removed.length === 0;
}
