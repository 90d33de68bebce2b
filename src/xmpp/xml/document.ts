/** One XML document at a time: the frames of RFC 7395 §3.3. */
import { INCOMPLETE, LONE_SURROGATE, TOO_LONG } from "./faults.ts";
import { Scanner } from "./scanner.ts";
import type { StreamElement, XmlFault, XmlLimits } from "./stream-element.ts";
import { unitsOf } from "./utf8.ts";

export type DocumentResult =
  | { readonly ok: true; readonly element: StreamElement }
  | { readonly ok: false; readonly fault: XmlFault };

const NO_LIMITS: XmlLimits = { bytes: 0, depth: 0, elements: 0 };

let found: StreamElement | undefined;
let bad: XmlFault | undefined;

/** Shared by all documents: each is read within one call, and nobody else is called meanwhile. */
const scanner = new Scanner(0, NO_LIMITS, {
  header: () => undefined,
  element: (el) => {
    found = el;
  },
  end: () => undefined,
  fault: (fault) => {
    bad = fault;
  },
});

/** Reads a text that is one complete element, with white space around it allowed. Never throws. */
export function readDocument(text: string, limits: XmlLimits): DocumentResult {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes) return { ok: false, fault: TOO_LONG };
  if (bytes !== text.length && !text.isWellFormed()) return { ok: false, fault: LONE_SURROGATE };
  found = undefined;
  bad = undefined;
  scanner.setLimits(limits);
  scanner.restart(false);
  scanner.feed(text, unitsOf(text, bytes));
  scanner.run();
  const element = found;
  const fault = bad ?? (scanner.between ? undefined : INCOMPLETE);
  found = undefined;
  bad = undefined;
  if (fault !== undefined) return { ok: false, fault };
  return element === undefined ? { ok: false, fault: INCOMPLETE } : { ok: true, element };
}
