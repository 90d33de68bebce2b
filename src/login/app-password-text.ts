/** App passwords as people see them: how one is made, and what its device may be called. */
import { randomInt } from "node:crypto";

/** No two of these look alike: without i, l, o, 0 and 1. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
/** 24 letters of 31 are 118 bits. */
const GROUPS = 6;
const GROUP = 4;
const ID_LETTERS = 12;
/** 149 bits; in a small QR code. */
const TOKEN_LETTERS = 30;
/** Characters, as people count them. */
const LONGEST_NAME = 64;
/** Before it is looked at more closely. */
const MOST_UNITS = 1024;

/** Controls, halves of characters, what nobody has assigned, line ends, and what turns the direction of the text around it. */
const UNSHOWN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u;

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Like `k7mq-2xwf-9hcd-ubt3-ya5n-e8rv`. */
export function makePassword(): string {
  return Array.from({ length: GROUPS }, () => randomLetters(GROUP)).join("-");
}

export function makeId(): string {
  return randomLetters(ID_LETTERS);
}

/** Letters and digits alone, so that it needs no escape in a URI. */
export function makeToken(): string {
  return randomLetters(TOKEN_LETTERS);
}

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

export const NAME_EXPECTED = `1 to ${LONGEST_NAME} characters that can be seen, on one line`;

/** As it is shown: NFC, without spaces around it. Undefined: not `NAME_EXPECTED`. */
export function readDeviceName(text: string): string | undefined {
  if (text.length > MOST_UNITS) return undefined;
  const name = text.normalize("NFC").trim();
  if (UNSHOWN.test(name) || !SEEN.test(name)) return undefined;
  return [...characters.segment(name)].length <= LONGEST_NAME ? name : undefined;
}
