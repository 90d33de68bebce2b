/** Names that others chose, as a page may show them: short, on one line, without characters that deceive. */

const LONGEST = 60;
/** Nobody reads on after so many, and a name of megabytes must cost nothing. */
const LOOKED_AT = 1000;

/**
 * Controls, direction overrides and marks, private and unassigned code points, and what is there but blank.
 * Inside an emoji the joiner and the variation selector stay.
 */
const UNSEEN =
  /(?!(?<=\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?)[\u200D\uFE0F])[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** More marks on one letter than any language has, which would be drawn over the lines around it. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** `otherwise` where nothing is left to show. */
export function plainName(name: string, otherwise: string): string {
  const points = [...plainText(name.slice(0, LOOKED_AT))];
  const short = points.length > LONGEST ? `${points.slice(0, LONGEST).join("").trimEnd()}…` : points.join("");
  return short === "" ? otherwise : short;
}

/** Not cut: of an address the end is what counts. */
export function plainText(text: string): string {
  const seen = text.replace(/[\s\p{Z}]+/gu, " ").replace(UNSEEN, "");
  return seen.replace(PILED_MARKS, "$1").trim();
}
