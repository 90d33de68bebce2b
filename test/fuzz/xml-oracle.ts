/** The same stream read by Kith and by saxes: what each understood, and where they must agree. */
import { deepStrictEqual, fail } from "node:assert/strict";
import { type SaxesAttributeNS, SaxesParser } from "saxes";
import type { Element, Node } from "../../src/xmpp/xml/element.ts";
import { BAD_NAME, SPACED_NAMESPACE } from "../../src/xmpp/xml/faults.ts";
import { type StreamHeader, XmlReader } from "../../src/xmpp/xml/reader.ts";
import type { StreamElement, XmlFault, XmlLimits } from "../../src/xmpp/xml/stream-element.ts";

export const FUZZ_LIMITS: XmlLimits = { bytes: 100_000, depth: 64, elements: 5_000 };

export type XmlEvent =
  | { readonly kind: "header"; readonly open: StreamHeader }
  | { readonly kind: "element"; readonly el: StreamElement }
  | { readonly kind: "end" }
  | { readonly kind: "fault"; readonly fault: XmlFault };

/** Reads chunks and gathers what is told. Elements become plain data, so that events compare. */
export function readAll(chunks: Iterable<Uint8Array>, limits: XmlLimits = FUZZ_LIMITS): readonly XmlEvent[] {
  const events: XmlEvent[] = [];
  const reader = new XmlReader(limits, {
    header: (open) => events.push({ kind: "header", open }),
    element: (el) => events.push({ kind: "element", el }),
    end: () => events.push({ kind: "end" }),
    fault: (fault) => events.push({ kind: "fault", fault }),
  });
  for (const chunk of chunks) reader.write(chunk);
  return events;
}

/** An event without its methods. */
export function plain(event: XmlEvent): object {
  if (event.kind !== "element") return event;
  const { name, ns, attrs, children, inner, bytes } = event.el;
  return { name, ns, attrs, children, inner, bytes, tree: event.el.element() };
}

export interface SaxesResult {
  readonly elements: readonly Element[];
  /** The first error before the root was closed. */
  readonly error: string | undefined;
  /** There was an error, if only while or after the root was closed. */
  readonly anyError: boolean;
}

/** What saxes makes of a stream, up to the end tag of its root or the first error. */
export function readWithSaxes(text: string): SaxesResult {
  // saxes makes an Error of each mistake, and the stack of each takes longer than the rest.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return readQuickly(text);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function readQuickly(text: string): SaxesResult {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const elements: Element[] = [];
  const open: { name: string; ns: string; attrs: Record<string, string>; children: Node[] }[] = [];
  let error: string | undefined;
  let anyError = false;
  let over = false;
  parser.on("error", (e) => {
    anyError = true;
    if (!over) error ??= e.message;
  });
  parser.on("opentag", (tag) => {
    const attrs: Record<string, string> = Object.create(null);
    for (const attribute of Object.values(tag.attributes)) addAttribute(attrs, attribute);
    open.push({ name: tag.local, ns: tag.uri, attrs, children: [] });
  });
  parser.on("closetag", () => {
    const el = open.pop();
    if (open.length === 0) over = true;
    if (el === undefined || error !== undefined) return;
    if (open.length === 1 && !over) elements.push(el);
    open.at(-1)?.children.push(el);
  });
  const text_ = (piece: string): void => {
    const into = open.at(-1)?.children;
    if (into === undefined || piece === "") return;
    const last = into.at(-1);
    if (typeof last === "string") into[into.length - 1] = last + piece;
    else into.push(piece);
  };
  parser.on("text", text_);
  parser.on("cdata", text_);
  parser.write(text);
  over = true;
  // Some faults show only here, in saxes: a reference without its end, for one.
  parser.close();
  return { elements, error, anyError };
}

function addAttribute(attrs: Record<string, string>, attribute: SaxesAttributeNS): void {
  if (attribute.prefix === "xmlns" || attribute.name === "xmlns") return;
  const key =
    attribute.prefix === "xml" || attribute.prefix === "" ? attribute.name : `{${attribute.uri}}${attribute.local}`;
  attrs[key] = attribute.value;
}

/** Throws where the two readers disagree beyond what XMPP restricts. Returns what Kith made of it. */
export function compare(text: string): "read" | "refused" | "restricted" {
  const events = readAll([Buffer.from(text)]);
  const other = readWithSaxes(text);
  const ours = events.filter((event) => event.kind === "element").map((event) => event.el);
  const last = events.at(-1);
  const fault = last?.kind === "fault" ? last.fault : undefined;
  // saxes speaks of an attribute before its tag is complete: where the text ends inside a tag, that tag does not count.
  const complete = last?.kind === "end" ? other : readWithSaxes(text.slice(0, text.lastIndexOf("<")));
  if (fault === undefined && other.error !== undefined && complete.error !== undefined)
    fail(`only saxes refuses it: ${other.error}`);
  // saxes trims namespace names, where Kith refuses white space, and lets local names begin with a digit.
  const stricter = fault === SPACED_NAMESPACE || fault === BAD_NAME;
  if (fault?.condition === "not-well-formed" && !stricter && !other.anyError)
    fail(`only Kith refuses it: ${fault.text}`);
  const common = Math.min(ours.length, other.elements.length);
  if (fault === undefined) deepStrictEqual(ours.length, other.elements.length);
  for (let i = 0; i < common; i++) deepStrictEqual(ours[i]?.element(), other.elements[i]);
  for (const el of ours) checkInner(el);
  if (fault === undefined) return "read";
  return fault.condition === "not-well-formed" ? "refused" : "restricted";
}

/** The law of `StreamElement`: addresses, names and `inner` say the same as the tree. */
export function checkInner(el: StreamElement): void {
  const tree = el.element();
  deepStrictEqual(
    { name: el.name, ns: el.ns, attrs: { ...el.attrs } },
    { name: tree.name, ns: tree.ns, attrs: { ...tree.attrs } },
  );
  const names = tree.children.filter((node) => typeof node !== "string").map(({ name, ns }) => ({ name, ns }));
  deepStrictEqual(el.children, names);
  if (/[\r]|<!|<\?/.test(el.inner)) fail("inner is not canonical");
  const ns = el.ns.replaceAll("&", "&amp;").replaceAll("'", "&apos;").replaceAll("<", "&lt;");
  const declaration = el.ns === "http://www.w3.org/XML/1998/namespace" ? "" : ` xmlns='${ns}'`;
  if (declaration === "") return;
  const again = readWithSaxes(`<s><x${declaration}>${el.inner}</x></s>`);
  deepStrictEqual(again.anyError, false);
  deepStrictEqual(again.elements[0]?.children, tree.children);
}
