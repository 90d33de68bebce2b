/** XEP-0359: a stanza-id says which server gave it; a client must not say it in this server's name. */
import { defineModule } from "../sessions/module.ts";

const NS_STANZA_ID = "urn:xmpp:sid:0";

export const stanzaId = defineModule({
  name: "stanza-id",
  xeps: [{ number: 359, version: "0.7.0" }],
  setup(host) {
    host.owns({ ns: NS_STANZA_ID, name: "stanza-id", attribute: "by", bySender: false }); // XEP-0359 §5
  },
});
