/** RFC 5892 appendix A: code points that are allowed only in the right company. */
import { combiningClassVirama, validZWNJ } from "tr46/lib/regexes.js";

const GREEK = /^\p{Script=Greek}/u;
const HEBREW = /^\p{Script=Hebrew}/u;
const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
const ARABIC_INDIC = /[\u0660-\u0669]/;
const EXTENDED_ARABIC_INDIC = /[\u06F0-\u06F9]/;
/** Longer than any run of transparent marks in real text; bounds what hostile text costs. */
const JOINING_REACH = 32;

/** True when `char`, which stands at `at` in `text`, may stand there: the rules that look at neighbours. */
export function contextAllows(text: string, at: number, char: string): boolean {
  const before = text.slice(0, at);
  const after = text.slice(at + char.length);
  switch (char) {
    case "\u200C": // A.1 ZERO WIDTH NON-JOINER
      return isAfterVirama(before) || joins(before, after);
    case "\u200D": // A.2 ZERO WIDTH JOINER
      return isAfterVirama(before);
    case "\u00B7": // A.3 MIDDLE DOT
      return before.endsWith("l") && after.startsWith("l");
    case "\u0375": // A.4 GREEK LOWER NUMERAL SIGN
      return GREEK.test(after);
    case "\u05F3": // A.5 HEBREW PUNCTUATION GERESH
    case "\u05F4": // A.6 HEBREW PUNCTUATION GERSHAYIM
      return HEBREW.test(lastChar(before));
    default: // the others look at the whole text: once, in textAllows
      return true;
  }
}

/** The rules that look at the whole text. */
export function textAllows(text: string): boolean {
  // A.7 KATAKANA MIDDLE DOT
  if (text.includes("\u30FB") && !KANA_OR_HAN.test(text)) return false;
  // A.8 ARABIC-INDIC DIGITS, A.9 EXTENDED ARABIC-INDIC DIGITS
  return !(ARABIC_INDIC.test(text) && EXTENDED_ARABIC_INDIC.test(text));
}

function isAfterVirama(before: string): boolean {
  const last = lastChar(before);
  return last !== "" && combiningClassVirama.test(last);
}

function joins(before: string, after: string): boolean {
  return validZWNJ.test(`${before.slice(-JOINING_REACH)}\u200C${after.slice(0, JOINING_REACH)}`);
}

function lastChar(text: string): string {
  const low = text.charCodeAt(text.length - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(-2) : text.slice(-1);
}
