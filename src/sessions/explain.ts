/** Why one person does or does not see another, in sentences for whoever is asked. Pure. */

import type { Held } from "../contacts/contacts.ts";
import type { Contact, ContactList } from "../contacts/list.ts";
import { flows, mayReceive, maySend } from "../contacts/plan.ts";
import { formatDateTime } from "../contacts/rfc3339.ts";
import type { OnlineResource } from "./host.ts";

/** What is known of one of the two. */
export interface Side {
  /** Bare JID. */
  readonly jid: string;
  /** False: the domain is not served here. */
  readonly isServed: boolean;
  readonly held: Held | undefined;
  /** What sessions go by: the held list of whom is offline; null: not known. */
  readonly list: ContactList | null;
  readonly resources: readonly OnlineResource[];
  /** ms since the epoch. */
  readonly lastActivity: number | undefined;
}

export interface Explanation {
  readonly visible: boolean;
  readonly allowed: boolean;
  readonly reasons: readonly string[];
}

export function explain(user: Side, contact: Side, now: number): Explanation {
  const isSelf = user.jid === contact.jid;
  const allowed = isSelf || (user.isServed && contact.isServed && flows(contact, user));
  const available = contact.resources.filter((resource) => resource.available);
  const watching = user.resources.filter((resource) => resource.available);
  const visible = allowed && available.length > 0 && watching.length > 0;
  const reasons = [
    visible
      ? `${user.jid} sees ${contact.jid} on ${namesOf(available)}.`
      : `${user.jid} does not see ${contact.jid} as available.`,
    ...(isSelf ? ["Both are the same person: resources of one person see each other whatever the list says."] : []),
    ...domainReasons(user, contact),
    ...(isSelf ? [] : [...entryReasons(user, contact, "receive"), ...entryReasons(contact, user, "send")]),
    ...presenceReasons(contact, "so there is nothing to see", now),
    ...presenceReasons(user, "so nobody is shown there", now),
    ...(isSelf ? [] : [...copyReasons(user, now), ...copyReasons(contact, now)]),
  ];
  return { visible, allowed, reasons };
}

function domainReasons(user: Side, contact: Side): readonly string[] {
  if (contact.jid === domainOf(user.jid)) return [`${contact.jid} is this server itself, which has no presence.`];
  if (!contact.isServed) {
    return [`${contact.jid} is on a server that this one does not talk to: only domains served here see each other.`];
  }
  if (domainOf(user.jid) === domainOf(contact.jid)) return [];
  return [`The two are of different domains, both served here: ${domainOf(user.jid)} and ${domainOf(contact.jid)}.`];
}

function entryReasons(owner: Side, other: Side, needs: "receive" | "send"): readonly string[] {
  if (!owner.isServed) return [];
  if (owner.list === null) return [`The list of ${owner.jid} is not known: ${whyUnknown(owner)}.`];
  const entry = owner.list.get(other.jid);
  if (entry === undefined) return [`The list of ${owner.jid} does not have ${other.jid}.`];
  const { subscription } = entry;
  const good = needs === "receive" ? mayReceive(subscription) : maySend(subscription);
  const wanted = needs === "receive" ? "to or both" : "from or both";
  const way = needs === "receive" ? `presence comes from ${other.jid}` : `presence goes to ${other.jid}`;
  const sentence = good
    ? `The list of ${owner.jid} has ${other.jid} with subscription ${subscription}: ${way}.`
    : `The list of ${owner.jid} has ${other.jid} with subscription ${subscription}; ${wanted} is needed.`;
  return [sentence, ...extras(owner, other, entry)];
}

function extras(owner: Side, other: Side, entry: Contact): readonly string[] {
  const found: string[] = [];
  if (entry.ask) found.push(`In the list of ${owner.jid} a request to ${other.jid} is pending.`);
  if (entry.until !== undefined) {
    found.push(`In the list of ${owner.jid} the contact ${other.jid} ends at ${formatDateTime(entry.until)}.`);
  }
  return found;
}

function whyUnknown(side: Side): string {
  if (side.held === undefined) {
    return side.resources.length > 0
      ? "the application has not given it yet; it is asked again every few seconds"
      : "it was never fetched, and is at the next login";
  }
  return "the held copy is too old to stand in for an application that fails (stale-if-error)";
}

function presenceReasons(side: Side, so: string, now: number): readonly string[] {
  if (!side.isServed) return [];
  if (side.resources.length === 0) {
    const seen =
      side.lastActivity === undefined ? "was never seen here" : `was last seen ${ago(now, side.lastActivity)}`;
    return [`${side.jid} is offline and ${seen}, ${so}.`];
  }
  const available = side.resources.filter((resource) => resource.available);
  if (available.length === 0) {
    return [`${side.jid} is connected with ${namesOf(side.resources)} but has sent no presence, ${so}.`];
  }
  const shown = available.map((resource) => [resource.resource, ...notesOn(resource)].join(" "));
  return [`${side.jid} is available on ${shown.join(", ")}.`];
}

function notesOn({ show, waiting }: OnlineResource): readonly string[] {
  const notes = [
    ...(show === undefined ? [] : [show]),
    ...(waiting ? ["its connection is lost; its client is waited for"] : []),
  ];
  return notes.length === 0 ? [] : [`(${notes.join("; ")})`];
}

function copyReasons(side: Side, now: number): readonly string[] {
  if (!side.isServed || side.held === undefined) return [];
  const { held } = side;
  const found = [
    `The list of ${side.jid} is version ${held.list.version}, from ${held.source}, confirmed ${ago(now, held.fetchedAt)}.`,
  ];
  if (held.stale) found.push(`It is stale: the application could not be asked since.`);
  if (held.old) found.push(`It is marked old: the application is asked at the next login.`);
  return found;
}

function ago(now: number, then: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

function namesOf(resources: readonly OnlineResource[]): string {
  return resources.map((resource) => resource.resource).join(", ");
}

function domainOf(jid: string): string {
  return jid.slice(jid.indexOf("@") + 1);
}
