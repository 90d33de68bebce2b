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
type Property = "valid" | "freeform" | "context" | "disallowed";

/** RFC 8264 §8: the derivation, in its order. ASCII 0x21..0x7E is answered by the callers. */
function propertyOf(char: string): Property {
  if (EXCEPTION_VALID.test(char)) return "valid";
  if (EXCEPTION_CONTEXT.test(char)) return "context";
  if (EXCEPTION_DISALLOWED.test(char)) return "disallowed";
  if (JOIN_CONTROL.test(char)) return "context";
  if (OLD_HANGUL_JAMO.test(char)) return "disallowed";
  if (NEVER.test(char)) return "disallowed";
  if (char.normalize("NFKC") !== char) return "freeform"; // RFC 8264 §9.17 HasCompat
  if (LETTER_DIGITS.test(char)) return "valid";
  return FREEFORM_MORE.test(char) ? "freeform" : "disallowed";
}

function isInClass(text: string, freeform: boolean): boolean {
  let at = 0;
  let hasContext = false;
  for (const char of text) {
    const code = text.charCodeAt(at);
    if (code < 0x21 || code > 0x7e) {
      const property = propertyOf(char);
      if (property === "disallowed") return false;
      if (property === "freeform" && !freeform) return false;
      if (property === "context") {
        if (!contextAllows(text, at, char)) return false;
        hasContext = true;
      }
    }
    at += char.length;
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
