/** Who listens to the reader. Every call is made in the order of the bytes. */
import type { Attrs, QName } from "./element.ts";
import type { StreamElement, XmlFault } from "./stream-element.ts";

/** The opening tag of the stream: RFC 6120 §4.7. */
export interface StreamHeader extends QName {
  /** The default namespace that it declares, "" for none. */
  readonly defaultNs: string;
  readonly attrs: Attrs;
}

export interface XmlSink {
  header(open: StreamHeader): void;
  /** A direct child of the stream is complete. */
  element(el: StreamElement): void;
  /** The closing tag of the stream. Nothing follows but after `reset`. */
  end(): void;
  /** The stream is bad. Nothing follows but after `reset`. */
  fault(fault: XmlFault): void;
}
