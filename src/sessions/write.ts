/** The straight code by which stanzas are addressed and forwarded: one concatenation, no tree. */
import type { Attrs, Element } from "../xmpp/xml/element.ts";

const SPECIAL = /[&<>'"\t\n\r]/;
const EACH_SPECIAL = /[&<>'"\t\n\r]/g;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text for an attribute in either kind of quotes, and for content. */
export function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(EACH_SPECIAL, (char) => ESCAPES[char] ?? "") : text;
}

/** All attributes but the addresses, each with its leading space. */
export function otherAttributes(attrs: Attrs): string {
  let out = "";
  for (const name in attrs) {
    if (name === "to" || name === "from" || name === "xmlns") continue;
    out += attribute(name, attrs[name] ?? "", out.length);
  }
  return out;
}

/** `unique` tells the prefixes of one element apart. */
function attribute(name: string, value: string, unique: number): string {
  if (name.charCodeAt(0) !== 0x7b) return ` ${name}='${escapeXml(value)}'`;
  const end = name.indexOf("}");
  const prefix = `n${unique}`;
  return ` xmlns:${prefix}='${escapeXml(name.slice(1, end))}' ${prefix}:${name.slice(end + 1)}='${escapeXml(value)}'`;
}

/** An element as XML, for a place whose default namespace is `outer`. */
export function writeElement(element: Element, outer: string): string {
  let out = `<${element.name}`;
  if (element.ns !== outer) out += ` xmlns='${escapeXml(element.ns)}'`;
  for (const name in element.attrs) out += attribute(name, element.attrs[name] ?? "", out.length);
  if (element.children.length === 0) return `${out}/>`;
  out += ">";
  for (const node of element.children) {
    out += typeof node === "string" ? escapeXml(node) : writeElement(node, element.ns);
  }
  return `${out}</${element.name}>`;
}
