/** XEP-0386 §3.2: what a client asks for together with its resource, so that it is on from the first moment. */
import type { Element } from "../xmpp/xml/element.ts";
import type { Session } from "./session.ts";

export interface InlineFeature {
  /** Told to clients, and the namespace of the element that asks. */
  readonly ns: string;
  /** The element that asks. */
  readonly name: string;
  /** What `<bound/>` says of it, as XML; "" where the document wants no answer. */
  enable(session: Session, asked: Element): string;
}

/** Each once, in the order in which they were registered. What nobody knows is passed over. */
export function enableInline(features: Iterable<InlineFeature>, session: Session, asked: readonly Element[]): string {
  let answers = "";
  for (const feature of features) {
    const found = asked.find(({ name, ns }) => name === feature.name && ns === feature.ns);
    if (found !== undefined) answers += feature.enable(session, found);
  }
  return answers;
}
