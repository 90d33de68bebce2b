/** Random XMPP streams, mostly well-formed, and mutations of them. */

/** A small generator of pseudo-random numbers, so that a seed names a case: mulberry32. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number from 0 up to but not including `below`. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }
}

const NAMES = ["a", "body", "message", "x-y", "é", "_", "Ā1", "𐀀n", "n.1"];
const PREFIXES = ["p", "q", "c", "stream", "xml", "xmlns", "nope", "é"];
const NAMESPACES = ["urn:a", "urn:b", "jabber:client", "", "http://www.w3.org/XML/1998/namespace", "urn:&amp;"];
const TEXTS = [
  ..."plain|two words|&amp;|&lt;|&#65;|&#x1F600;|&#13;|&#10;|é|😀|]]|]|>|&quot;|&apos;|a\r\nb|\r|\n|\t|&gt;|]]&gt;".split(
    "|",
  ),
  "<![CDATA[<raw> & ]] \r\n]]>",
  "<![CDATA[]]>",
  "\u0085\u2028",
  "\ufeff",
];
const VALUES = [
  ..."v|two words|&amp;|a>b|&#9;|&#xA;|é|😀|'|\"|x\ty|x\r\ny|x\ny|]]>|&lt;b&gt;|urn:a".split("|"),
  "",
  "long enough to be cut from its source",
];
const ADDRESSING = [[], ["to", "n"], ["from", "type"], ["id", "xml:lang"]];
const JUNK = [
  ..."<|>|&|;|/|=|'|\"|]]>|<!--|-->|<?xml|?>|<![CDATA[|]]|:|xmlns|xmlns:|xml:|p:|&#0;|&#xD800;|&bad;|&#|\0|\u0001|\ufffe".split(
    "|",
  ),
  ..." |\t|\r|\n|</|/>|</a>|<a>|<a/>| a='1'| a='1' a='2'|<p:a>| xmlns=''| xmlns:p=''| xmlns:p='urn:a'|é|\u0300|-|1|\uffff".split(
    "|",
  ),
  "<!DOCTYPE a>",
  "<?pi?>",
  " xmlns:xml='urn:a'",
  " xmlns:q='http://www.w3.org/2000/xmlns/'",
];

/** A stream header, some elements and, usually, the end tag. */
export function makeStream(random: Random): string {
  const declaration = random.chance(20)
    ? random.pick(["<?xml version='1.0'?>", '<?xml version="1.0" encoding="utf-8" ?>\n'])
    : "";
  const prefixes = random.chance(30) ? " xmlns:p='urn:root'" : "";
  const defaultNs = random.chance(85) ? " xmlns='jabber:client'" : "";
  let text = `${declaration}<stream:stream to='x'${defaultNs} xmlns:stream='http://etherx.jabber.org/streams'${prefixes}>`;
  for (let i = random.below(4); i >= 0; i--)
    text += makeElement(random, 0) + (random.chance(20) ? random.pick([" ", "\n", "\r\n"]) : "");
  return random.chance(80) ? `${text}</stream:stream>` : text;
}

/** Changes some characters or puts junk in. */
export function mutate(random: Random, text: string): string {
  let out = text;
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(out.length + 1);
    const cut = random.chance(50) ? random.below(3) : 0;
    const put = random.chance(70)
      ? random.pick(JUNK)
      : out.slice(random.below(out.length + 1)).slice(0, random.below(12));
    out = out.slice(0, at) + put + out.slice(at + cut);
  }
  return out.toWellFormed();
}

/** Cuts octets at random places. */
export function split(random: Random, bytes: Uint8Array): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const longest = random.pick([1, 2, 7, 40, 400]);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(longest);
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  return chunks;
}

function makeElement(random: Random, depth: number): string {
  const declared = random.chance(25) ? random.pick(PREFIXES.slice(0, 3)) : "";
  const prefix = random.chance(15) ? `${pickPrefix(random, declared)}:` : "";
  const name = prefix + random.pick(NAMES);
  let tag = name;
  if (declared !== "") tag += ` xmlns:${declared}=${quoted(random, random.pick(NAMESPACES.slice(0, 3)))}`;
  if (random.chance(25)) tag += ` xmlns=${quoted(random, random.pick(NAMESPACES.slice(0, random.chance(95) ? 4 : 6)))}`;
  for (let i = random.below(4); i > 0; i--) tag += makeAttribute(random, declared, random.chance(3) ? 1 : i);
  if (random.chance(10)) tag += random.pick([" ", "\n", "\t "]);
  if (random.chance(20)) return `<${tag}/>`;
  let content = "";
  for (let i = random.below(depth > 4 ? 2 : 5); i > 0; i--) {
    content += depth < 7 && random.chance(45) ? makeElement(random, depth + 1) : random.pick(TEXTS);
  }
  if (!random.chance(2))
    content = content.replaceAll("]]>", (end, at: number) => (inSection(content, at) ? end : "]] >"));
  return `<${tag}>${content}</${name}${random.chance(5) ? " \n" : ""}>`;
}

function inSection(content: string, at: number): boolean {
  return content.lastIndexOf("<![CDATA[", at) > content.lastIndexOf("]]>", at - 1);
}

/** Mostly one that is declared. */
function pickPrefix(random: Random, declared: string): string {
  if (random.chance(4)) return random.pick(PREFIXES);
  return declared === "" ? random.pick(["stream", "xml"]) : declared;
}

function makeAttribute(random: Random, declared: string, index: number): string {
  const prefix = random.chance(12) ? `${pickPrefix(random, declared)}:` : "";
  const equals = random.chance(92) ? "=" : random.pick([" =", "= ", "\n=\t"]);
  const name = random.chance(60) ? `${random.pick(NAMES)}${index}` : random.pick(ADDRESSING[index] ?? ["id"]);
  return `${random.pick([" ", " ", " ", "\n", "  "])}${name.includes(":") ? "" : prefix}${name}${equals}${quoted(random, random.pick(VALUES))}`;
}

function quoted(random: Random, value: string): string {
  if (value.includes("'")) return `"${value}"`;
  return random.chance(50) || value.includes('"') ? `'${value}'` : `"${value}"`;
}
