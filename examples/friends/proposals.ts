/** What the application says when somebody changes contacts in a chat client. */
import type { Decision, Proposal } from "./kith.ts";
import type { Store } from "./store.ts";

const ACCEPT: Decision = { decision: "accept" };
const LATER: Decision = { decision: "later" };

/** Decides, and makes the change before it says yes: Kith asks for both lists at once. */
export function decide(store: Store, domain: string, { type, user, contact, name, groups }: Proposal): Decision {
  const other = contact.endsWith(`@${domain}`) ? contact.slice(0, -domain.length - 1) : "";
  const person = store.person(other);
  if (person === undefined) return deny(`There is nobody here called ${contact}.`);
  switch (type) {
    case "add":
      if (store.friends(user).some((friend) => friend.user === other)) return ACCEPT;
      if (store.requests().some(({ from, to }) => from === other && to === user)) {
        store.befriend(user, other); // each asked the other
        return ACCEPT;
      }
      return store.ask(user, other, name ?? "", groups) ? LATER : deny("You are yourself.");
    case "accept":
      if (!store.requests().some(({ from, to }) => from === other && to === user)) {
        return deny(`${person.name} has not asked.`);
      }
      store.befriend(user, other);
      return ACCEPT;
    case "decline":
      store.forget(other, user);
      return ACCEPT;
    case "remove":
      store.part(user, other);
      store.forget(user, other);
      return ACCEPT;
    case "rename":
    case "regroup":
      return store.label(user, other, name ?? "", groups) ? ACCEPT : deny(`${person.name} has not answered yet.`);
  }
}

function deny(reason: string): Decision {
  return { decision: "deny", reason };
}
