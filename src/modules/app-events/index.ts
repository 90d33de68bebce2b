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

export function appEvents(hub: EventHub, options: AppEventsOptions): Module {
  const tellSession = (session: Session, state: "started" | "ended"): void => {
    const { user, resource, connection } = session;
    const { transport, address } = connection;
    const data = { state, resource, transport, ...(options.addresses ? { address } : {}) };
    hub.emit(user.domain.name, { type: "session", user: user.username, data });
  };
  return defineModule({
    name: "app-events",
    xeps: [],
    setup(host) {
      let people: People | undefined;
      hub.whenWanted((domain) => {
        if (people === undefined) {
          const made = new People(hub, host, options);
          people = made;
          host.on(sessionChanged, "observe", ({ session, what }) => {
            if (!hub.wants(session.user.domain.name)) return;
            if (what !== "presence") tellSession(session, what === "bound" ? "started" : "ended");
            made.changed(session.user);
          });
        }
        people.begin(domain);
      });
    },
  });
}
