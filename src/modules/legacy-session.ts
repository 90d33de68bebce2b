/** RFC 3921 §3: session establishment, which RFC 6121 took away and older clients still ask for. */
import { defineModule } from "../sessions/module.ts";

const NS_SESSION = "urn:ietf:params:xml:ns:xmpp-session";

export const legacySession = defineModule({
  name: "legacy-session",
  xeps: [],
  setup(host) {
    host.iq("set", NS_SESSION, "session", () => "");
  },
});
