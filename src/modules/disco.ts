/** XEP-0030: Service Discovery: what the server and an account are and can do. */
import { flows } from "../contacts/plan.ts";
import type { Iq } from "../sessions/iq.ts";
import { defineModule, type ModuleHost } from "../sessions/module.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import { escapeAttr } from "../xmpp/xml/write.ts";

const NS_DISCO_INFO = "http://jabber.org/protocol/disco#info";
const NS_DISCO_ITEMS = "http://jabber.org/protocol/disco#items";

const ACCOUNT = "<identity category='account' type='registered'/>"; // XEP-0030 §3.1, registry: account

export const disco = defineModule({
  name: "disco",
  xeps: [{ number: 30, version: "2.5.0" }],
  setup(host) {
    host.feature(NS_DISCO_INFO);
    host.feature(NS_DISCO_ITEMS);
    host.identity({ category: "server", type: "im", name: host.software.name });

    host.iq(
      "get",
      NS_DISCO_INFO,
      "query",
      (iq) => {
        const node = nodeOf(host, iq);
        return `<query xmlns='${NS_DISCO_INFO}'${node}>${iq.place === "server" ? identities(host) : ACCOUNT}${features(host)}</query>`;
      },
      ["server", "account", "other"],
    );

    host.iq("get", NS_DISCO_ITEMS, "query", (iq) => `<query xmlns='${NS_DISCO_ITEMS}'${nodeOf(host, iq)}/>`, [
      "server",
      "account",
      "other",
    ]);
  },
});

/** The node asked for, as an attribute; refuses strangers (XEP-0030 §8) and nodes that are none. */
function nodeOf(host: ModuleHost, iq: Iq): string {
  const owner = iq.place === "other" ? host.user(iq.to) : undefined;
  if (iq.place === "other" && (owner === undefined || !flows(owner, iq.session.user))) {
    throw new StanzaError("service-unavailable"); // As for an account that does not exist
  }
  const { node } = iq.payload().attrs;
  if (node === undefined) return "";
  // XEP-0115 §6.2: the node of the server's capabilities, with any hash: there is one set of them.
  if (iq.place !== "server" || !node.startsWith(`${CAPS_NODE}#`)) throw new StanzaError("item-not-found");
  return ` node='${escapeAttr(node)}'`;
}

/** The node that names this software in XEP-0115. */
export const CAPS_NODE = "urn:kith:server";

function identities(host: ModuleHost): string {
  let out = "";
  for (const { category, type, name } of host.identities) {
    out += `<identity category='${escapeAttr(category)}' type='${escapeAttr(type)}' name='${escapeAttr(name)}'/>`;
  }
  return out;
}

function features(host: ModuleHost): string {
  let out = "";
  for (const feature of host.features) out += `<feature var='${escapeAttr(feature)}'/>`;
  return out;
}
