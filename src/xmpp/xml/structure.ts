/** What the tags mean: nesting, namespaces, limits, and what is told of each direct child of the stream. */
import { type Attributes, colonOf } from "./attributes.ts";
import { detach } from "./carry.ts";
import type { Attrs, QName } from "./element.ts";
import { BAD_NAME, TOO_DEEP, TOO_LONG, TOO_MANY_ELEMENTS, UNBOUND_PREFIX } from "./faults.ts";
import { EMPTY_SCOPE, Namespaces, type Scope } from "./namespaces.ts";
import type { StreamHeader } from "./sink.ts";
import type { XmlFault, XmlLimits } from "./stream-element.ts";
import { StreamNode } from "./stream-node.ts";

const NO_ATTRS: Attrs = Object.freeze(Object.create(null));

export class Structure {
  limits: XmlLimits;
  /** Elements open around the place being read, the stream itself included. */
  level = 0;
  /** Whether the content read so far may be passed on as it stands; the scanner clears it too. */
  canonical = true;
  /** The level whose children are yielded: 1 in a stream, 0 for a document of its own. */
  readonly base: 0 | 1;
  private readonly namespaces = new Namespaces();
  /** Names of the open elements, as written. */
  private readonly open: string[] = [];
  /** Their namespaces. */
  private readonly spaces: string[] = [];
  /** What namespaces add when the element is written again, each where it is needed. */
  private growth = 0;
  private elements = 0;
  private name = "";
  private ns = "";
  private attrs: Attrs = NO_ATTRS;
  private children: QName[] = [];
  private scope: Scope = EMPTY_SCOPE;
  /** An un-prefixed child without a declaration of its own is in the namespace of its parent, wherever it is put. */
  private sameDefault = true;

  constructor(base: 0 | 1, limits: XmlLimits) {
    this.base = base;
    this.limits = limits;
  }

  clear(): void {
    if (this.level > 0) {
      this.open.length = 0;
      this.spaces.length = 0;
    }
    this.level = 0;
    this.namespaces.clear();
    this.scope = EMPTY_SCOPE;
    this.forget();
  }

  /** Between elements: lets go of pieces of received text. */
  release(): void {
    this.name = "";
    this.ns = "";
  }

  /** The name that the next end tag must have. */
  get innermost(): string {
    return this.open[this.level - 1] as string;
  }

  /** An element opens: `raw` is its name as written. */
  enter(raw: string, attributes: Attributes): XmlFault | undefined {
    const inside = this.level - this.base;
    if (inside >= this.limits.depth) return TOO_DEEP;
    if (inside >= 0 && ++this.elements > this.limits.elements) return TOO_MANY_ELEMENTS;
    if (inside < 0) attributes.detach();
    const namespaces = this.namespaces;
    namespaces.enter();
    if (attributes.count > 0) {
      const fault = attributes.resolve(namespaces);
      if (fault !== undefined) return fault;
    }
    let outermost = attributes.outermost;
    let name = raw;
    let ns: string | undefined = namespaces.defaultNs;
    const colon = colonOf(raw);
    if (colon !== 0) {
      if (colon < 0) return BAD_NAME;
      const prefix = raw.slice(0, colon);
      name = raw.slice(colon + 1);
      ns = namespaces.resolve(prefix);
      if (ns === undefined) return UNBOUND_PREFIX;
      outermost = Math.min(outermost, namespaces.declaredAt(prefix));
    }
    if (inside >= 0) {
      // RFC 6120 §13.12: a name given once and used everywhere would be copied everywhere.
      if (ns !== this.spaces[this.level - 1]) this.growth += ns.length;
      this.growth += attributes.growth;
      if (this.growth > this.limits.bytes) return TOO_LONG;
    }
    this.spaces[this.level] = ns;
    this.open[this.level++] = inside < 0 ? detach(raw) : raw;
    if (inside <= 0) this.begin(name, ns, attributes);
    else this.descend(name, ns, inside, outermost);
    return undefined;
  }

  /** An element closes. */
  leave(): void {
    this.namespaces.leave();
    this.open[--this.level] = "";
    this.spaces[this.level] = "";
  }

  /** The element that was entered last is the stream. */
  header(): StreamHeader {
    this.scope = this.namespaces.scope();
    return { name: this.name, ns: this.ns, defaultNs: this.scope.defaultNs, attrs: this.attrs };
  }

  /** The direct child of the stream that was left last. */
  finish(source: string, innerFrom: number, innerTo: number, bytes: number): StreamNode {
    const node = new StreamNode({
      name: this.name,
      ns: this.ns,
      attrs: this.attrs,
      children: this.children,
      source,
      innerFrom,
      innerTo,
      // XML 1.0 §2.11: line ends are read differently by careless readers.
      canonical: this.canonical && !source.includes("\r"),
      bytes,
      scope: this.scope,
    });
    this.forget();
    return node;
  }

  private begin(name: string, ns: string, attributes: Attributes): void {
    this.name = name;
    this.ns = ns;
    this.attrs = attributes.count > 0 ? attributes.collect() : NO_ATTRS;
    this.sameDefault = this.namespaces.defaultNs === ns;
    this.canonical = true;
  }

  private descend(name: string, ns: string, inside: number, outermost: number): void {
    if (inside === 1) this.children.push({ name, ns });
    // Levels of declarations count from 1: the direct child of the stream is base + 1.
    if (!this.sameDefault || outermost <= this.base + 1) this.canonical = false;
  }

  private forget(): void {
    this.elements = 0;
    this.growth = 0;
    this.children = [];
    this.attrs = NO_ATTRS;
    this.canonical = true;
  }
}
