/** RFC 7622: XMPP addresses. Every JID inside the server is the prepared text that these functions give. */

/** A prepared JID, split. `local` and `resource` are "" when absent. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
}
