/** Lua 5.4 manual §3.1: the tokens of a file. A source is octets, one character each (latin1), as Lua has it. */

export interface Token {
  readonly kind: "name" | "keyword" | "string" | "number" | "symbol" | "bad";
  /** Octets of a string, digits of a number, what is wrong with a bad one. */
  readonly text: string;
  /** 1 is the first. */
  readonly line: number;
}

const KEYWORDS = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

const SPACE = /[ \t\r\n\v\f]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /\.\.\.|\.\.|==|~=|<=|>=|<<|>>|\/\/|::|[-+*/%^#&~|<>=(){}[\];:,.]/y;
const LONG_OPEN = /\[(=*)\[/y;
const PLAIN_OCTETS = /[^"'\\\n]+/y;

/** Reads all tokens; what is none becomes one bad token, and reading goes on behind it. */
export function readTokens(source: string): readonly Token[] {
  return new Tokens(source).all();
}

class Tokens {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
    if (source.startsWith("\u00ef\u00bb\u00bf")) this.#at = 3;
    if (source.startsWith("#", this.#at)) this.#at = this.#endOfLine();
  }

  all(): readonly Token[] {
    while (this.#at < this.#source.length) this.#next();
    return this.#tokens;
  }

  #next(): void {
    if (this.#match(SPACE) !== undefined) return;
    if (this.#source.startsWith("--", this.#at)) {
      this.#comment();
      return;
    }
    const line = this.#line;
    const name = this.#match(NAME);
    if (name !== undefined) {
      this.#push(KEYWORDS.has(name) ? "keyword" : "name", name, line);
      return;
    }
    const digits = this.#match(NUMBER);
    if (digits !== undefined) {
      this.#push("number", digits, line);
      return;
    }
    const first = this.#source[this.#at];
    if (first === '"' || first === "'") {
      this.#quoted(first, line);
      return;
    }
    const long = this.#longText();
    if (long !== undefined) {
      if (long.isWhole) this.#push("string", long.text, line);
      else this.#push("bad", "a string without its end", line);
      return;
    }
    const symbol = this.#match(SYMBOL);
    if (symbol === undefined) {
      this.#at += 1;
      this.#push("bad", "a character that Lua does not have", line);
    } else {
      this.#push("symbol", symbol, line);
    }
  }

  #comment(): void {
    this.#at += 2;
    if (this.#longText() === undefined) this.#at = this.#endOfLine();
  }

  /** `[[…]]`, `[=[…]=]`: a first line break is no part of it. */
  #longText(): { readonly text: string; readonly isWhole: boolean } | undefined {
    const open = this.#match(LONG_OPEN);
    if (open === undefined) return undefined;
    const close = `]${open.slice(1, -1)}]`;
    const end = this.#source.indexOf(close, this.#at);
    const isWhole = end !== -1;
    const text = this.#source.slice(this.#at, isWhole ? end : undefined);
    this.#at = isWhole ? end + close.length : this.#source.length;
    this.#countLines(text);
    return { text: text.replaceAll("\r\n", "\n").replace(/^\n/, ""), isWhole };
  }

  #quoted(quote: string, line: number): void {
    const parts: string[] = [];
    this.#at += 1;
    for (;;) {
      const plain = this.#match(PLAIN_OCTETS);
      if (plain !== undefined) parts.push(plain);
      const octet = this.#source[this.#at];
      if (octet === undefined || octet === "\n") {
        this.#push("bad", "a string without its end", line);
        return;
      }
      this.#at += 1;
      if (octet === quote) {
        this.#push("string", parts.join(""), line);
        return;
      }
      parts.push(octet === "\\" ? this.#escape() : octet);
    }
  }

  /** What stands behind a backslash; of an escape that Lua does not have, the letter itself. */
  #escape(): string {
    const rest = this.#source.slice(this.#at, this.#at + 12);
    for (const [form, octetsOf] of ESCAPES) {
      const match = form.exec(rest);
      if (match === null) continue;
      this.#at += match[0].length;
      this.#countLines(match[0]);
      return octetsOf(match[1] ?? "");
    }
    const letter = rest.slice(0, 1);
    this.#at += letter.length;
    return letter;
  }

  /** The text of a sticky pattern at this place, its lines counted. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (text === undefined) return undefined;
    this.#at += text.length;
    if (pattern === SPACE) this.#countLines(text);
    return text;
  }

  #countLines(text: string): void {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#line += 1;
  }

  #endOfLine(): number {
    const end = this.#source.indexOf("\n", this.#at);
    return end === -1 ? this.#source.length : end;
  }

  #push(kind: Token["kind"], text: string, line: number): void {
    this.#tokens.push({ kind, text, line });
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Each form of escape, and the octets that it stands for. */
const ESCAPES: readonly (readonly [RegExp, (inner: string) => string])[] = [
  [/^([abfnrtv])/, (letter) => LETTERS[letter] ?? letter],
  [/^(?:\r\n|\n)/, () => "\n"],
  [/^(\d{1,3})/, (digits) => String.fromCharCode(Number(digits) & 0xff)],
  [/^x([0-9A-Fa-f]{2})/, (digits) => String.fromCharCode(Number.parseInt(digits, 16))],
  [/^u\{([0-9A-Fa-f]{1,6})\}/, (digits) => utf8Of(Number.parseInt(digits, 16))],
  [/^z[ \t\r\n\v\f]*/, () => ""],
];

function utf8Of(codePoint: number): string {
  if (codePoint > 0x10_ffff) return "\u00ef\u00bf\u00bd"; // U+FFFD
  return Buffer.from(String.fromCodePoint(codePoint), "utf8").toString("latin1");
}
