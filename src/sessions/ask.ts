/** IQs of the server to a client, with a deadline; answers to anything else are swallowed. */
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { Element } from "../xmpp/xml/element.ts";
import type { Core } from "./core.ts";
import type { Session } from "./session.ts";

let last = 0;

/** An id for an IQ of the server, never used twice in one process. */
export function nextId(): string {
  last++;
  return `k${last.toString(36)}`;
}

/**
 * Asks the client of `session`. The result or error stanza, or undefined when none came within `ms` or the session
 * ended. Never rejects.
 */
export function ask(
  core: Core,
  session: Session,
  type: "get" | "set",
  inner: string,
  ms: number = core.limits.iqTime,
): Promise<Element | undefined> {
  if (session.ended) return Promise.resolve(undefined);
  const id = nextId();
  return new Promise((resolve) => {
    const asked = { settle };
    const timer = core.clock.after(ms, () => settle(undefined));
    function settle(answer: Element | undefined): void {
      timer.cancel();
      session.asked?.delete(id);
      resolve(answer);
    }
    session.asked ??= new Map();
    session.asked.set(id, asked);
    session.connection.send("iq", ` id='${id}' to='${session.address}' type='${type}'>${inner}</iq>`);
  });
}

/** A result or error that a client sent to its server or account. */
export function answered(session: Session, stanza: Stanza): void {
  const { id } = stanza.attrs;
  if (id !== undefined) session.asked?.get(id)?.settle(stanza.element());
}
