/**
 * RFC 6121 §3, refused: the application manages the contacts, so requests to subscribe and their answers change nothing,
 * whatever address they name (contract §3).
 */
import { isSubscriptionType } from "../contacts/wish.ts";
import { fromClient } from "../sessions/events.ts";
import { defineModule } from "../sessions/module.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import { managedBy } from "./roster/refusal.ts";

export const subscriptions = defineModule({
  name: "subscriptions",
  xeps: [],
  setup(host) {
    host.on(fromClient, "guard", ({ session, stanza }) => {
      if (stanza.name !== "presence" || !isSubscriptionType(stanza.attrs["type"])) return undefined;
      if (session.user.domain.proposals !== undefined) return undefined; // modules/proposals
      return new StanzaError("not-allowed", managedBy(session.user.domain.name));
    });
  },
});
