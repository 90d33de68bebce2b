/** The attributes of the tag being read. */

import { detach } from "./carry.ts";
import { classOf, NAME_START } from "./chars.ts";
import type { Attrs } from "./element.ts";
import { BAD_DECLARATION, BAD_NAME, DUPLICATE_ATTRIBUTE, SPACED_NAMESPACE, UNBOUND_PREFIX } from "./faults.ts";
import { type Namespaces, NS_XML } from "./namespaces.ts";
import type { XmlFault } from "./stream-element.ts";

/** More on one element is a policy violation. */
export const MAX_ATTRIBUTES = 100;

/** Up to this many, comparing each with each is cheaper than a set. */
const FEW = 8;

const SPACES = /\s/;

/** Position of the colon of a qualified name, 0 for none, -1 when it is malformed (Namespaces in XML 1.0 §4). */
export function colonOf(name: string): number {
  const colon = name.indexOf(":");
  if (colon < 0) return 0;
  if ((classOf(name.charCodeAt(colon + 1)) & NAME_START) === 0) return -1;
  return name.includes(":", colon + 1) ? -1 : colon;
}

export class Attributes {
  count = 0;
  /** The lowest level that a prefix used here was declared at. */
  outermost = Number.POSITIVE_INFINITY;
  /** What the namespaces of the prefixes take when they are written out. */
  growth = 0;
  /** Qualified names, as written. */
  private readonly names: string[] = [];
  private readonly values: string[] = [];
  private readonly declares: boolean[] = [];
  /** Attributes with a prefix, declarations included. */
  private prefixed = 0;
  private declaring = false;
  /** Expanded names, filled by `resolve` where there is a prefix. */
  private readonly expanded: string[] = [];

  /** Keeps nothing alive of the text that names and values were cut from. */
  clear(): void {
    for (let i = 0; i < this.count; i++) {
      this.names[i] = "";
      this.values[i] = "";
      if (this.prefixed > 0) this.expanded[i] = "";
    }
    this.count = 0;
    this.prefixed = 0;
    this.declaring = false;
    this.growth = 0;
    this.outermost = Number.POSITIVE_INFINITY;
  }

  add(name: string, value: string, declares: boolean): void {
    this.names[this.count] = name;
    this.declares[this.count] = declares;
    this.values[this.count++] = value;
    if (declares) this.declaring = true;
    if ((!declares || name.length > 5) && name.includes(":")) this.prefixed++;
  }

  /** Those of the stream outlive the text that they were cut from. */
  detach(): void {
    for (let i = 0; i < this.count; i++) {
      this.names[i] = detach(this.names[i] as string);
      this.values[i] = detach(this.values[i] as string);
    }
  }

  /** Declares namespaces, resolves the prefixes and finds duplicates. */
  resolve(namespaces: Namespaces): XmlFault | undefined {
    if (this.count > 1 && this.hasDuplicate(this.names)) return DUPLICATE_ATTRIBUTE;
    if (this.declaring) {
      const fault = this.bind(namespaces);
      if (fault !== undefined) return fault;
    }
    return this.prefixed > 0 ? this.expand(namespaces) : undefined;
  }

  /** Those that are no namespace declarations, by the names of `Attrs`; after `resolve`. */
  collect(): Attrs {
    const attrs: Record<string, string> = Object.create(null);
    for (let i = 0; i < this.count; i++) {
      const name = this.names[i] as string;
      if (this.declares[i]) continue;
      attrs[this.prefixed > 0 ? (this.expanded[i] as string) : name] = this.values[i] as string;
    }
    return attrs;
  }

  private bind(namespaces: Namespaces): XmlFault | undefined {
    for (let i = 0; i < this.count; i++) {
      const name = this.names[i] as string;
      if (!this.declares[i]) continue;
      const value = this.values[i] as string;
      // No IRI holds white space, and some readers trim it: one namespace here must not become another one there.
      if (SPACES.test(value)) return SPACED_NAMESPACE;
      if (name === "xmlns") {
        if (!namespaces.declareDefault(value)) return BAD_DECLARATION;
        continue;
      }
      if (colonOf(name) < 0) return BAD_NAME;
      // Allowed, but not every reader knows it.
      if (name === "xmlns:xml") this.outermost = 0;
      if (!namespaces.declare(name.slice(6), value)) return BAD_DECLARATION;
    }
    return undefined;
  }

  private expand(namespaces: Namespaces): XmlFault | undefined {
    for (let i = 0; i < this.count; i++) {
      const name = this.names[i] as string;
      const colon = colonOf(name);
      if (colon < 0) return BAD_NAME;
      this.expanded[i] = name;
      if (colon === 0 || this.declares[i]) continue;
      const prefix = name.slice(0, colon);
      const ns = namespaces.resolve(prefix);
      if (ns === undefined) return UNBOUND_PREFIX;
      if (ns === NS_XML) continue;
      this.growth += ns.length;
      this.expanded[i] = `{${ns}}${name.slice(colon + 1)}`;
      this.outermost = Math.min(this.outermost, namespaces.declaredAt(prefix));
    }
    return this.prefixed > 1 && this.hasDuplicate(this.expanded) ? DUPLICATE_ATTRIBUTE : undefined;
  }

  private hasDuplicate(names: readonly string[]): boolean {
    if (this.count > FEW) return new Set(names.slice(0, this.count)).size < this.count;
    for (let i = 1; i < this.count; i++) {
      const name = names[i];
      for (let j = 0; j < i; j++) if (names[j] === name) return true;
    }
    return false;
  }
}

/** `xmlns` or `xmlns:prefix`. */
export function isDeclaration(name: string): boolean {
  return name.charCodeAt(0) === 0x78 && name.startsWith("xmlns") && (name.length === 5 || name.charCodeAt(5) === 0x3a);
}
