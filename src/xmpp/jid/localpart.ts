/** RFC 7622 §3.3: the localpart, by the profile UsernameCaseMapped (RFC 8265 §3.3). */
import { bidiDomain, bidiS1RTL, bidiS2, bidiS3, bidiS4AN, bidiS4EN } from "tr46/lib/regexes.js";
import { utf8Length } from "./octets.ts";
import { isIdentifierClass } from "./precis.ts";

/** Octets of a part, after preparation: RFC 7622 §3.3. */
const MOST_OCTETS = 1023;
/** UTF-16 units looked at before preparation; preparing can shorten a text, but not real ones so much. */
const MOST_INPUT = 2 * MOST_OCTETS;

/** Fullwidth and halfwidth forms, and the ideographic space: they have `<wide>` or `<narrow>` decompositions. */
const WIDE_OR_NARROW = /[\u3000\uFF01-\uFFEE]/gu;
/** RFC 7622 §3.3.1: `" & ' / : < > @`. */
const EXCLUDED = /["&'/:<>@]/;

/** 1: allowed as it is, 2: an upper-case letter, 0: excluded. One entry per ASCII code. */
const ASCII = new Uint8Array(128);
for (let code = 0x21; code < 0x7f; code++) ASCII[code] = EXCLUDED.test(String.fromCharCode(code)) ? 0 : 1;
for (let code = 0x41; code <= 0x5a; code++) ASCII[code] = 2;

/** The prepared localpart; undefined when `text` cannot be one. Preparing it again changes nothing. */
export function prepareLocalpart(text: string): string | undefined {
  const { length } = text;
  if (length === 0 || length > MOST_INPUT) return undefined;
  let mapped = false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7e) return prepareUnicode(text);
    const kind = ASCII[code];
    if (kind === 0) return undefined;
    if (kind === 2) mapped = true;
  }
  if (length > MOST_OCTETS) return undefined;
  return mapped ? text.toLowerCase() : text;
}

function prepareUnicode(text: string): string | undefined {
  const width = text.replace(WIDE_OR_NARROW, (char) => char.normalize("NFKC")); // RFC 8265 §3.3.2 rule 1
  if (!isIdentifierClass(width)) return undefined;
  const prepared = width.toLowerCase().normalize("NFC"); // RFC 8265 §3.3.2 rules 3 and 4
  if (!isIdentifierClass(prepared)) return undefined; // what the mapping made has to be allowed as well
  if (!obeysBidiRule(prepared)) return undefined; // RFC 8265 §3.3.2 rule 5
  if (EXCLUDED.test(prepared)) return undefined; // RFC 7622 §3.3.1
  return utf8Length(prepared) <= MOST_OCTETS ? prepared : undefined;
}

/** RFC 5893 §2, for text that holds right-to-left code points; such text cannot begin with a letter of the other kind. */
function obeysBidiRule(text: string): boolean {
  if (!bidiDomain.test(text)) return true;
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  if (!bidiS1RTL.test(first)) return false;
  if (!bidiS2.test(text) || !bidiS3.test(text)) return false;
  return !(bidiS4EN.test(text) && bidiS4AN.test(text));
}
