/** XEP-0203: Delayed Delivery. Presence that is delivered later carries the time it was sent (`sessions/presence-value.ts`). */
import { defineModule } from "../sessions/module.ts";

const NS_DELAY = "urn:xmpp:delay";

export const delay = defineModule({
  name: "delay",
  xeps: [{ number: 203, version: "2.0" }],
  setup(host) {
    host.feature(NS_DELAY);
    host.owns({ ns: NS_DELAY, name: "delay", attribute: "from", bySender: true }); // XEP-0203 §5
  },
});
