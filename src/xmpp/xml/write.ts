/** Writes XML that is well-formed whatever it is given. XML 1.0; Namespaces in XML 1.0. */
import { isNcName } from "./chars.ts";
import type { Element } from "./element.ts";
import { NS_XML, NS_XMLNS } from "./namespaces.ts";

const TEXT_SPECIAL = /[&<>\r]/;
const TEXT_SPECIALS = /[&<>\r]/g;
const ATTRIBUTE_SPECIAL = /[&<>"'\t\n\r]/;
const ATTRIBUTE_SPECIALS = /[&<>"'\t\n\r]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 §2.2 forbids exactly these
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 §2.2 forbids exactly these
const FORBIDDENS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escapeChar(char: string): string {
  return ESCAPES[char] ?? "";
}

/** Characters that XML 1.0 cannot carry, half surrogate pairs included, become U+FFFD. */
function carriable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return FORBIDDEN.test(wellFormed) ? wellFormed.replace(FORBIDDENS, "\ufffd") : wellFormed;
}

/** Text for the inside of an element. */
export function escapeText(text: string): string {
  const safe = carriable(text);
  return TEXT_SPECIAL.test(safe) ? safe.replace(TEXT_SPECIALS, escapeChar) : safe;
}

/** Text for an attribute value in quotes of either kind; white space survives. */
export function escapeAttr(text: string): string {
  const safe = carriable(text);
  return ATTRIBUTE_SPECIAL.test(safe) ? safe.replace(ATTRIBUTE_SPECIALS, escapeChar) : safe;
}

/**
 * The element as it stands in a place whose default namespace is `parentNs`. Throws a RangeError where a name is no
 * NCName or a namespace cannot be written: names come from the program or the reader, never from elsewhere.
 */
export function serialise(el: Element, parentNs: string): string {
  const tag = el.ns === NS_XML ? `xml:${ncName(el.name)}` : ncName(el.name);
  // An element of the xml namespace is prefixed and leaves the default alone.
  const defaultNs = el.ns === NS_XML ? parentNs : el.ns;
  let out = `<${tag}`;
  if (defaultNs !== parentNs) out += ` xmlns='${namespaceName(defaultNs)}'`;
  out += attributes(el);
  if (el.children.length === 0) return `${out}/>`;
  return `${out}>${content(el, defaultNs)}</${tag}>`;
}

/** The content of an element, for a place whose default namespace is that of the element. */
export function serialiseChildren(el: Element): string {
  return content(el, el.ns);
}

function content(el: Element, defaultNs: string): string {
  let out = "";
  for (const node of el.children) out += typeof node === "string" ? escapeText(node) : serialise(node, defaultNs);
  return out;
}

function attributes(el: Element): string {
  let out = "";
  let prefixes = 0;
  for (const key of Object.keys(el.attrs)) {
    const value = escapeAttr(el.attrs[key] ?? "");
    const { ns, name } = splitKey(key);
    if (ns === "") out += ` ${name}='${value}'`;
    else if (ns === NS_XML) out += ` xml:${name}='${value}'`;
    else {
      const prefix = `ns${prefixes++}`;
      out += ` xmlns:${prefix}='${namespaceName(ns)}' ${prefix}:${name}='${value}'`;
    }
  }
  return out;
}

function splitKey(key: string): { ns: string; name: string } {
  if (key.startsWith("xml:")) return { ns: NS_XML, name: ncName(key.slice(4)) };
  if (key.startsWith("{")) {
    const end = key.lastIndexOf("}");
    return { ns: key.slice(1, end), name: ncName(key.slice(end + 1)) };
  }
  if (key === "xmlns") throw new RangeError("a namespace is no attribute");
  return { ns: "", name: ncName(key) };
}

function ncName(name: string): string {
  if (!isNcName(name)) throw new RangeError(`not an XML name: ${JSON.stringify(name)}`);
  return name;
}

function namespaceName(ns: string): string {
  if (ns === NS_XML || ns === NS_XMLNS) throw new RangeError(`not a namespace that can be declared: ${ns}`);
  return escapeAttr(ns);
}
