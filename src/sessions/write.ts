/** The straight code by which stanzas are addressed and forwarded: one concatenation, no tree. */
import type { Attrs } from "../xmpp/xml/element.ts";
import { escapeAttr } from "../xmpp/xml/write.ts";

const SPECIAL = /[&<>"'\t\n\r]/;

/** All attributes of a stanza but the addresses, each with its leading space. They come from the reader: only escaped. */
export function otherAttributes(attrs: Attrs): string {
  let out = "";
  for (const name in attrs) {
    if (name === "to" || name === "from" || name === "xmlns") continue;
    const value = attrs[name] ?? "";
    const safe = SPECIAL.test(value) ? escapeAttr(value) : value;
    if (name.charCodeAt(0) !== 0x7b) out += ` ${name}='${safe}'`;
    else {
      const end = name.lastIndexOf("}");
      const prefix = `n${out.length}`; // No two of one stanza begin at the same place
      out += ` xmlns:${prefix}='${escapeAttr(name.slice(1, end))}' ${prefix}:${name.slice(end + 1)}='${safe}'`;
    }
  }
  return out;
}
