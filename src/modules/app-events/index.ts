/** Tells the application who is there: `presence` and `session` events. Does nothing until somebody wants them. */
import type { EventHub } from "../../sessions/event-hub.ts";
import { sessionChanged } from "../../sessions/events.ts";
import { defineModule, type Module } from "../../sessions/module.ts";
import type { Session } from "../../sessions/session.ts";
import { People, type PeopleOptions } from "./people.ts";

export interface AppEventsOptions extends PeopleOptions {
  /** Addresses of clients are told too. */
  readonly addresses: boolean;
}

/** `optionsOf`: undefined for a domain that has no events. */
export function appEvents(hub: EventHub, optionsOf: (domain: string) => AppEventsOptions | undefined): Module {
  const tellSession = (session: Session, state: "started" | "ended"): void => {
    const { user, resource, connection } = session;
    const { transport, address } = connection;
    const isAddressTold = optionsOf(user.domain.name)?.addresses === true;
    const data = { state, resource, transport, ...(isAddressTold ? { address } : {}) };
    hub.emit(user.domain.name, { type: "session", user: user.username, data });
  };
  return defineModule({
    name: "app-events",
    xeps: [],
    setup(host) {
      const people = new Map<string, People>();
      hub.whenWanted((domain) => {
        const options = optionsOf(domain);
        if (options === undefined) return;
        if (people.size === 0) {
          host.on(sessionChanged, "observe", ({ session, what }) => {
            if (what !== "presence") tellSession(session, what === "bound" ? "started" : "ended");
            people.get(session.user.domain.name)?.changed(session.user);
          });
        }
        const known = people.get(domain) ?? new People(domain, hub, host, options);
        people.set(domain, known);
        known.begin();
      });
    },
  });
}
