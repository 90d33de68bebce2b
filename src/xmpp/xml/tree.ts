/** Builds the tree of an element that the scanner has found well-formed; it checks nothing again. */

import { isDeclaration } from "./attributes.ts";
import { classOf, NAME, SPACE } from "./chars.ts";
import type { Element, Node } from "./element.ts";
import { Namespaces, type Scope } from "./namespaces.ts";
import { resolveReferences } from "./reference.ts";

interface Open {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: Node[];
}

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;

/** Shared by all trees: each is built within one call. */
const namespaces = new Namespaces();

/** `scope`: the namespaces in force around the element. */
export function buildTree(source: string, scope: Scope): Element {
  namespaces.begin(scope);
  return new TreeBuilder(source).build();
}

class TreeBuilder {
  private readonly source: string;
  private at = 0;
  /** The last tag read was an empty-element tag. */
  private empty = false;

  constructor(source: string) {
    this.source = source;
  }

  build(): Element {
    const source = this.source;
    const root = this.openTag();
    if (this.empty) return finish(root);
    const open: Open[] = [root];
    let top = root;
    for (;;) {
      if (source.charCodeAt(this.at) !== LT) this.text(top);
      const next = source.charCodeAt(this.at + 1);
      if (next === SLASH) {
        this.at = source.indexOf(">", this.at) + 1;
        open.pop();
        namespaces.leave();
        const parent = open.at(-1);
        if (parent === undefined) return finish(top);
        top = parent;
      } else if (next === BANG) {
        this.section(top);
      } else {
        const child = this.openTag();
        top.children.push(finish(child));
        if (this.empty) {
          namespaces.leave();
          continue;
        }
        open.push(child);
        top = child;
      }
    }
  }

  private text(into: Open): void {
    const end = this.source.indexOf("<", this.at);
    append(into, resolveReferences(newlines(this.source.slice(this.at, end))));
    this.at = end;
  }

  private section(into: Open): void {
    const from = this.at + "<![CDATA[".length;
    const end = this.source.indexOf("]]>", from);
    append(into, newlines(this.source.slice(from, end)));
    this.at = end + 3;
  }

  private openTag(): Open {
    namespaces.enter();
    const source = this.source;
    const raw = this.name(this.at + 1);
    const names: string[] = [];
    const values: string[] = [];
    for (;;) {
      this.skipSpace();
      const code = source.charCodeAt(this.at);
      if (code === GT || code === SLASH) {
        this.empty = code === SLASH;
        this.at += this.empty ? 2 : 1;
        break;
      }
      const name = this.name(this.at);
      const value = this.value();
      if (isDeclaration(name)) {
        if (name === "xmlns") namespaces.declareDefault(value);
        else namespaces.declare(name.slice(6), value);
      } else {
        names.push(name);
        values.push(value);
      }
    }
    return makeOpen(raw, names, values);
  }

  private name(from: number): string {
    let at = from;
    while ((classOf(this.source.charCodeAt(at)) & NAME) !== 0) at++;
    this.at = at;
    return this.source.slice(from, at);
  }

  private value(): string {
    this.at = this.source.indexOf("=", this.at) + 1;
    this.skipSpace();
    const quote = this.source.charAt(this.at);
    const end = this.source.indexOf(quote, this.at + 1);
    const raw = this.source.slice(this.at + 1, end);
    this.at = end + 1;
    return resolveReferences(normaliseValue(raw));
  }

  private skipSpace(): void {
    while ((classOf(this.source.charCodeAt(this.at)) & SPACE) !== 0) this.at++;
  }
}

/** XML 1.0 §3.3.3, with the line ends of §2.11: before references are replaced. */
export function normaliseValue(raw: string): string {
  return /[\t\n\r]/.test(raw) ? raw.replace(/\r\n|[\t\n\r]/g, " ") : raw;
}

/** XML 1.0 §2.11 */
function newlines(raw: string): string {
  return raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw;
}

function makeOpen(raw: string, names: readonly string[], values: readonly string[]): Open {
  const attrs: Record<string, string> = Object.create(null);
  for (let i = 0; i < names.length; i++) attrs[attributeKey(names[i] as string)] = values[i] as string;
  const colon = raw.indexOf(":");
  if (colon < 0) return { name: raw, ns: namespaces.defaultNs, attrs, children: [] };
  return { name: raw.slice(colon + 1), ns: resolve(raw.slice(0, colon)), attrs, children: [] };
}

function attributeKey(raw: string): string {
  const colon = raw.indexOf(":");
  if (colon < 0 || raw.startsWith("xml:")) return raw;
  return `{${resolve(raw.slice(0, colon))}}${raw.slice(colon + 1)}`;
}

function resolve(prefix: string): string {
  return namespaces.resolve(prefix) ?? "";
}

function append(into: Open, text: string): void {
  if (text === "") return;
  const last = into.children.length - 1;
  const before = into.children[last];
  if (typeof before === "string") into.children[last] = before + text;
  else into.children.push(text);
}

function finish(open: Open): Element {
  return { name: open.name, ns: open.ns, attrs: open.attrs, children: open.children };
}
