/** What a client believes after everything it heard: its contacts and who is online, kept as a person's program would. */
import { childOf, type Element, elementsOf, textOf } from "../../src/xmpp/xml/element.ts";
import type { Client } from "./client.ts";

const NS_ROSTER = "jabber:iq:roster";

/** Contact → its item as one comparable text. */
export function contactsHeard(client: Client): Map<string, string> {
  const contacts = new Map<string, string>();
  for (const stanza of client.history) {
    const query = stanza.name === "iq" ? childOf(stanza, "query", NS_ROSTER) : undefined;
    if (query === undefined) continue;
    for (const item of elementsOf(query)) applyItem(contacts, item);
  }
  return contacts;
}

function applyItem(contacts: Map<string, string>, item: Element): void {
  const jid = item.attrs["jid"] ?? "";
  if (item.attrs["subscription"] === "remove") contacts.delete(jid);
  else contacts.set(jid, describe(item.attrs["name"], item.attrs["subscription"], elementsOf(item).map(textOf)));
}

export function describe(
  name: string | undefined,
  subscription: string | undefined,
  groups: readonly string[],
): string {
  return JSON.stringify([name ?? null, subscription ?? "both", [...groups].sort()]);
}

/** Full JIDs that this client believes to be available, with what they show. Its own account is left out. */
export function onlineHeard(client: Client): Map<string, string> {
  const own = client.jid.split("/")[0] ?? "";
  const online = new Map<string, string>();
  for (const stanza of client.history) {
    const from = stanza.attrs["from"] ?? "";
    if (stanza.name !== "presence" || from.startsWith(`${own}/`)) continue;
    const type = stanza.attrs["type"];
    const show = childOf(stanza, "show", "jabber:client");
    if (type === undefined) online.set(from, show === undefined ? "" : textOf(show));
    else if (type === "unavailable") online.delete(from);
  }
  return online;
}
