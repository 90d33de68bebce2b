/** RFC 6121 §2: the roster, which the application owns: it can be read, and changes are pushed. */
import { isOwnAddress } from "../../sessions/address.ts";
import { contactsChanged, fromClient } from "../../sessions/events.ts";
import type { Iq } from "../../sessions/iq.ts";
import { TAKEN } from "../../sessions/iq-table.ts";
import { defineModule } from "../../sessions/module.ts";
import { type Session, whenReady } from "../../sessions/session.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import { element } from "../../xmpp/xml/element.ts";
import { Pushes } from "./pushes.ts";
import { managedBy } from "./refusal.ts";
import { sendTails } from "./send.ts";
import { NS_ROSTER, resultSlices } from "./wire.ts";

export const roster = defineModule({
  name: "roster",
  xeps: [],
  setup(host) {
    const pushed = host.metric.counter("kith_pushes_total", "Roster pushes sent.");
    host.feature(NS_ROSTER);
    host.streamFeature(() => element("ver", "urn:xmpp:features:rosterver")); // RFC 6121 §2.6.1

    host.iq(
      "get",
      NS_ROSTER,
      "query",
      (iq) => {
        // Contract §2: the answer waits until the application was asked.
        if (!whenReady(iq.session, host.pendingLimit, () => answer(iq))) throw new StanzaError("resource-constraint");
        return TAKEN;
      },
      ["account"],
    );

    host.on(fromClient, "guard", ({ session, stanza }) => {
      if (stanza.name !== "iq" || !stanza.children.some((child) => child.ns === NS_ROSTER)) return undefined;
      // Contract §3: refused in words, whatever address it names.
      const { type, to } = stanza.attrs;
      if (type === "set") {
        // Of one's own list it may be a proposal: modules/proposals.
        const isOwn = to === undefined || bareIsOwn(session, to);
        if (isOwn && session.user.domain.proposals !== undefined) return undefined;
        return new StanzaError("not-allowed", managedBy(session.user.domain.name));
      }
      // RFC 6121 §2.1.6: no client hears of rosters from anybody but its own server.
      return to?.includes("/") === true ? new StanzaError("service-unavailable") : undefined;
    });

    host.on(contactsChanged, "observe", ({ user, before, changes }) => {
      const pushes = new Pushes(before, changes);
      for (const session of user.sessions) {
        if (!session.interested) continue;
        pushed.add(pushes.size);
        sendTails(session.connection, pushes.for(session.address));
      }
    });
  },
});

function bareIsOwn(session: Session, to: string): boolean {
  return !to.includes("/") && isOwnAddress(session, to);
}

/** RFC 6121 §2.1.4, §2.6.3 */
function answer(iq: Iq): void {
  const { session } = iq;
  session.interested = true; // Also without a list: its items come as pushes when it is there. Contract §2
  const { list } = session.user;
  if (list === null) {
    iq.refuse(new StanzaError("remote-server-timeout", "The application does not answer; your contacts will follow."));
    return;
  }
  if (iq.payload().attrs["ver"] === list.version) {
    iq.send("");
    return;
  }
  sendTails(session.connection, resultSlices(iq.head(), list.version, list));
}
