/** RFC 6120 §8.2.3, RFC 6121 §8: where an IQ goes; every get and set is answered. */
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { findAddress } from "./address.ts";
import { answered } from "./ask.ts";
import type { Core } from "./core.ts";
import { Iq } from "./iq.ts";
import { type IqPlace, type IqReply, TAKEN } from "./iq-table.ts";
import { refuse } from "./reply.ts";
import type { Session } from "./session.ts";
import { otherAttributes } from "./write.ts";

/** One IQ of a client whose `from` is sound. */
export function routeIq(core: Core, sender: Session, stanza: Stanza, inner: string): void {
  const { type, id } = stanza.attrs;
  const asks = type === "get" || type === "set";
  if (!asks && type !== "result" && type !== "error") {
    refuse(sender, stanza, new StanzaError("bad-request", "An IQ is a get, set, result or error.")); // RFC 6120 §8.2.3
    return;
  }
  if (asks && (id === undefined || stanza.children.length !== 1)) {
    refuse(sender, stanza, new StanzaError("bad-request", "An IQ get or set has an id and exactly one child.")); // RFC 6120 §8.2.3
    return;
  }
  const to = stanza.attrs["to"];
  if (to === undefined || to === sender.user.jid) {
    toServer(core, sender, stanza, "account", sender.user.jid); // RFC 6120 §10.3.3
    return;
  }
  const session = core.sessions.get(to);
  if (session !== undefined) {
    forward(sender, session, stanza, inner);
    return;
  }
  const address = findAddress(core, to);
  switch (address.kind) {
    case "session":
      forward(sender, address.session, stanza, inner); // RFC 6121 §8.5.3.1
      return;
    case "server":
      toServer(core, sender, stanza, "server", address.domain); // RFC 6120 §10.5.1
      return;
    case "account": // RFC 6121 §8.5.2.1.3: the server answers for the account
      toServer(core, sender, stanza, address.bare === sender.user.jid ? "account" : "other", address.bare);
      return;
    case "malformed":
      refuse(sender, stanza, new StanzaError("jid-malformed"));
      return;
    case "remote":
      refuse(sender, stanza, new StanzaError("remote-server-not-found")); // RFC 6120 §10.4
      return;
    case "gone": // RFC 6121 §8.5.3.2.3
    case "nothing":
      refuse(sender, stanza, new StanzaError("service-unavailable"));
      return;
  }
}

function forward(sender: Session, to: Session, stanza: Stanza, inner: string): void {
  const head = ` from='${sender.address}' to='${to.address}'${otherAttributes(stanza.attrs)}`;
  to.connection.send("iq", inner === "" ? `${head}/>` : `${head}>${inner}</iq>`);
}

function toServer(core: Core, session: Session, stanza: Stanza, place: IqPlace, to: string): void {
  const type = stanza.attrs["type"] ?? "";
  const [child] = stanza.children;
  if (type === "result" || type === "error" || child === undefined) {
    if (place !== "other") answered(session, stanza);
    return;
  }
  const handler = core.iqs.find(place, type, child.ns, child.name);
  if (handler === "unknown-namespace") {
    refuse(session, stanza, new StanzaError("service-unavailable")); // RFC 6120 §8.4
    return;
  }
  if (handler === "unknown-element") {
    refuse(session, stanza, new StanzaError("feature-not-implemented")); // RFC 6120 §8.3.3.3
    return;
  }
  if (session.pending >= core.limits.pending) {
    refuse(session, stanza, new StanzaError("resource-constraint"));
    return;
  }
  const iq = new Iq(session, stanza, place, to);
  try {
    const reply = handler(iq);
    if (typeof reply === "string") iq.send(reply);
    else if (reply !== TAKEN) finishLater(core, iq, reply);
  } catch (error) {
    fail(core, iq, error);
  }
}

/** Answers when the handler has, or when its time is over. */
function finishLater(core: Core, iq: Iq, reply: Promise<IqReply>): void {
  const { session } = iq;
  let open = true;
  session.pending++;
  const close = (): boolean => {
    const was = open;
    if (was) session.pending--;
    open = false;
    return was;
  };
  const timer = core.clock.after(core.limits.iqTime, () => {
    if (close()) iq.refuse(new StanzaError("remote-server-timeout"));
  });
  reply.then(
    (value) => {
      timer.cancel();
      if (close() && value !== TAKEN) iq.send(value);
    },
    (error: unknown) => {
      timer.cancel();
      if (close()) fail(core, iq, error);
    },
  );
}

function fail(core: Core, iq: Iq, error: unknown): void {
  if (error instanceof StanzaError) {
    iq.refuse(error);
    return;
  }
  core.log.error("an IQ handler failed", { jid: iq.session.jid, child: iq.stanza.children[0]?.ns, error });
  iq.refuse(new StanzaError("internal-server-error"));
}
