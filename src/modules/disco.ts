/** XEP-0030: Service Discovery: what the server and an account are and can do. */
import { flows } from "../contacts/plan.ts";
import type { DiscoNode } from "../sessions/core.ts";
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

    host.iq("get", NS_DISCO_INFO, "query", (iq) => answer(host, iq, NS_DISCO_INFO), ["server", "account", "other"]);
    host.iq("get", NS_DISCO_ITEMS, "query", (iq) => answer(host, iq, NS_DISCO_ITEMS), ["server", "account", "other"]);
  },
});

function answer(host: ModuleHost, iq: Iq, ns: string): string {
  refuseStranger(host, iq);
  const { node } = iq.payload().attrs;
  const named = node === undefined ? "" : ` node='${escapeAttr(node)}'`;
  const inner = ns === NS_DISCO_INFO ? infoOf(host, iq, node) : itemsOf(host, iq, node);
  return `<query xmlns='${ns}'${named}>${inner}</query>`;
}

/** XEP-0030 §8: an account is shown to those who may see its presence. */
function refuseStranger(host: ModuleHost, iq: Iq): void {
  if (iq.place !== "other") return;
  const owner = host.user(iq.to);
  if (owner === undefined || !flows(owner, iq.session.user)) {
    throw new StanzaError("service-unavailable"); // As for an account that does not exist
  }
}

function infoOf(host: ModuleHost, iq: Iq, node: string | undefined): string {
  const own = nodeOf(host, iq, node);
  if (own !== undefined) return own.info(iq);
  return iq.place === "server" ? `${identities(host)}${features(host, true)}` : `${ACCOUNT}${features(host, false)}`;
}

function itemsOf(host: ModuleHost, iq: Iq, node: string | undefined): string {
  return nodeOf(host, iq, node)?.items(iq) ?? "";
}

/** Undefined: what is asked for is the whole. XEP-0030 §3.2: a node that is none is not found. */
function nodeOf(host: ModuleHost, iq: Iq, node: string | undefined): DiscoNode | undefined {
  if (node === undefined) return undefined;
  // XEP-0115 §6.2: the node of the server's capabilities, with any hash: there is one set of them.
  if (iq.place === "server" && node.startsWith(`${CAPS_NODE}#`)) return undefined;
  const found = iq.place === "server" ? host.discoNodes.get(node) : undefined;
  if (found === undefined) throw new StanzaError("item-not-found");
  return found;
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

function features(host: ModuleHost, ofServer: boolean): string {
  let out = "";
  for (const feature of host.features) {
    if (ofServer || !host.serverFeatures.has(feature)) out += `<feature var='${escapeAttr(feature)}'/>`;
  }
  return out;
}
