/** Lua 5.4 §3.3: where a statement ends that is not read. */
import type { Token } from "./lua-tokens.ts";

const NOTHING: Token = { kind: "symbol", text: "", line: 0 };
const BEGINNINGS = new Set(["local", "return", "if", "for", "while", "function"]);
const BEHIND_NAME = new Set(["=", "{", "(", ",", ".", "[", ":"]);
const OPENING = new Set(["(", "{", "["]);
const CLOSING = new Set([")", "}", "]"]);
const BLOCKS = new Set(["function", "do", "if", "repeat"]);
const BLOCK_ENDS = new Set(["end", "until"]);

/** Where the next statement begins, behind one that is not read: at least one token further. */
export function endOfStatement(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const { kind, text, line } = tokens[at] ?? NOTHING;
    const before = tokens[at - 1];
    if (at > start && depth <= 0 && before !== undefined && before.line < line && mayBegin(tokens, at)) return at;
    if (kind === "symbol" && OPENING.has(text)) depth += 1;
    else if (kind === "symbol" && CLOSING.has(text)) depth -= 1;
    else if (kind === "keyword" && BLOCKS.has(text)) depth += 1;
    else if (kind === "keyword" && BLOCK_ENDS.has(text)) depth -= 1;
    else if (kind === "symbol" && text === ";" && depth <= 0) return at + 1;
  }
  return tokens.length;
}

/** A name or keyword that no statement can go on with, behind something that can end one. */
function mayBegin(tokens: readonly Token[], at: number): boolean {
  const { kind, text } = tokens[at] ?? NOTHING;
  if (kind === "keyword") return BEGINNINGS.has(text);
  const before = tokens[at - 1] ?? NOTHING;
  if (kind !== "name" || (before.kind === "symbol" && !CLOSING.has(before.text))) return false;
  const next = tokens[at + 1] ?? NOTHING;
  return next.kind === "string" || (next.kind === "symbol" && BEHIND_NAME.has(next.text));
}
