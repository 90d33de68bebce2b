/** JSON with comments, as the configuration file may be. */

/**
 * Replaces comments (`//` to the end of the line, and slash-star blocks) outside of strings by spaces, so that positions
 * in error messages stay true. Everything else is left to JSON.parse.
 */
function blankComments(text: string): string {
  let out = "";
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at);
      continue;
    }
    const end = char === "/" ? endOfComment(text, at) : undefined;
    if (end === undefined) {
      at++;
      continue;
    }
    out += text.slice(from, at) + text.slice(at, end).replace(/[^\n\r]/g, " ");
    from = end;
    at = end;
  }
  return out + text.slice(from);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfComment(text: string, start: number): number | undefined {
  const second = text[start + 1];
  if (second === "/") {
    const end = text.indexOf("\n", start);
    return end < 0 ? text.length : end;
  }
  if (second !== "*") return undefined;
  const end = text.indexOf("*/", start + 2);
  return end < 0 ? undefined : end + 2;
}

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  /** Where it went wrong; never a piece of the text, which may hold secrets. */
  | { readonly ok: false; readonly where: string };

/** Reads JSON with comments. A byte order mark is skipped. */
export function parseJsonWithComments(text: string): JsonResult {
  const plain = blankComments(text.startsWith("\ufeff") ? text.slice(1) : text);
  try {
    return { ok: true, value: JSON.parse(plain) };
  } catch (error) {
    return { ok: false, where: whereIn(plain, error instanceof Error ? error.message : "") };
  }
}

function whereIn(text: string, message: string): string {
  if (/end of JSON input|Unterminated string/i.test(message)) return "at its end: something is not closed";
  const position = /at position (\d+)/.exec(message)?.[1] ?? firstFault(text, message);
  if (position === undefined) return "somewhere";
  const before = text.slice(0, Number(position)).split("\n");
  return `at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Short texts get a message that quotes the bad character but no position. */
function firstFault(text: string, message: string): string | undefined {
  const token = /Unexpected token '(.)'/su.exec(message)?.[1];
  const at = token === undefined ? -1 : text.indexOf(token);
  return at < 0 ? undefined : String(at);
}
