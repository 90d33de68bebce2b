/** Compares what arrived with what a transcript expects. */
import type { Element, Node } from "../../src/xmpp/xml/element.ts";

/** Attributes that may be there without being expected: most transcripts do not care about them. */
const UNASKED = new Set(["to", "from", "id", "ver", "xml:lang"]);

/** The reason why `actual` is not what `expected` describes; undefined when it is. `{any}` matches any value, `{more}` further children. */
export function mismatch(expected: Element, actual: Element, path = expected.name): string | undefined {
  if (expected.name !== actual.name) return `${path}: element <${actual.name}/>, expected <${expected.name}/>`;
  if (expected.ns !== actual.ns) return `${path}: namespace ${actual.ns}, expected ${expected.ns}`;
  return mismatchedAttributes(expected, actual, path) ?? mismatchedChildren(expected, actual, path);
}

function mismatchedAttributes(expected: Element, actual: Element, path: string): string | undefined {
  for (const [name, value] of Object.entries(expected.attrs)) {
    const found = actual.attrs[name];
    if (value === "{none}" ? found !== undefined : found === undefined || (value !== "{any}" && value !== found)) {
      return `${path}: ${name}=${JSON.stringify(found)}, expected ${JSON.stringify(value)}`;
    }
  }
  for (const name of Object.keys(actual.attrs)) {
    if (!(name in expected.attrs) && !UNASKED.has(name)) {
      return `${path}: unexpected ${name}=${JSON.stringify(actual.attrs[name])}`;
    }
  }
  return undefined;
}

function significant(nodes: readonly Node[]): Node[] {
  return nodes.filter((node) => typeof node !== "string" || node.trim() !== "");
}

function mismatchedChildren(expected: Element, actual: Element, path: string): string | undefined {
  const wanted = significant(expected.children);
  const found = significant(actual.children);
  for (const [index, want] of wanted.entries()) {
    if (typeof want === "string" && want.trim() === "{more}") return undefined;
    const got = found[index];
    if (got === undefined) return `${path}: missing ${typeof want === "string" ? want : `<${want.name}/>`}`;
    const reason = mismatchedChild(want, got, path);
    if (reason !== undefined) return reason;
  }
  const extra = found[wanted.length];
  if (extra === undefined) return undefined;
  return `${path}: unexpected ${typeof extra === "string" ? JSON.stringify(extra) : `<${extra.name}/>`}`;
}

function mismatchedChild(want: Node, got: Node, path: string): string | undefined {
  if (typeof want === "string") {
    if (typeof got !== "string") return `${path}: <${got.name}/>, expected text`;
    if (want.trim() === "{any}" || want.trim() === got.trim()) return undefined;
    return `${path}: text ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`;
  }
  if (typeof got === "string") return `${path}: text ${JSON.stringify(got)}, expected <${want.name}/>`;
  return mismatch(want, got, `${path}/${want.name}`);
}
