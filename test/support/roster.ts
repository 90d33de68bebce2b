/** A client's view of its contacts: the first result and every push after it, as a person's program keeps it. */
import { childOf, type Element, element, elementsOf, textOf } from "../../src/xmpp/xml/element.ts";
import type { Client } from "./client.ts";

const NS_ROSTER = "jabber:iq:roster";

export interface Item {
  readonly name: string | undefined;
  readonly subscription: string | undefined;
  readonly ask: string | undefined;
  readonly groups: readonly string[];
}

function itemOf(item: Element): Item {
  return {
    name: item.attrs["name"],
    subscription: item.attrs["subscription"],
    ask: item.attrs["ask"],
    groups: elementsOf(item).map(textOf),
  };
}

/** The IQ answer to a roster get. */
export function askRoster(client: Client, ver?: string): Promise<Element> {
  return client.iq("get", element("query", NS_ROSTER, { ver }));
}

/** The items of a roster get by JID; fails on an error answer. */
export async function rosterOf(client: Client): Promise<Map<string, Item>> {
  const answer = await askRoster(client);
  const query = childOf(answer, "query", NS_ROSTER);
  if (answer.attrs["type"] !== "result" || query === undefined) throw new Error("the roster was refused");
  return new Map(elementsOf(query).map((item) => [item.attrs["jid"] ?? "", itemOf(item)]));
}

/** All roster pushes that have arrived, as [jid, subscription, name]; they leave the inbox. */
export async function pushesOf(client: Client): Promise<[string, string, string | undefined][]> {
  await client.sync();
  const pushes = client.inbox.filter(
    (s) => s.name === "iq" && s.attrs["type"] === "set" && childOf(s, "query", NS_ROSTER),
  );
  for (const push of pushes) client.inbox.splice(client.inbox.indexOf(push), 1);
  return pushes.flatMap((push) =>
    elementsOf(push)
      .flatMap(elementsOf)
      .map((item): [string, string, string | undefined] => [
        item.attrs["jid"] ?? "",
        item.attrs["subscription"] ?? "",
        item.attrs["name"],
      ]),
  );
}
