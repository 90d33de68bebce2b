/** What reading one chat message costs, with and without a tree: Kith's reader, ltx and saxes. */
import { createRequire } from "node:module";
import { SaxesParser } from "saxes";
import { readDocument } from "../src/xmpp/xml/document.ts";
import { XmlReader } from "../src/xmpp/xml/reader.ts";

export interface XmlRow {
  readonly name: string;
  /** Microseconds per message, median of the rounds. */
  readonly micros: number;
}

const HEADER =
  "<stream:stream to='example.com' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
/** 368 octets, as a chat client sends it: body, state, receipt, origin id. */
const MESSAGE =
  "<message to='marie@example.com/phone' from='john@example.com/laptop' type='chat' id='0b2f7c66-5d1e-4a35-9a3c'>" +
  "<body>Shall we meet at the bridge at seven? I'll bring the &lt;lamp&gt; and the rope.</body>" +
  "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>" +
  "<origin-id xmlns='urn:xmpp:sid:0' id='0b2f7c66-5d1e-4a35'/></message>";
const PADDED = MESSAGE.replace("the rope.", "the rope.".padEnd(9 + 368 - MESSAGE.length, "!"));
const LIMITS = { bytes: 262_144, depth: 64, elements: 5_000 };

const ignore = (): void => undefined;

function kith(tree: boolean): (chunk: Buffer) => void {
  const reader = new XmlReader(LIMITS, {
    header: ignore,
    element: (el) => {
      if (tree) el.element();
    },
    end: ignore,
    fault: (fault) => {
      throw new Error(fault.text);
    },
  });
  reader.write(Buffer.from(HEADER));
  return (chunk) => reader.write(chunk);
}

interface LtxElement {
  cnode(child: LtxElement): LtxElement;
  t(text: string): void;
}

interface LtxParser {
  write(data: string): void;
  on(event: "startElement", listener: (name: string, attrs: object) => void): void;
  on(event: "endElement" | "error" | "text", listener: (value: string) => void): void;
}

/** ltx is what @xmpp/client reads with, and comes with it; elements are gathered as that does. */
function ltx(): (chunk: Buffer) => void {
  const load = createRequire(createRequire(import.meta.url).resolve("@xmpp/client"));
  const { Element } = load("ltx") as { Element: new (name: string, attrs: object) => LtxElement };
  const Parser = load("ltx/lib/parsers/ltx.js") as new () => LtxParser;
  const parser = new Parser();
  const open: LtxElement[] = [];
  parser.on("startElement", (name, attrs) => {
    const el = new Element(name, attrs);
    if (open.length > 1) open.at(-1)?.cnode(el);
    open.push(el);
  });
  parser.on("text", (text) => {
    if (open.length > 1) open.at(-1)?.t(text);
  });
  parser.on("endElement", () => {
    open.pop();
  });
  parser.on("error", (error) => {
    throw new Error(error);
  });
  parser.write(HEADER);
  return (chunk) => parser.write(chunk.toString());
}

interface Tree {
  readonly name: string;
  readonly attrs: object;
  readonly children: (Tree | string)[];
}

function saxes(xmlns: boolean): (chunk: Buffer) => void {
  const parser = new SaxesParser({ xmlns, position: false });
  const open: Tree[] = [];
  parser.on("opentag", (tag) => {
    const node: Tree = { name: tag.name, attrs: tag.attributes, children: [] };
    if (open.length > 1) open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on("text", (text) => {
    if (open.length > 1) open.at(-1)?.children.push(text);
  });
  parser.on("closetag", () => {
    open.pop();
  });
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(HEADER);
  return (chunk) => parser.write(chunk.toString());
}

function measure(name: string, read: (chunk: Buffer) => void, chunk: Buffer, messages: number): XmlRow {
  const rounds: number[] = [];
  for (let round = 0; round < 15; round++) {
    const calls = Math.ceil(30_000 / messages);
    const began = process.cpuUsage();
    for (let i = 0; i < calls; i++) read(chunk);
    const used = process.cpuUsage(began);
    rounds.push((used.user + used.system) / (calls * messages));
  }
  rounds.sort((a, b) => a - b);
  return { name, micros: rounds[rounds.length >> 1] ?? Number.NaN };
}

export function run(): readonly XmlRow[] {
  const one = Buffer.from(PADDED);
  const many = Buffer.from(PADDED.repeat(100));
  const text = PADDED.replace("<message", "<message xmlns='jabber:client'");
  return [
    measure("kith, no tree", kith(false), one, 1),
    measure("kith, no tree, 100 in a chunk", kith(false), many, 100),
    measure("kith, with tree", kith(true), one, 1),
    measure("kith, one WebSocket message, no tree", () => void readDocument(text, LIMITS), one, 1),
    measure("saxes, with tree", saxes(false), one, 1),
    measure("saxes, namespaces, with tree", saxes(true), one, 1),
    measure("ltx, with tree", ltx(), one, 1),
  ];
}

if (import.meta.main) {
  console.log(`one message of ${PADDED.length} octets, µs of CPU`);
  for (const row of run()) console.log(`${row.name.padEnd(40)} ${row.micros.toFixed(2).padStart(8)}`);
}
