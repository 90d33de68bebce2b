/** RFC 7622 §3.4: the resourcepart, by the profile OpaqueString (RFC 8265 §4.2). */
import { utf8Length } from "./octets.ts";
import { isFreeformClass } from "./precis.ts";

const MOST_OCTETS = 1023;
/** UTF-16 units looked at before preparation. */
const MOST_INPUT = 2 * MOST_OCTETS;
const SPACES = /\p{Zs}/gu;

/** The prepared resourcepart; undefined when `text` cannot be one. Preparing it again changes nothing. */
export function prepareResource(text: string): string | undefined {
  const prepared = prepareOpaque(text);
  if (prepared === undefined) return undefined;
  return prepared.length * 3 <= MOST_OCTETS || utf8Length(prepared) <= MOST_OCTETS ? prepared : undefined;
}

/** RFC 8265 §4.2: OpaqueString, which passwords use too. Undefined: empty, over 2046 units, or a code point that is not allowed. */
export function prepareOpaque(text: string): string | undefined {
  const { length } = text;
  if (length === 0 || length > MOST_INPUT) return undefined;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7e) return prepareUnicode(text);
    if (code < 0x20) return undefined; // RFC 8264 §9.13
  }
  return text;
}

function prepareUnicode(text: string): string | undefined {
  if (!isFreeformClass(text)) return undefined;
  const prepared = text.replace(SPACES, " ").normalize("NFC"); // RFC 8265 §4.2.2 rules 2 and 4
  return isFreeformClass(prepared) ? prepared : undefined;
}
