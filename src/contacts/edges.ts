/** Contract §4, `POST /roster_admin/edges`: friendships made and ended in both held lists, without a fetch. */
import type { Contacts, ListEdit } from "./contacts.ts";
import { editList } from "./edit-list.ts";
import { type Contact, type ContactList, listOf, packed } from "./list.ts";

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
const EMPTY = listOf([]);

export interface EdgesOptions {
  readonly domain: string;
  /** Called between steps. */
  readonly yieldNow: () => Promise<void>;
}

/** Both lists of each pair change together. Never rejects. */
export async function applyEdges(contacts: Contacts, edges: Edges, options: EdgesOptions): Promise<EdgesAnswer> {
  const connected = await inSteps(contacts, edges.connect, true, options);
  if (connected.failure !== undefined) {
    return { ok: false, message: connected.failure, connected: connected.done, disconnected: 0 };
  }
  const disconnected = await inSteps(contacts, edges.disconnect, false, options);
  const counts = { connected: connected.done, disconnected: disconnected.done };
  return disconnected.failure === undefined
    ? { ok: true, ...counts }
    : { ok: false, message: disconnected.failure, ...counts };
}

async function inSteps(
  contacts: Contacts,
  pairs: readonly Pair[],
  isConnect: boolean,
  { domain, yieldNow }: EdgesOptions,
): Promise<{ readonly done: number; readonly failure?: string }> {
  for (let from = 0; from < pairs.length; from += STEP) {
    if (from > 0) await yieldNow();
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

/** Name and groups of a contact stay, and nothing else: it ends no more by itself, and what was proposed is decided. */
function connected(held: ContactList | undefined, names: ReadonlySet<string>, domain: string): ContactList | undefined {
  const edits = new Map<string, Contact>();
  for (const name of names) {
    const jid = `${name}@${domain}`;
    const before = held?.get(jid);
    if (before === undefined) edits.set(jid, newContact(jid, name));
    else if (before.subscription !== "both" || before.ask || before.until !== undefined) {
      const { groups } = before;
      edits.set(jid, { jid, name: before.name, groups, subscription: "both", ask: false, until: undefined });
    }
  }
  return edits.size === 0 ? undefined : editList(packed(held ?? EMPTY), edits);
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
  const edits = new Map<string, null>();
  for (const name of names) {
    const jid = `${name}@${domain}`;
    if (held.get(jid) !== undefined) edits.set(jid, null);
  }
  return edits.size === 0 ? undefined : editList(packed(held), edits);
}
