/** RFC 6120 §8, §10: one stanza of a client: whom it claims to be from, what modules say of it, where it goes. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { isOwnAddress } from "./address.ts";
import type { Core } from "./core.ts";
import { routeIq } from "./iq-dispatch.ts";
import { routeMessage } from "./message.ts";
import { routePresence } from "./presence.ts";
import { refuse } from "./reply.ts";
import type { Session } from "./session.ts";

/** Never throws. False: the stream is to be closed for a `from` that is not the sender's. RFC 6120 §8.1.2.1 */
export function route(core: Core, sender: Session, stanza: Stanza): boolean {
  const { from } = stanza.attrs;
  if (from !== undefined && !isOwnAddress(sender, from)) return false;
  try {
    routeSound(core, sender, stanza);
  } catch (error) {
    core.log.error("a stanza could not be handled", { jid: sender.jid, kind: stanza.name, error });
    refuse(sender, stanza, new StanzaError("internal-server-error"));
  }
  return true;
}

function routeSound(core: Core, sender: Session, given: Stanza): void {
  core.received[given.name].add();
  let stanza = given;
  if (core.fromClient.active) {
    const outcome = core.fromClient.run({ session: sender, stanza });
    if (outcome.kind === "taken") return;
    if (outcome.kind === "refused") {
      refuse(sender, stanza, outcome.error);
      return;
    }
    stanza = outcome.event.stanza;
  }
  if (stanza.name !== "iq") sender.user.activeAt = core.clock.now();
  const inner = core.owned.strip(stanza, sender.user.jid);
  switch (stanza.name) {
    case "message":
      routeMessage(core, sender, stanza, inner);
      return;
    case "presence":
      routePresence(core, sender, stanza, inner);
      return;
    case "iq":
      routeIq(core, sender, stanza, inner);
      return;
  }
}
