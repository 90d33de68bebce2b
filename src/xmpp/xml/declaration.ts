/** The XML declaration: XML 1.0 §2.8, RFC 6120 §11.5 and §11.6. */
import { BAD_XML_DECLARATION, OTHER_ENCODING } from "./faults.ts";
import type { XmlFault } from "./stream-element.ts";

/** Longer ones, white space included, are not read. */
export const LONGEST_DECLARATION = 256;

const S = "[ \\t\\r\\n]";
const DECLARATION = new RegExp(
  `^${S}+version${S}*=${S}*(?:"1\\.0"|'1\\.0')` +
    `(?:${S}+encoding${S}*=${S}*(?:"([A-Za-z][\\w.-]*)"|'([A-Za-z][\\w.-]*)'))?` +
    `(?:${S}+standalone${S}*=${S}*(?:"(?:yes|no)"|'(?:yes|no)'))?${S}*$`,
);

/** Judges what stands between `<?xml` and `?>`. */
export function checkDeclaration(inside: string): XmlFault | undefined {
  const match = DECLARATION.exec(inside);
  if (match === null) return BAD_XML_DECLARATION;
  const encoding = match[1] ?? match[2];
  return encoding === undefined || encoding.toUpperCase() === "UTF-8" ? undefined : OTHER_ENCODING;
}
