/** What the reader yields: addresses and names at hand, the inside verbatim, a tree on demand. */
import type { Attrs, Element, QName } from "./element.ts";
import type { Scope } from "./namespaces.ts";
import type { StreamElement } from "./stream-element.ts";
import { buildTree } from "./tree.ts";
import { serialiseChildren } from "./write.ts";

/** What the scan knows of an element when it ends. */
export interface Scanned {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Attrs;
  readonly children: readonly QName[];
  /** The element from `<` to `>`, well-formed. */
  readonly source: string;
  /** Where its content begins and ends in `source`. */
  readonly innerFrom: number;
  readonly innerTo: number;
  /** The content may be passed on as it stands. */
  readonly canonical: boolean;
  readonly bytes: number;
  readonly scope: Scope;
}

export class StreamNode implements StreamElement {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Attrs;
  readonly children: readonly QName[];
  readonly inner: string;
  readonly bytes: number;
  private readonly source: string;
  private readonly scope: Scope;
  private tree: Element | undefined;

  constructor(scanned: Scanned) {
    this.name = scanned.name;
    this.ns = scanned.ns;
    this.attrs = scanned.attrs;
    this.children = scanned.children;
    this.bytes = scanned.bytes;
    this.source = scanned.source;
    this.scope = scanned.scope;
    this.inner = scanned.canonical
      ? scanned.source.slice(scanned.innerFrom, scanned.innerTo)
      : serialiseChildren(this.element());
  }

  element(): Element {
    this.tree ??= buildTree(this.source, this.scope);
    return this.tree;
  }
}
