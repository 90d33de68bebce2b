/** Names as they stand in tags. Frequent ones are found without making a string. */

import type { Units } from "./utf8.ts";

const FREQUENT = [
  ..."to from id type xmlns xml:lang message presence iq body thread subject show status priority error query item".split(
    " ",
  ),
  ..."bind resource ping text active composing paused inactive gone request received r a x c stream:stream".split(" "),
  ..."auth response mechanism starttls jid name ver node hash stamp delay origin-id markable displayed".split(" "),
  ..."open close version enable resume group subscription ask by code condition value field var url".split(" "),
  ..."session h max previd enabled stream features approved ext photo max-before xmlns:stream stanza-id".split(" "),
];

const SLOTS: (string | undefined)[] = new Array(512).fill(undefined);

/** No two of the frequent names share a slot. */
function slotOf(first: number, middle: number, last: number, length: number): number {
  return (first + middle * 21 + last * 11 + length) & 511;
}

for (const name of FREQUENT) {
  const { length } = name;
  SLOTS[slotOf(name.charCodeAt(0), name.charCodeAt(length >> 1), name.charCodeAt(length - 1), length)] = name;
}

/** The part of `source`, which `units` gives as numbers, from `from` to `to`; not empty. */
export function nameAt(source: string, units: Units, from: number, to: number): string {
  const length = to - from;
  const middle = units[from + (length >> 1)] as number;
  const known = SLOTS[slotOf(units[from] as number, middle, units[to - 1] as number, length)];
  if (known === undefined || known.length !== length) return source.slice(from, to);
  for (let i = 0; i < length; i++) {
    if (known.charCodeAt(i) !== units[from + i]) return source.slice(from, to);
  }
  return known;
}
