/** RFC 4180, as far as lists of accounts need it: a record is one line, and a broken line costs only itself. */
import { parse } from "csv-parse/sync";

/** Octets of a line: no account needs nearly as much. */
const MOST_OCTETS = 16_384;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface CsvLine {
  /** 1 is the first. */
  readonly line: number;
  /** Octets read so far. */
  readonly bytes: number;
  /** Undefined: the line is no record, and `problem` says why. Empty lines are not given at all. */
  readonly fields: readonly string[] | undefined;
  readonly problem: string;
}

/**
 * Reads lines as they come in. A field over several lines is not read: nothing of an account may hold a line break, and
 * with one forgotten quote it would swallow the rest of the file.
 */
export async function* readCsv(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<CsvLine> {
  let line = 0;
  let bytes = 0;
  for await (const octets of lines(input)) {
    line += 1;
    bytes += octets.length + 1;
    if (octets.length > MOST_OCTETS) {
      yield { line, bytes, fields: undefined, problem: `the line is longer than ${MOST_OCTETS} octets` };
      continue;
    }
    const text = decode(octets, line === 1);
    if (text === "") continue;
    const fields = text === undefined ? undefined : split(text);
    const problem = text === undefined ? "the line is not UTF-8" : "the quotes do not match (RFC 4180 §2)";
    yield { line, bytes, fields, problem };
  }
}

/** Lines without their end. What is above the limit is cut one octet above it. */
async function* lines(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of input) {
    const chunk = typeof piece === "string" ? Buffer.from(piece, "utf8") : piece;
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      rest = rest.length > MOST_OCTETS ? rest : join(rest, part);
      if (end === -1) break;
      yield rest;
      rest = new Uint8Array(0);
      start = end + 1;
    }
  }
  if (rest.length > 0) yield rest;
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const wanted = other.subarray(0, MOST_OCTETS + 1);
  return one.length === 0 ? wanted.slice() : Buffer.concat([one, wanted]);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(octets: Uint8Array, isFirst: boolean): string | undefined {
  const end = octets.at(-1) === CARRIAGE_RETURN ? octets.length - 1 : octets.length;
  try {
    const text = utf8.decode(octets.subarray(0, end));
    return isFirst && text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    return undefined; // the one way in which a fatal decoder says that it is not UTF-8
  }
}

function split(text: string): readonly string[] | undefined {
  try {
    return parse(text, { relax_column_count: true, record_delimiter: "\n" })[0] ?? [];
  } catch {
    return undefined; // its message holds what is in the line, which may be a password
  }
}
