/** Elements that only a server may add: those that a client forges in this server's name are stripped. */

import { parseJid } from "../xmpp/jid/jid.ts";
import { NS_CLIENT, type Stanza } from "../xmpp/stanza/stanza.ts";
import type { Element } from "../xmpp/xml/element.ts";
import { escapeText, serialise } from "../xmpp/xml/write.ts";

/** An element that says in `attribute` which entity added it. */
export interface OwnedElement {
  readonly ns: string;
  readonly name: string;
  readonly attribute: string;
  /** The sender may say it of itself. */
  readonly bySender: boolean;
}

export class ServerOwned {
  readonly #rules = new Map<string, OwnedElement>();
  readonly #domains: ReadonlyMap<string, unknown>;

  constructor(domains: ReadonlyMap<string, unknown>) {
    this.#domains = domains;
  }

  add(rule: OwnedElement): () => void {
    this.#rules.set(rule.ns, rule);
    return () => void this.#rules.delete(rule.ns);
  }

  /** The inside of the stanza without what was forged; nearly always `stanza.inner` itself. */
  strip(stanza: Stanza, sender: string): string {
    for (const child of stanza.children) {
      if (child.ns !== NS_CLIENT && this.#rules.get(child.ns)?.name === child.name)
        return this.#without(stanza, sender);
    }
    return stanza.inner;
  }

  #without(stanza: Stanza, sender: string): string {
    let out = "";
    let stripped = false;
    for (const node of stanza.element().children) {
      if (typeof node === "string") out += escapeText(node);
      else if (this.#isForged(node, sender)) stripped = true;
      else out += serialise(node, NS_CLIENT);
    }
    return stripped ? out : stanza.inner;
  }

  #isForged(node: Element, sender: string): boolean {
    const rule = this.#rules.get(node.ns);
    if (rule === undefined || rule.name !== node.name) return false;
    const claimed = node.attrs[rule.attribute];
    if (claimed === undefined) return false;
    const jid = parseJid(claimed);
    if (jid === undefined || !this.#domains.has(jid.domain)) return false;
    return !(rule.bySender && `${jid.local}@${jid.domain}` === sender);
  }
}
