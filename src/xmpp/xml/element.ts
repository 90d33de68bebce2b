/** XML as a tree of plain data: made only when somebody asks for the inside of a stanza. */

/**
 * Attributes by name. Un-prefixed attributes by local name (`to`), those of the xml namespace as `xml:lang`, any other
 * as `{namespace}local`. The object has no prototype, so `attrs["constructor"]` is undefined.
 */
export type Attrs = Readonly<Record<string, string>>;

export interface Element {
  /** Local name. */
  readonly name: string;
  /** Namespace name; "" for none. */
  readonly ns: string;
  readonly attrs: Attrs;
  readonly children: readonly Node[];
}

export type Node = Element | string;

/** Name and namespace of an element, without its inside. */
export interface QName {
  readonly name: string;
  readonly ns: string;
}

/** Builds an element. Attributes that are undefined are left out. */
export function element(
  name: string,
  ns: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  children: readonly Node[] = [],
): Element {
  const kept: Record<string, string> = Object.create(null);
  for (const key of Object.keys(attrs)) {
    const value = attrs[key];
    if (value !== undefined) kept[key] = value;
  }
  return { name, ns, attrs: kept, children };
}

/** The first child element of that name and namespace. */
export function childOf(parent: Element, name: string, ns: string): Element | undefined {
  for (const node of parent.children) {
    if (typeof node !== "string" && node.name === name && node.ns === ns) return node;
  }
  return undefined;
}

/** All child elements. */
export function elementsOf(parent: Element): readonly Element[] {
  return parent.children.filter((node) => typeof node !== "string");
}

/** The text directly inside an element. */
export function textOf(parent: Element): string {
  let text = "";
  for (const node of parent.children) if (typeof node === "string") text += node;
  return text;
}
