/** Contract §1, circuit breaker: a sick application is not stormed (G6). Pure: `now` in ms is handed in. */

export interface BreakerState {
  readonly open: boolean;
  /** Failed fetches in a row. */
  readonly failures: number;
  /** Users of these, as many as matter. */
  readonly users: readonly string[];
  /** When the last probe went out while open. */
  readonly probedAt: number;
}

const FAILURES = 20;
const USERS = 5;
const PROBE_EVERY = 1000;

export const CLOSED: BreakerState = { open: false, failures: 0, users: [], probedAt: 0 };

/** Asks whether a fetch may go out. One that a refresh caused always may, and is then the probe. */
export function admit(
  state: BreakerState,
  now: number,
  forced: boolean,
): { readonly state: BreakerState; readonly allowed: boolean } {
  if (!state.open) return { state, allowed: true };
  if (!forced && now - state.probedAt < PROBE_EVERY) return { state, allowed: false };
  return { state: { ...state, probedAt: now }, allowed: true };
}

/** The application answered, with whatever status below 500: it is there. */
export function succeeded(state: BreakerState): BreakerState {
  return state.failures === 0 && !state.open ? state : CLOSED;
}

/** A fetch failed by a transport error, a time-out or a 5xx. */
export function failed(state: BreakerState, now: number, ...usernames: readonly string[]): BreakerState {
  const failures = state.failures + 1;
  const users =
    state.users.length >= USERS ? state.users : [...new Set([...state.users, ...usernames.slice(0, 2 * USERS)])];
  const opens = !state.open && failures >= FAILURES && users.length >= USERS;
  return { open: state.open || opens, failures, users, probedAt: opens ? now : state.probedAt };
}
