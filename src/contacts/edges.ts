/** Contract §4, `POST /roster_admin/edges`: friendships made and ended in both held lists, without a fetch. */
import type { Contacts, ListEdit } from "./contacts.ts";
import { type Contact, type ContactList, ListBuilder } from "./list.ts";

/** Two usernames, prepared and different, in either order. */
export type Pair = readonly [string, string];

export interface Edges {
  readonly connect: readonly Pair[];
  /** Done after all of `connect`. */
  readonly disconnect: readonly Pair[];
}

export type EdgesAnswer =
  /** How many pairs are connected and disconnected now: those that were so already count too. */
  | { readonly ok: true; readonly connected: number; readonly disconnected: number }
  /** What was done before the failure stays done, pair by pair, and is counted. */
  | { readonly ok: false; readonly message: string; readonly connected: number; readonly disconnected: number };

/** Pairs that are one step: stored, put in force and told together. */
const STEP = 100;

/** Both lists of each pair change together. Never rejects. */
export async function applyEdges(contacts: Contacts, domain: string, edges: Edges): Promise<EdgesAnswer> {
  const connected = await inSteps(contacts, domain, edges.connect, true);
  if (connected.failure !== undefined) {
    return { ok: false, message: connected.failure, connected: connected.done, disconnected: 0 };
  }
  const disconnected = await inSteps(contacts, domain, edges.disconnect, false);
  const counts = { connected: connected.done, disconnected: disconnected.done };
  return disconnected.failure === undefined
    ? { ok: true, ...counts }
    : { ok: false, message: disconnected.failure, ...counts };
}

async function inSteps(
  contacts: Contacts,
  domain: string,
  pairs: readonly Pair[],
  isConnect: boolean,
): Promise<{ readonly done: number; readonly failure?: string }> {
  for (let from = 0; from < pairs.length; from += STEP) {
    const edits = editsOf(pairs.slice(from, from + STEP), domain, isConnect);
    for (const result of (await contacts.updateAll(edits, "edges")).values()) {
      if (result.status === "error") return { done: from, failure: result.message };
    }
  }
  return { done: pairs.length };
}

/** One edit for each person, however many pairs name them. */
function editsOf(pairs: readonly Pair[], domain: string, isConnect: boolean): ReadonlyMap<string, ListEdit> {
  const others = new Map<string, Set<string>>();
  for (const [a, b] of pairs) {
    addTo(others, a, b);
    addTo(others, b, a);
  }
  const edits = new Map<string, ListEdit>();
  for (const [username, names] of others) {
    edits.set(username, (held) => (isConnect ? connected(held, names, domain) : disconnected(held, names, domain)));
  }
  return edits;
}

function addTo(others: Map<string, Set<string>>, username: string, other: string): void {
  const names = others.get(username);
  if (names === undefined) others.set(username, new Set([other]));
  else names.add(other);
}

/** Name and groups of a contact stay; it ends no more by itself, and nothing is pending. */
function connected(held: ContactList | undefined, names: ReadonlySet<string>, domain: string): ContactList {
  const missing = new Map([...names].map((name) => [`${name}@${domain}`, name]));
  const builder = new ListBuilder();
  for (const contact of held ?? []) {
    const isOne = missing.delete(contact.jid);
    builder.add(isOne ? { ...contact, subscription: "both", ask: false, until: undefined } : contact);
  }
  for (const [jid, name] of missing) builder.add(newContact(jid, name));
  return builder.build();
}

function newContact(jid: string, name: string): Contact {
  return { jid, name, groups: [], subscription: "both", ask: false, until: undefined };
}

function disconnected(
  held: ContactList | undefined,
  names: ReadonlySet<string>,
  domain: string,
): ContactList | undefined {
  if (held === undefined) return undefined;
  const jids = new Set([...names].map((name) => `${name}@${domain}`));
  const builder = new ListBuilder();
  let left = 0;
  for (const contact of held) {
    if (jids.has(contact.jid)) left++;
    else builder.add(contact);
  }
  return left === 0 ? undefined : builder.build();
}
