/** The text that a list is kept as, read again: one pass over its characters, for a list may have a hundred thousand contacts. */
import { AFTER_JID, NO_HASH, nextHash, spread } from "./list-table.ts";

/*
 * A list is one string, one byte a character as long as all of it is Latin-1, with control characters that XML and JIDs
 * forbid between the parts:  jid U+0001 flag name [U+0004 until] [U+0002 group]… U+0003
 */
export const AFTER_GROUP = 2;
export const AFTER_ITEM = 3;
export const AFTER_NAME = 4;
export const ZERO = 48;
/** The largest flag: a contact that was proposed. */
const FLAGS = 8;
const UNTIL_DIGITS = 16;

/** Where each contact begins, and the hashes of their JIDs. */
export interface Places {
  readonly offsets: readonly number[];
  readonly hashes: readonly number[];
  /** The earliest end of all contacts. */
  readonly nextEnd: number | undefined;
}

/** Undefined: the text is damaged. Whether a JID stands in it twice is seen when the table is made (list-table.ts). */
export function readStored(text: string): Places | undefined {
  const offsets: number[] = [];
  const hashes: number[] = [];
  let nextEnd: number | undefined;
  for (let at = 0; at < text.length; ) {
    offsets.push(at);
    const begin = at;
    let hash = NO_HASH;
    for (let code = text.charCodeAt(at); code > AFTER_NAME || code === 0; code = text.charCodeAt(++at)) {
      hash = nextHash(hash, code);
    }
    if (at === begin || text.charCodeAt(at) !== AFTER_JID) return undefined;
    hashes.push(spread(hash));
    const flag = text.charCodeAt(at + 1) - ZERO;
    if (!(flag >= 0 && flag <= FLAGS)) return undefined;
    at = partEnd(text, at + 2);
    if (text.charCodeAt(at) === AFTER_NAME) {
      const end = partEnd(text, at + 1);
      const until = readUntil(text, at + 1, end);
      if (until === undefined) return undefined;
      if (nextEnd === undefined || until < nextEnd) nextEnd = until;
      at = end;
    }
    while (text.charCodeAt(at) === AFTER_GROUP) {
      const end = partEnd(text, at + 1);
      if (end === at + 1) return undefined;
      at = end;
    }
    if (text.charCodeAt(at) !== AFTER_ITEM) return undefined;
    at++;
  }
  return { offsets, hashes, nextEnd };
}

/** Where the next control character of a list stands, or the end of the text. */
function partEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code > AFTER_NAME || code === 0; code = text.charCodeAt(at)) at++;
  return at;
}

function readUntil(text: string, from: number, to: number): number | undefined {
  if (to === from || to - from > UNTIL_DIGITS) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
