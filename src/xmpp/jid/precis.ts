/** RFC 8264 §8 and §9: which code points the PRECIS classes allow. Unicode is the version that the engine knows. */
import { contextAllows, textAllows } from "./context.ts";

/** RFC 8264 §9.6 (RFC 5892 §2.6): exceptions by name. */
const EXCEPTION_VALID = /^[\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007]$/u;
const EXCEPTION_CONTEXT = /^[\u00B7\u0375\u05F3\u05F4\u30FB\u0660-\u0669\u06F0-\u06F9]$/u;
const EXCEPTION_DISALLOWED = /^[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]$/u;
const JOIN_CONTROL = /^[\u200C\u200D]$/u;
/** RFC 8264 §9.9: Hangul_Syllable_Type L, V or T. */
const OLD_HANGUL_JAMO = /^[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7C6\uD7CB-\uD7FB]$/u;
/** RFC 8264 §9.12 and §9.13: PrecisIgnorableProperties and Controls. Unassigned is \p{Cn}, lone surrogates are \p{Cs}. */
const NEVER = /^[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cc}\p{Cn}\p{Cs}\p{Co}]$/u;
/** RFC 8264 §9.1. */
const LETTER_DIGITS = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u;
/** RFC 8264 §9.18, §9.14, §9.15 and §9.16: OtherLetterDigits, Spaces, Symbols and Punctuation. */
const FREEFORM_MORE = /^[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{S}\p{P}]$/u;

/** How a code point stands to both classes. */
type Property = 1 | 2 | 3 | 4;
const VALID = 1;
const FREEFORM = 2;
const CONTEXT = 3;
const DISALLOWED = 4;

/** What was derived so far, by code point; 0: not yet. The system gives memory only to the pages that are written. */
const derived = new Uint8Array(0x110000);

/** RFC 8264 §8: the derivation, in its order. ASCII 0x21..0x7E is answered by the callers. */
function derive(char: string): Property {
  if (EXCEPTION_VALID.test(char)) return VALID;
  if (EXCEPTION_CONTEXT.test(char)) return CONTEXT;
  if (EXCEPTION_DISALLOWED.test(char)) return DISALLOWED;
  if (JOIN_CONTROL.test(char)) return CONTEXT;
  if (OLD_HANGUL_JAMO.test(char)) return DISALLOWED;
  if (NEVER.test(char)) return DISALLOWED;
  if (char.normalize("NFKC") !== char) return FREEFORM; // RFC 8264 §9.17 HasCompat
  if (LETTER_DIGITS.test(char)) return VALID;
  return FREEFORM_MORE.test(char) ? FREEFORM : DISALLOWED;
}

function propertyOf(code: number): number {
  const known = derived[code];
  if (known !== 0 && known !== undefined) return known;
  const property = derive(String.fromCodePoint(code));
  derived[code] = property;
  return property;
}

function isInClass(text: string, freeform: boolean): boolean {
  let hasContext = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (code >= 0x21 && code <= 0x7e) continue;
    const property = propertyOf(code);
    if (property === DISALLOWED) return false;
    if (property === FREEFORM && !freeform) return false;
    if (property === CONTEXT) {
      if (!contextAllows(text, at, String.fromCodePoint(code))) return false;
      hasContext = true;
    }
    if (code > 0xffff) at += 1;
  }
  return !hasContext || textAllows(text);
}

/** RFC 8264 §4.2. */
export function isIdentifierClass(text: string): boolean {
  return isInClass(text, false);
}

/** RFC 8264 §4.3. */
export function isFreeformClass(text: string): boolean {
  return isInClass(text, true);
}
