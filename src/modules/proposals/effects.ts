/** What a decided proposal does to the lists: contract §3. The answer to the client is out by then. */
import type { ContactList } from "../../contacts/list.ts";
import { listOf } from "../../contacts/list.ts";
import type { Outcome, Wish } from "../../contacts/proposals.ts";
import type { ModuleHost } from "../../sessions/module.ts";
import type { User } from "../../sessions/user.ts";

/** Never rejects: what fails is logged where it fails, and the next fetch mends it. */
export async function follow(host: ModuleHost, user: User, wish: Wish, outcome: Outcome): Promise<void> {
  const { contacts } = user.domain;
  switch (outcome.kind) {
    case "accept":
      if (wish.type === "remove") await withdraw(user, wish.contact);
      await Promise.all([contacts.followUp(user.username), followUpOther(host, wish.contact)]);
      return;
    case "later":
      if (wish.type === "add") await contacts.update(user.username, (held) => withRequest(held, wish), "proposal");
      return;
    case "deny":
      if (wish.type === "add") await withdraw(user, wish.contact);
      return;
    case "failed":
    case "busy":
      return;
  }
}

/** The list of the other side, when that is a user of a domain served here. */
async function followUpOther(host: ModuleHost, contact: string): Promise<void> {
  const at = contact.indexOf("@");
  if (at !== -1) await host.domain(contact.slice(at + 1))?.contacts.followUp(contact.slice(0, at));
}

/** Contract §3, `later`: the contact stands there with its request until the application decides by a refresh. */
function withRequest(held: ContactList | undefined, wish: Wish): ContactList | undefined {
  if (held?.get(wish.contact) !== undefined) return undefined;
  const { contact: jid, name, groups } = wish;
  const request = { jid, name, groups, subscription: "none", ask: true, until: undefined, proposed: true } as const;
  return listOf([...(held ?? []), request]);
}

/** What was proposed before is decided. */
async function withdraw({ domain, username, list }: User, contact: string): Promise<void> {
  if (list?.get(contact)?.proposed !== true) return;
  await domain.contacts.update(
    username,
    (held) => {
      if (held?.get(contact)?.proposed !== true) return undefined;
      return listOf([...held].filter(({ jid }) => jid !== contact));
    },
    "proposal",
  );
}
