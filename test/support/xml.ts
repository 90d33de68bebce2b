/** The test client's own reading of XML, by saxes: an independent parser checks what the server writes. */
import { SaxesParser, type SaxesTagNS } from "saxes";
import { type Element, element, type Node } from "../../src/xmpp/xml/element.ts";

type Open = { name: string; ns: string; attrs: Record<string, string>; children: Node[] };

export interface StreamEvents {
  open(stream: Element): void;
  stanza(stanza: Element): void;
  close(): void;
}

function attributesOf(tag: SaxesTagNS): Record<string, string> {
  const attrs: Record<string, string> = {};
  for (const [name, attribute] of Object.entries(tag.attributes)) {
    if (attribute.prefix !== "xmlns" && name !== "xmlns") attrs[name] = attribute.value;
  }
  return attrs;
}

/** Reads a stream of one long document: children of the root are stanzas. */
export function readStream(events: StreamEvents): (text: string) => void {
  const stack: Open[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    stack.push({ name: tag.local, ns: tag.uri, attrs: attributesOf(tag), children: [] });
    const root = stack[0];
    if (stack.length === 1 && root !== undefined) events.open(element(root.name, root.ns, root.attrs));
  });
  parser.on("text", (text) => {
    if (stack.length > 1) stack.at(-1)?.children.push(text);
  });
  parser.on("closetag", () => {
    const done = stack.pop();
    if (done === undefined || stack.length === 0) {
      events.close();
      return;
    }
    const built = element(done.name, done.ns, done.attrs, done.children);
    if (stack.length === 1) events.stanza(built);
    else stack.at(-1)?.children.push(built);
  });
  return (text) => {
    parser.write(text);
  };
}

/** Reads one whole element. Undeclared default namespace means jabber:client, as inside a stream. */
export function readElement(text: string): Element {
  let found: Element | undefined;
  const feed = readStream({
    open: () => undefined,
    stanza: (stanza) => {
      found = stanza;
    },
    close: () => undefined,
  });
  feed(`<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">${text}`);
  if (found === undefined) throw new Error(`not one whole element: ${text}`);
  return found;
}
