/** XEP-0203: a stanza that is delivered later says when it was sent. */
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import type { Sent } from "../xmpp/stream/acks.ts";

/** `<delay/>` by `domain`, that it got the stanza at that time, ms since the epoch. XEP-0203 §4 */
export function delayText(domain: string, at: number): string {
  return `${delayOpen(domain)} stamp='${new Date(at).toISOString()}'/>`;
}

/** `tail` as for `Connection.send`, with the delay inside. One that this server has put there before says more, and stays. */
export function delayed(name: StanzaName, tail: string, domain: string, at: number): string {
  // No client can have written this: it is stripped by `forged.ts`, and inside of a text it would be escaped.
  if (tail.includes(delayOpen(domain))) return tail;
  const end = `</${name}>`;
  const isEmpty = !tail.endsWith(end);
  const open = isEmpty ? `${tail.slice(0, -"/>".length)}>` : tail.slice(0, -end.length);
  return open + delayText(domain, at) + end;
}

/** What is sent again, one by one as it is taken. An IQ has no place for a delay. */
export function* tailsOf(group: readonly Sent[], domain: string): Generator<string> {
  for (const { name, tail, at } of group) yield name === "iq" ? tail : delayed(name, tail, domain, at);
}

function delayOpen(domain: string): string {
  return `<delay xmlns='urn:xmpp:delay' from='${domain}'`;
}
