/** XEP-0092: Software Version. The operating system is nobody's business. */
import { defineModule } from "../sessions/module.ts";
import { escapeText } from "../xmpp/xml/write.ts";

const NS_VERSION = "jabber:iq:version";

export const version = defineModule({
  name: "version",
  xeps: [{ number: 92, version: "1.1" }],
  setup(host) {
    const { name, version } = host.software;
    const inner = `<query xmlns='${NS_VERSION}'><name>${escapeText(name)}</name><version>${escapeText(version)}</version></query>`;
    host.feature(NS_VERSION);
    host.iq("get", NS_VERSION, "query", () => inner, ["server"]); // XEP-0092 §2
  },
});
