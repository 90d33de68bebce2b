/** Parses a large JSON object or array in parts, so that nobody waits for the whole of it. */

/** Characters, or octets, up to which a text is parsed at once: some 2 ms. */
export const PARSED_AT_ONCE = 262_144;
/** Characters of a part: some 1 ms to parse. */
const PART = 65_536;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/**
 * The members of the object that `text` is, a few at a time, each part an object of its own. Undefined: the text does
 * not begin as an object. The iteration throws SyntaxError where it is not JSON; a key may come again in a later part.
 */
export function jsonChunks(text: string): Iterable<Record<string, unknown>> | undefined {
  const start = /^[ \t\n\r]*\{/.exec(text);
  return start === null ? undefined : parts(text, start[0].length, (members) => JSON.parse(`{${members}}`));
}

/** The same of the array that `text` is. */
export function jsonArrayChunks(text: string): Iterable<readonly unknown[]> | undefined {
  const start = /^[ \t\n\r]*\[/.exec(text);
  return start === null
    ? undefined
    : parts(text, start[0].length, (members) => JSON.parse(`[${members}]`), CLOSE_BRACKET);
}

function* parts<T>(text: string, start: number, parse: (members: string) => T, closing = CLOSE_BRACE): Generator<T> {
  let from = start;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth > 0) continue;
      if (code !== closing || text.slice(at + 1).trim() !== "") break;
      const last = text.slice(from, at);
      if (from !== start && last.trim() === "") break;
      yield parse(last);
      return;
    } else if (code === COMMA && depth === 1 && at - from > PART) {
      // What is cut off is parsed as an object, so a comma too many, or brackets that do not match, are found there.
      yield parse(text.slice(from, at));
      from = at + 1;
    }
  }
  throw new SyntaxError("not a JSON object or array");
}

/** Where the string that begins at `at` ends; the end of the text when it does not. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
