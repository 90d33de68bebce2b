/**
 * Reads the part of Lua that Prosody's configuration and its internal storage are made of: assignments of plain values,
 * calls like `VirtualHost "example.com" { … }`, `return`, and `local`. Nothing is executed; what is not read is named.
 */
import { endOfStatement } from "./lua-statement-end.ts";
import { readTokens, type Token } from "./lua-tokens.ts";
import { LuaTable, type LuaValue } from "./lua-value.ts";

export interface LuaStatement {
  readonly kind: "set" | "call" | "return";
  /** The variable or function, of a call and an assignment. */
  readonly name: string;
  /** One value, or the arguments of a call in their order. */
  readonly values: readonly LuaValue[];
  readonly line: number;
}

export interface LuaProblem {
  readonly line: number;
  /** What was left out, and why: completes "line 7: …". */
  readonly text: string;
}

export interface LuaFile {
  readonly statements: readonly LuaStatement[];
  readonly problems: readonly LuaProblem[];
}

/** Variables of the environment, as `ENV_NAME` and `os.getenv "NAME"` ask for them. */
export type LuaEnvironment = (name: string) => string | undefined;

/** Levels of tables and parentheses. */
const DEEPEST = 100;
const NOTHING: Token = { kind: "symbol", text: "", line: 0 };

/** Never throws; each statement costs only itself. `source`: octets, one character each (latin1). */
export function readLua(source: string, environment: LuaEnvironment = () => undefined): LuaFile {
  return new Reader(readTokens(source), environment).read();
}

/** Why a statement is left out. */
class Unread extends Error {}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #environment: LuaEnvironment;
  readonly #locals = new Map<string, LuaValue>();
  readonly #statements: LuaStatement[] = [];
  readonly #problems: LuaProblem[] = [];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], environment: LuaEnvironment) {
    this.#tokens = tokens;
    this.#environment = environment;
  }

  read(): LuaFile {
    while (this.#at < this.#tokens.length) {
      const start = this.#at;
      const { line } = this.#peek();
      try {
        const statement = this.#statement();
        this.#checkEnd();
        if (statement !== undefined) this.#statements.push(statement);
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        this.#problems.push({ line, text: `${this.#shown(start)} is left out: ${error.message}` });
        if (this.#tokens[start]?.text === "local") this.#locals.delete(this.#tokens[start + 1]?.text ?? "");
        this.#at = endOfStatement(this.#tokens, start);
        this.#depth = 0;
      }
    }
    return { statements: this.#statements, problems: this.#problems };
  }

  /** The beginning of a statement, without any value: it may be a secret. */
  #shown(start: number): string {
    const { kind, text } = this.#tokens[start] ?? NOTHING;
    const { kind: nextKind, text: next } = this.#tokens[start + 1] ?? NOTHING;
    if (kind === "keyword" && text === "local" && nextKind === "name") return `local ${next}`;
    if (kind === "keyword") return `${text} …`;
    return kind === "name" ? text : "a statement";
  }

  /** Undefined: nothing that anybody else has to know. */
  #statement(): LuaStatement | undefined {
    const { kind, text: name, line } = this.#take();
    if (kind === "symbol" && name === ";") return undefined;
    if (kind === "keyword" && name === "return") {
      const isEmpty = this.#at === this.#tokens.length || this.#is(";");
      return { kind: "return", name: "", values: isEmpty ? [] : [this.#value()], line };
    }
    if (kind === "keyword" && name === "local") {
      this.#local();
      return undefined;
    }
    if (kind === "name" && this.#skip("=")) return { kind: "set", name, values: [this.#value()], line };
    if (kind === "name" && this.#beginsArgument()) return { kind: "call", name, values: this.#arguments(), line };
    if (kind === "keyword") throw new Unread("it would have to be executed");
    throw new Unread(kind === "bad" ? name : "neither an option nor a section");
  }

  /** What goes on behind a value that was read belongs to it, and is not read. */
  #checkEnd(): void {
    const { kind, text } = this.#peek();
    if (this.#at >= this.#tokens.length || kind !== "symbol" || text === ";") return;
    throw new Unread(CALCULATIONS.has(text) ? "a calculation" : `"${text}" was not expected`);
  }

  #local(): void {
    const { kind, text: name } = this.#take();
    if (kind !== "name") throw new Unread("a function would have to be executed");
    this.#locals.delete(name);
    if (this.#skip("<")) {
      this.#take(); // const or close
      this.#expect(">");
    }
    if (this.#skip("=")) this.#locals.set(name, this.#value());
  }

  #beginsArgument(): boolean {
    return this.#is("(") || this.#is("{") || this.#peek().kind === "string";
  }

  /** `f "a" { … }`, `f("a", "b")`: all arguments of a chain of calls. */
  #arguments(): readonly LuaValue[] {
    const values: LuaValue[] = [];
    while (this.#beginsArgument()) {
      if (!this.#skip("(")) {
        values.push(this.#simple());
        continue;
      }
      while (!this.#skip(")")) {
        values.push(this.#value());
        if (!this.#is(")")) this.#expect(",");
      }
    }
    return values;
  }

  /** `or`, `..` and `*` between simple values. */
  #value(): LuaValue {
    let value = this.#concatenation();
    while (this.#peek().kind === "keyword" && this.#peek().text === "or") {
      this.#at += 1;
      const other = this.#concatenation();
      if (value === undefined || value === false) value = other;
    }
    const { kind, text } = this.#peek();
    if (kind === "keyword" && text === "and") throw new Unread('"and" would have to be executed');
    return value;
  }

  #concatenation(): LuaValue {
    let value = this.#product();
    while (this.#skip("..")) {
      const other = this.#product();
      if (!isJoinable(value) || !isJoinable(other)) throw new Unread('".." joins only strings and numbers');
      value = `${value}${other}`;
    }
    return value;
  }

  /** Durations and sizes are written as `60 * 60`. */
  #product(): LuaValue {
    let value = this.#simple();
    while (this.#skip("*")) {
      const other = this.#simple();
      if (typeof value !== "number" || typeof other !== "number") throw new Unread('"*" takes only numbers');
      value *= other;
    }
    return value;
  }

  #simple(): LuaValue {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Unread(`more than ${DEEPEST} levels`);
    const value = this.#valueOf(this.#take());
    this.#depth -= 1;
    return value;
  }

  #valueOf(token: Token): LuaValue {
    switch (token.kind) {
      case "string":
        return token.text;
      case "number":
        return Number(token.text);
      case "bad":
        throw new Unread(token.text);
      case "name":
        return this.#variable(token.text);
      case "keyword":
        if (token.text === "true") return true;
        if (token.text === "false") return false;
        if (token.text === "nil") return undefined;
        throw new Unread(`"${token.text}" would have to be executed`);
      case "symbol":
        return this.#bracketed(token.text);
    }
  }

  #bracketed(symbol: string): LuaValue {
    if (symbol === "-") {
      const number = this.#simple();
      if (typeof number !== "number") throw new Unread("a calculation");
      return -number;
    }
    if (symbol === "{") return this.#table();
    if (symbol !== "(") throw new Unread(symbol === "" ? "its end is missing" : `"${symbol}" was not expected`);
    const value = this.#value();
    this.#expect(")");
    return value;
  }

  #table(): LuaTable {
    const table = new LuaTable();
    for (let position = 1; !this.#skip("}"); ) {
      const { kind, text } = this.#peek();
      const next = this.#tokens[this.#at + 1] ?? NOTHING;
      if (this.#skip("[")) {
        const key = this.#value();
        if (key === undefined || key instanceof LuaTable) throw new Unread("a key that is neither text nor number");
        this.#expect("]");
        this.#expect("=");
        table.set(key, this.#value());
      } else if (kind === "name" && next.kind === "symbol" && next.text === "=") {
        this.#at += 2;
        table.set(text, this.#value());
      } else {
        table.set(position++, this.#value());
      }
      if (!this.#skip(",") && !this.#skip(";") && !this.#is("}")) throw new Unread("a table without its end");
    }
    return table;
  }

  #variable(name: string): LuaValue {
    if (this.#is("(") || this.#is("{") || this.#peek().kind === "string") {
      throw new Unread(`the function ${name} would have to be executed`);
    }
    if (name === "os" && this.#skip(".")) return this.#getenv();
    if (this.#is(".") || this.#is("[") || this.#is(":")) throw new Unread(`${name} is not known here`);
    if (this.#locals.has(name)) return this.#locals.get(name);
    if (name.startsWith("ENV_")) return this.#environment(name.slice("ENV_".length));
    throw new Unread(`${name} is not known here`);
  }

  #getenv(): LuaValue {
    const { kind, text } = this.#take();
    const isAsked = kind === "name" && text === "getenv";
    const [name, ...others] = isAsked ? this.#arguments() : [];
    if (typeof name !== "string" || others.length > 0) throw new Unread("a function of os would have to be executed");
    return this.#environment(name);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? NOTHING;
  }

  #take(): Token {
    return this.#tokens[this.#at++] ?? NOTHING;
  }

  #is(symbol: string): boolean {
    const { kind, text } = this.#peek();
    return kind === "symbol" && text === symbol;
  }

  #skip(symbol: string): boolean {
    const isThere = this.#is(symbol);
    if (isThere) this.#at += 1;
    return isThere;
  }

  #expect(symbol: string): void {
    if (!this.#skip(symbol)) throw new Unread(`"${symbol}" is missing`);
  }
}

const CALCULATIONS = new Set("+ - * / // % ^ & | ~ << >> == ~= < > <= >= .".split(" "));

function isJoinable(value: LuaValue): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
