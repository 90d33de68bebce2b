/** RFC 7622 §3.2: the domainpart: a name by IDNA2008 (RFC 5890 to 5893, mapped by UTS 46), or an address. */
import { toASCII, toUnicode } from "tr46";
import { utf8Length } from "./octets.ts";
import { isIdentifierClass } from "./precis.ts";

const MOST_OCTETS = 1023;
/** RFC 5890 §2.3.1: octets of a label as it stands in the DNS. */
const MOST_LABEL = 63;
/** UTF-16 units of a label before it is mapped: four times what can be left of it. */
const MOST_LABEL_INPUT = 4 * MOST_LABEL;
const NON_ASCII = /[^\0-\x7F]/;
/** What UTS 46 reads as a dot. */
const DOTS = /[.\u3002\uFF0E\uFF61]/u;

/** Names that are not ASCII and were prepared before: it takes long, and their own server's is in every stanza. */
const prepared = new Map<string, string | undefined>();
const MOST_PREPARED = 500;

const DOT = 0x2e;
const HYPHEN = 0x2d;

/**
 * The prepared domainpart: lower case, U-labels, NFC, without a final dot. Single labels are fine. Undefined when `text`
 * cannot be one. Preparing it again changes nothing.
 */
export function prepareDomain(text: string): string | undefined {
  if (text.length === 0 || text.length > MOST_OCTETS + 1) return undefined;
  if (text.charCodeAt(0) === 0x5b) return prepareAddress(text);
  const end = text.charCodeAt(text.length - 1) === DOT ? text.length - 1 : text.length; // RFC 7622 §3.2
  let mapped = false;
  let labelStart = 0;
  for (let at = 0; at <= end; at++) {
    const code = at === end ? DOT : text.charCodeAt(at);
    if (code > 0x7f) return prepareUnicode(text.slice(0, end));
    if (code === DOT) {
      const label = asciiLabel(text, labelStart, at);
      if (label === "a-label") return prepareUnicode(text.slice(0, end));
      if (label === "bad") return undefined;
      labelStart = at + 1;
    } else if (code >= 0x41 && code <= 0x5a) {
      mapped = true;
    } else if (!isLetterDigitHyphen(code)) {
      return undefined;
    }
  }
  if (end > MOST_OCTETS) return undefined;
  const name = end === text.length ? text : text.slice(0, end);
  return mapped ? name.toLowerCase() : name;
}

function isLetterDigitHyphen(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === HYPHEN;
}

/** RFC 5890 §2.3.1: no hyphen at either end; two at the third place only in an A-label (`xn--`). */
function asciiLabel(text: string, start: number, end: number): "fine" | "a-label" | "bad" {
  const length = end - start;
  if (length === 0 || length > MOST_LABEL) return "bad";
  if (text.charCodeAt(start) === HYPHEN || text.charCodeAt(end - 1) === HYPHEN) return "bad";
  if (text.charCodeAt(start + 2) !== HYPHEN || text.charCodeAt(start + 3) !== HYPHEN || length < 4) return "fine";
  return text.slice(start, start + 2).toLowerCase() === "xn" ? "a-label" : "bad";
}

function prepareUnicode(text: string): string | undefined {
  if (prepared.has(text)) return prepared.get(text);
  const name = mapUnicode(text);
  if (prepared.size >= MOST_PREPARED) prepared.clear();
  prepared.set(text.split("").join(""), name); // a copy: a part of a larger text would keep the whole in memory
  return name;
}

function mapUnicode(text: string): string | undefined {
  if (text.split(DOTS).some((label) => label.length > MOST_LABEL_INPUT)) return undefined;
  const name = toUnicode(text, {
    checkBidi: true, // RFC 5893 §2
    checkHyphens: true,
    checkJoiners: true,
    useSTD3ASCIIRules: true,
  });
  if (name.error || utf8Length(name.domain) > MOST_OCTETS) return undefined;
  for (const label of name.domain.split(".")) {
    if (label === "") return undefined;
    // RFC 5892 §3: IDNA2008 allows what the IdentifierClass does; UTS 46 would let symbols pass.
    if (NON_ASCII.test(label) && !isIdentifierClass(label)) return undefined;
    if ((toASCII(label)?.length ?? MOST_LABEL + 1) > MOST_LABEL) return undefined;
  }
  return name.domain;
}

/** RFC 7622 §3.2.2 (RFC 3986 §3.2.2): an IPv6 address in brackets, in lower case. An IPv4 address passes as a name. */
function prepareAddress(text: string): string | undefined {
  if (text.length > 47 || !text.endsWith("]")) return undefined;
  const address = text.slice(1, -1).toLowerCase();
  return isIpv6(address) ? `[${address}]` : undefined;
}

function isIpv6(address: string): boolean {
  const halves = address.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === "") {
      if (halves.length === 1) return false;
      continue;
    }
    const parts = half.split(":");
    for (const [place, part] of parts.entries()) {
      const isLast = index === halves.length - 1 && place === parts.length - 1;
      if (isLast && isIpv4(part)) groups += 2;
      else if (/^[0-9a-f]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}
