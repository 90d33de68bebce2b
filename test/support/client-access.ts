/** The list of XEP-0494 as a test reads it. */
import { childOf, type Element, elementsOf, element as made, textOf } from "../../src/xmpp/xml/element.ts";

export interface ListedClient {
  readonly id: string | undefined;
  readonly connected: boolean;
  readonly auth: readonly string[];
  readonly permission: string | undefined;
  readonly software: string | undefined;
  readonly device: string | undefined;
}

export function element(name: string, ns: string, attrs: Readonly<Record<string, string>> = {}): Element {
  return made(name, ns, attrs);
}

/** Of the answer to a list. */
export function childrenOf(answer: Element): readonly ListedClient[] {
  const [list] = elementsOf(answer);
  if (list === undefined) return [];
  return elementsOf(list).map((client) => {
    const child = (name: string): Element | undefined => childOf(client, name, client.ns);
    const agent = child("user-agent");
    const said = (name: string): string | undefined => {
      const found = agent && childOf(agent, name, client.ns);
      return found && textOf(found);
    };
    const auth = child("auth");
    return {
      id: client.attrs["id"],
      connected: client.attrs["connected"] === "true",
      auth: auth === undefined ? [] : elementsOf(auth).map(({ name }) => name),
      permission: child("permission")?.attrs["status"],
      software: said("software"),
      device: said("device"),
    };
  });
}
