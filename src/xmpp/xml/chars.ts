/** XML 1.0 (5th edition) characters by class: one table look-up per UTF-16 code unit. */

export const NAME_START = 1;
export const NAME = 2;
export const SPACE = 4;
/** Ends a run of plain text: markup, and what `]]>` ends with. */
export const TEXT_STOP = 8;
/** Ends a run of plain attribute value: quotes, markup, and white space that is normalised. */
export const VALUE_STOP = 16;
/** Outside the production Char (XML 1.0 §2.2). */
export const FORBIDDEN = 32;

/**
 * Surrogates count as pairs, which UTF-8 decoding guarantees: the high ones of planes 1 to 14 start a name, the low
 * ones continue it. The colon continues a name but starts none (Namespaces in XML 1.0 §4).
 */
export const CLASS = new Uint8Array(65_536);

// XML 1.0 §2.3 [4], without the colon.
const NAME_START_RANGES = [
  0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a, 0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x2ff, 0x370, 0x37d, 0x37f, 0x1fff, 0x200c, 0x200d,
  0x2070, 0x218f, 0x2c00, 0x2fef, 0x3001, 0xd7ff, 0xd800, 0xdb7f, 0xf900, 0xfdcf, 0xfdf0, 0xfffd,
] as const;
// XML 1.0 §2.3 [4a].
const NAME_MORE_RANGES = [0x2d, 0x2e, 0x30, 0x3a, 0xb7, 0xb7, 0x300, 0x36f, 0x203f, 0x2040, 0xdc00, 0xdfff] as const;

function mark(from: number, to: number, bits: number): void {
  for (let code = from; code <= to; code++) CLASS[code] = (CLASS[code] ?? 0) | bits;
}

function markAll(ranges: readonly number[], bits: number): void {
  for (let i = 0; i + 1 < ranges.length; i += 2) mark(ranges[i] ?? 0, ranges[i + 1] ?? 0, bits);
}

markAll(NAME_START_RANGES, NAME_START | NAME);
markAll(NAME_MORE_RANGES, NAME);
markAll([0x00, 0x08, 0x0b, 0x0c, 0x0e, 0x1f, 0xfffe, 0xffff], FORBIDDEN | TEXT_STOP | VALUE_STOP);
markAll([0x20, 0x20, 0x09, 0x0a, 0x0d, 0x0d], SPACE);
for (const char of "<&>") mark(char.charCodeAt(0), char.charCodeAt(0), TEXT_STOP);
for (const char of "<&'\"\t\n\r") mark(char.charCodeAt(0), char.charCodeAt(0), VALUE_STOP);

/** The class bits of a code unit. */
export function classOf(code: number): number {
  return CLASS[code] as number;
}

/** Namespaces in XML 1.0 §3 [4]: NCName. The text must be well-formed UTF-16. */
export function isNcName(text: string): boolean {
  if (text.length === 0 || (classOf(text.charCodeAt(0)) & NAME_START) === 0) return false;
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3a || (classOf(code) & NAME) === 0) return false;
  }
  return text.isWellFormed();
}

/** XML 1.0 §2.2 [2]: Char, by code point. */
export function isChar(code: number): boolean {
  if (code > 0xffff) return code <= 0x10ffff;
  if (code >= 0xd800 && code <= 0xdfff) return false;
  return (classOf(code) & FORBIDDEN) === 0;
}
