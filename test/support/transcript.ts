/**
 * Reads a transcript: a conversation that anyone who knows XMPP can read, with the application as one of the actors.
 * `test/transcripts/README.md` lists the sentences.
 */
import type { Element } from "../../src/xmpp/xml/element.ts";
import { readElement } from "./xml.ts";

export type Step = { readonly line: number } & (
  | {
      readonly kind: "online" | "connect" | "disconnect" | "cut" | "manage" | "resume";
      readonly who: readonly string[];
    }
  | { readonly kind: "send"; readonly who: string; readonly stanza: string }
  | { readonly kind: "receive"; readonly who: string; readonly stanzas: readonly Element[]; readonly anyOrder: boolean }
  | { readonly kind: "silence"; readonly who: readonly string[] }
  | { readonly kind: "closed"; readonly who: readonly string[] }
  | { readonly kind: "contacts"; readonly user: string; readonly contacts: unknown }
  | { readonly kind: "refresh"; readonly users: readonly string[] }
  | { readonly kind: "answered"; readonly expected: unknown }
  | { readonly kind: "asked"; readonly times: number; readonly user: string }
  | { readonly kind: "app"; readonly mood: "fails" | "recovers" }
);

export interface Transcript {
  readonly title: string;
  readonly clients: ReadonlyMap<
    string,
    { readonly username: string; readonly domain: string; readonly resource: string }
  >;
  readonly steps: readonly Step[];
}

type Sentence = readonly [RegExp, (match: readonly string[], block: string) => StepBody];
type StepBody = Step extends infer S ? (S extends Step ? Omit<S, "line"> : never) : never;

const names = (text: string): string[] => text.split(",").map((name) => name.trim());

function stanzasIn(block: string): Element[] {
  const wrapped = readElement(`<block xmlns="jabber:client">${block}</block>`);
  return wrapped.children.filter((child) => typeof child !== "string");
}

const SENTENCES: readonly Sentence[] = [
  [/^(.+) (?:is|are) online$/, (m) => ({ kind: "online", who: names(m[1] ?? "") })],
  [/^(.+) connects?$/, (m) => ({ kind: "connect", who: names(m[1] ?? "") })],
  [/^(.+) disconnects?$/, (m) => ({ kind: "disconnect", who: names(m[1] ?? "") })],
  [/^(.+) (?:is|are) cut off$/, (m) => ({ kind: "cut", who: names(m[1] ?? "") })],
  [/^(.+) manages? (?:its|their) streams?$/, (m) => ({ kind: "manage", who: names(m[1] ?? "") })],
  [/^(.+) resumes?$/, (m) => ({ kind: "resume", who: names(m[1] ?? "") })],
  [/^(.+) (?:is|are) closed$/, (m) => ({ kind: "closed", who: names(m[1] ?? "") })],
  [/^(.+) receives? nothing$/, (m) => ({ kind: "silence", who: names(m[1] ?? "") })],
  [/^(\S+) sends:$/, (m, block) => ({ kind: "send", who: m[1] ?? "", stanza: block })],
  [
    /^(\S+) receives(, in any order)?:$/,
    (m, block) => ({ kind: "receive", who: m[1] ?? "", stanzas: stanzasIn(block), anyOrder: m[2] !== undefined }),
  ],
  [
    /^(?:App changes )?contacts of (\S+): (.+)$/s,
    (m, block) => ({ kind: "contacts", user: m[1] ?? "", contacts: JSON.parse(`${m[2]}${block}`) }),
  ],
  [/^App refreshes: (.+)$/, (m) => ({ kind: "refresh", users: JSON.parse(m[1] ?? "") })],
  [/^App is answered: (.+)$/, (m, block) => ({ kind: "answered", expected: JSON.parse(`${m[1]}${block}`) })],
  [/^App was asked (\d+) times? for (\S+)$/, (m) => ({ kind: "asked", times: Number(m[1]), user: m[2] ?? "" })],
  [/^App (fails|recovers)$/, (m) => ({ kind: "app", mood: m[1] === "fails" ? "fails" : "recovers" })],
];

function readStep(line: string, block: string): StepBody {
  for (const [pattern, make] of SENTENCES) {
    const match = pattern.exec(line);
    if (match !== null) return make([...match], block);
  }
  throw new Error(`not a sentence of a transcript: ${line}`);
}

function readClients(text: string, into: Map<string, { username: string; domain: string; resource: string }>): void {
  for (const part of text.split(",")) {
    const match = /^\s*(\S+): ([^@\s]+)@([^/\s]+)\/(\S+)\s*$/.exec(part);
    if (match === null) throw new Error(`not a client: ${part}`);
    into.set(match[1] ?? "", { username: match[2] ?? "", domain: match[3] ?? "", resource: match[4] ?? "" });
  }
}

export function readTranscript(text: string): Transcript {
  const clients = new Map<string, { username: string; domain: string; resource: string }>();
  const steps: Step[] = [];
  let title = "";
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    const line = (lines[at] ?? "").trimEnd();
    if (line.startsWith("#")) title ||= line.slice(1).trim();
    if (line === "" || line.startsWith("#")) continue;
    const block: string[] = [];
    while (/^\s+\S/.test(lines[at + 1] ?? "")) block.push(lines[++at] ?? "");
    const header = /^\[(App|Client)\]\s+(.*)$/.exec(line);
    if (header?.[1] === "Client") readClients([header[2], ...block].join(" "), clients);
    else steps.push({ ...readStep(header?.[2] ?? line, block.join("\n")), line: number } as Step);
  }
  return { title, clients, steps };
}
