/** XEP-0199: XMPP Ping. */
import { defineModule } from "../sessions/module.ts";

const NS_PING = "urn:xmpp:ping";

export const ping = defineModule({
  name: "ping",
  xeps: [{ number: 199, version: "2.0.1" }],
  setup(host) {
    host.feature(NS_PING);
    host.iq("get", NS_PING, "ping", () => ""); // XEP-0199 §4.2
  },
});
