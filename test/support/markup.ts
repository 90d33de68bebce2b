/** A page as a tree: the pages are well-formed XML, so the reader of the tests reads them, and refuses what is not. */
import type { Element } from "../../src/xmpp/xml/element.ts";
import { readElement } from "./xml.ts";

const DOCTYPE = "<!DOCTYPE html>\n";

export function readPage(html: string): Element {
  if (!html.startsWith(DOCTYPE)) throw new Error("the page has no doctype: browsers would draw it in quirks mode");
  return readElement(html.slice(DOCTYPE.length).trimEnd());
}

/** All elements inside, in the order of the page. */
export function findAll(inside: Element, matches: (element: Element) => boolean): readonly Element[] {
  return inside.children.flatMap((child) => {
    if (typeof child === "string") return [];
    return [...(matches(child) ? [child] : []), ...findAll(child, matches)];
  });
}

export function named(inside: Element, ...names: readonly string[]): readonly Element[] {
  return findAll(inside, ({ name }) => names.includes(name));
}

const BLOCKS: readonly string[] = ["p", "h1", "h2", "h3", "li", "div", "dt", "dd", "label"];

/** The text of an element and of all in it, on one line. */
export function wordsOf(element: Element): string {
  return textOf(element).replace(/\s+/g, " ").trim();
}

function textOf({ name, children }: Element): string {
  const text = children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
  return BLOCKS.includes(name) ? ` ${text} ` : text;
}

/** What a browser would send for a form whose button is pressed: fields and boxes that are on, as `name=value`. */
export function sentBy(form: Element): readonly string[] {
  return named(form, "input", "button").flatMap(({ name, attrs }) => {
    const isOff = attrs["type"] === "checkbox" && attrs["checked"] === undefined;
    if (attrs["name"] === undefined || attrs["disabled"] !== undefined || isOff) return [];
    return [`${attrs["name"]}=${attrs["value"] ?? (name === "button" ? "" : "on")}`];
  });
}
