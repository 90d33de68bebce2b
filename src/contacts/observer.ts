/** Told where it arises what an operator may want to look at: one observer per domain. It never throws and never waits. */
import type { DoneRefresh } from "./done-refresh.ts";
import type { Answer } from "./source.ts";

export interface ContactsObserver {
  /** A fetch has ended. `ms`: from leaving the queue; undefined: the breaker did not let it go out. */
  fetched(username: string, answer: Answer, ms: number | undefined): void;
  /** The circuit breaker has opened or closed. */
  breaker(open: boolean): void;
  refreshed(refresh: DoneRefresh): void;
}

/** For contacts that nobody watches. */
export const noObserver: ContactsObserver = {
  fetched: () => undefined,
  breaker: () => undefined,
  refreshed: () => undefined,
};
