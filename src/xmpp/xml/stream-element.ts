/** What the reader yields: one direct child of the stream, read once, its inside a tree only on demand. */
import type { Attrs, Element, QName } from "./element.ts";

export interface StreamElement extends QName {
  readonly attrs: Attrs;
  /** Direct child elements, in order; enough for routing and IQ dispatch. */
  readonly children: readonly QName[];
  /**
   * The content as XML that any parser reads the same way, valid in every place whose default namespace is that of this
   * element: no prefix is used that is not declared inside, no CDATA, comment or processing instruction is left.
   */
  readonly inner: string;
  /** Octets on the wire, for budgets. */
  readonly bytes: number;
  /** The whole as a tree. Parsed at the first call and kept. */
  element(): Element;
}

/** Why reading ended. `condition` is a stream error of RFC 6120 §4.9.3. */
export interface XmlFault {
  readonly condition:
    | "not-well-formed"
    | "restricted-xml"
    | "unsupported-encoding"
    | "policy-violation"
    | "bad-format"
    | "invalid-namespace"
    | "bad-namespace-prefix"
    | "invalid-xml";
  readonly text: string;
}

export interface XmlLimits {
  /** Octets of one direct child of the stream, and of the stream header. */
  readonly bytes: number;
  /** Levels of nesting, the direct child of the stream being level 1. */
  readonly depth: number;
  /** Elements inside one direct child of the stream, itself included. */
  readonly elements: number;
}
