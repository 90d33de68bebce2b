/** The XML declaration: XML 1.0 §2.8, RFC 6120 §11.5 and §11.6. */
import { classOf, SPACE } from "./chars.ts";
import { BAD_XML_DECLARATION, OTHER_ENCODING, RESTRICTED_PI } from "./faults.ts";
import type { XmlFault } from "./stream-element.ts";

/** Longer ones, white space included, are not read. */
const LONGEST_DECLARATION = 256;

const GT = 0x3e;

const S = "[ \\t\\r\\n]";
const DECLARATION = new RegExp(
  `^${S}+version${S}*=${S}*(?:"1\\.0"|'1\\.0')` +
    `(?:${S}+encoding${S}*=${S}*(?:"([A-Za-z][\\w.-]*)"|'([A-Za-z][\\w.-]*)'))?` +
    `(?:${S}+standalone${S}*=${S}*(?:"(?:yes|no)"|'(?:yes|no)'))?${S}*\\?$`,
);

/** Judges what stands between `<?xml` and `>`. */
function checkDeclaration(inside: string): XmlFault | undefined {
  const match = DECLARATION.exec(inside);
  if (match === null) return BAD_XML_DECLARATION;
  const encoding = match[1] ?? match[2];
  return encoding === undefined || encoding.toUpperCase() === "UTF-8" ? undefined : OTHER_ENCODING;
}

/** The declaration after `<?`, one code unit at a time. */
export class Declaration {
  private matched = 0;
  private inside = "";

  /** True at the end, false when more is needed, or what is wrong with it. */
  feed(unit: number): boolean | XmlFault {
    if (this.matched < 3) return unit === "xml".charCodeAt(this.matched++) ? false : RESTRICTED_PI;
    if (this.inside === "" && (classOf(unit) & SPACE) === 0) return RESTRICTED_PI;
    if (unit === GT) return checkDeclaration(this.inside) ?? true;
    if (this.inside.length === LONGEST_DECLARATION) return BAD_XML_DECLARATION;
    this.inside += String.fromCharCode(unit);
    return false;
  }
}
