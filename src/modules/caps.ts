/** XEP-0115: Entity Capabilities, of the server itself, in the stream features (§6.3). */
import { hash } from "node:crypto";
import { defineModule, type ModuleHost } from "../sessions/module.ts";
import { element } from "../xmpp/xml/element.ts";
import { CAPS_NODE } from "./disco.ts";

const NS_CAPS = "http://jabber.org/protocol/caps";

export const caps = defineModule({
  name: "caps",
  xeps: [{ number: 115, version: "1.6.0" }],
  setup(host) {
    let features = 0;
    let ver = "";
    host.feature(NS_CAPS);
    host.streamFeature(() => {
      if (features !== host.features.size) {
        features = host.features.size;
        ver = verificationString(host);
      }
      return element("c", NS_CAPS, { hash: "sha-1", node: CAPS_NODE, ver });
    });
  },
});

/** XEP-0115 §5.1: sorted first, then ended by `<` each, which stands behind `#` and `+` in the order of octets. */
function verificationString(host: ModuleHost): string {
  const identities = [...host.identities].map(({ category, type, name }) => `${category}/${type}//${name}`).sort();
  const features = [...host.features].sort();
  return hash("sha1", [...identities, ...features].map((part) => `${part}<`).join(""), "base64");
}
