/** Text of any kind, for laws. */
import fc from "fast-check";

const SURROGATES = { first: 0xd800, count: 0x800 };
const LAST = 0x10ffff;

/**
 * Any code point but a lone surrogate. As `unit: "binary"` of fast-check, which takes a second to make a table of all of
 * them; this one needs none.
 */
const codePoint = fc.integer({ min: 0, max: LAST - SURROGATES.count }).map(
  (n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count),
  (text) => {
    const code = typeof text === "string" ? text.codePointAt(0) : undefined;
    if (code === undefined || text !== String.fromCodePoint(code)) throw new TypeError("no single code point");
    if (code < SURROGATES.first) return code;
    if (code < SURROGATES.first + SURROGATES.count) throw new TypeError("a surrogate");
    return code - SURROGATES.count;
  },
);

/** Text of any code points, and now and then a name that JavaScript knows, like `__proto__`. */
export function anyText(limits: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...limits, unit: codePoint });
}
