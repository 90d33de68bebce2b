/** XEP-0494: Client Access Management: people see in their client what has access to their account, and end it. */
import { formatDateTime } from "../contacts/rfc3339.ts";
import { defineModule, type Module } from "../sessions/module.ts";
import type { Session } from "../sessions/session.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import { element } from "../xmpp/xml/element.ts";
import { escapeAttr, escapeText } from "../xmpp/xml/write.ts";

const NS_ACCESS = "urn:xmpp:cam:0";

/** One client, or what lets one in. XEP-0494 §3.1 */
export interface ClientWithAccess {
  /** Opaque; the same each time. */
  readonly id: string;
  readonly connected: boolean;
  /** ms since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly auth: readonly ("password" | "grant" | "fast")[];
  readonly permission: "unrestricted" | "normal";
  readonly software: string | undefined;
  readonly uri: string | undefined;
  readonly device: string | undefined;
}

export type Revoked = "revoked" | "unknown" | "password";

export interface ClientAccess {
  /** Of the account that the session is of. */
  list(session: Session): readonly ClientWithAccess[];
  /** `password`: it logged in with the account's own password, and so can come again. */
  revoke(session: Session, id: string): Revoked;
  /** What let the session in allows it to look, or to end. */
  may(session: Session, act: "look" | "end"): boolean;
}

const NOT_ALLOWED = new StanzaError("forbidden", "This client was let in to chat, not to manage access.", "auth");
/** XEP-0494 §3.2 */
const PASSWORD = new StanzaError(
  "service-unavailable",
  "This client knows the password of the account: change that, and it is out.",
  "cancel",
  element("password-reset-required", NS_ACCESS),
);

export function clientAccess(access: ClientAccess): Module {
  return defineModule({
    name: "client-access",
    xeps: [{ number: 494, version: "0.1.0" }],
    setup(host) {
      host.feature(NS_ACCESS);
      host.iq(
        "get",
        NS_ACCESS,
        "list",
        ({ session }) => {
          if (!access.may(session, "look")) throw NOT_ALLOWED;
          return `<clients xmlns='${NS_ACCESS}'>${access.list(session).map(written).join("")}</clients>`;
        },
        ["account"],
      );
      host.iq(
        "set",
        NS_ACCESS,
        "revoke",
        (iq) => {
          const { id } = iq.payload().attrs;
          if (id === undefined) throw new StanzaError("bad-request", "Which client? revoke has the id of one.");
          if (!access.may(iq.session, "end")) throw NOT_ALLOWED;
          const revoked = access.revoke(iq.session, id);
          if (revoked === "unknown") throw new StanzaError("item-not-found");
          if (revoked === "password") throw PASSWORD;
          return "";
        },
        ["account"],
      );
    },
  });
}

function written(client: ClientWithAccess): string {
  const { id, connected, firstSeen, lastSeen, auth, permission, software, uri, device } = client;
  const agent = tag("software", software) + tag("uri", uri) + tag("device", device);
  return (
    `<client id='${escapeAttr(id)}' connected='${connected}' type='${connected ? "session" : "access"}'>` +
    `<first-seen>${formatDateTime(firstSeen)}</first-seen><last-seen>${formatDateTime(lastSeen)}</last-seen>` +
    `<auth>${auth.map((way) => `<${way}/>`).join("")}</auth><permission status='${permission}'/>` +
    `${agent === "" ? "" : `<user-agent>${agent}</user-agent>`}</client>`
  );
}

function tag(name: string, text: string | undefined): string {
  return text === undefined ? "" : `<${name}>${escapeText(text)}</${name}>`;
}
