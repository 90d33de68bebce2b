/** Data that modules keep per session, without a field on the session. */
import type { Session } from "./session.ts";

export interface SessionState<T> {
  get(session: Session): T;
  set(session: Session, value: T): void;
}

let slots = 0;

/** `const enabled = sessionState<boolean>(false)`. A session that was never given a value has `initial`. */
export function sessionState<T>(initial: T): SessionState<T> {
  const slot = slots++;
  return {
    get(session) {
      const values = session.values as T[] | undefined;
      const value = values?.[slot];
      return value === undefined ? initial : value;
    },
    set(session, value) {
      session.values ??= [];
      session.values[slot] = value;
    },
  };
}
