/** prosody.cfg.lua as Prosody's configmanager reads it: global options, hosts, and the files that are included. */
import { prepareDomain } from "../../xmpp/jid/domain.ts";
import { type LuaEnvironment, type LuaStatement, readLua } from "./lua-reader.ts";
import { asText, LuaTable, type LuaValue } from "./lua-value.ts";
import type { Notice } from "./notice.ts";

/** One option as it was set last. */
export interface Option {
  readonly value: LuaValue;
  /** File and line. */
  readonly where: string;
}

type Options = ReadonlyMap<string, Option>;

export interface Host {
  readonly name: string;
  /** The module of a Component; undefined: a VirtualHost. */
  readonly component: string | undefined;
  readonly options: Options;
  readonly where: string;
}

export interface Sections {
  readonly global: Options;
  readonly hosts: readonly Host[];
  readonly notices: readonly Notice[];
}

/** The files around a configuration. */
export interface Files {
  /** Octets, one character each; undefined: it cannot be read. */
  read(path: string): string | undefined;
  /** Names in a folder, in order; undefined: it cannot be read. */
  list(folder: string): readonly string[] | undefined;
}

/** Files that include one another. */
const DEEPEST = 16;
const MOST_FILES = 1000;

/** Undefined: the file itself cannot be read. Never throws. */
export function readSections(path: string, files: Files, environment: LuaEnvironment): Sections | undefined {
  const sections = new SectionReader(files, environment);
  return sections.file(path, 0) ? sections : undefined;
}

/** The option of a host, else the global one. */
export function optionOf(sections: Sections, host: Host | undefined, name: string): Option | undefined {
  return host?.options.get(name) ?? sections.global.get(name);
}

class SectionReader implements Sections {
  readonly global = new Map<string, Option>();
  readonly notices: Notice[] = [];
  readonly #hosts = new Map<string, Host & { readonly options: Map<string, Option> }>();
  readonly #files: Files;
  readonly #environment: LuaEnvironment;
  #count = 0;

  constructor(files: Files, environment: LuaEnvironment) {
    this.#files = files;
    this.#environment = environment;
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** Each file begins with the global options, and what follows its include goes on where it was. */
  file(path: string, depth: number): boolean {
    const source = this.#files.read(path);
    if (source === undefined) return false;
    this.#count += 1;
    const { statements, problems } = readLua(source, this.#environment);
    for (const { line, text } of problems) this.notices.push({ where: `${path}:${line}`, text });
    let options = this.global;
    for (const statement of statements) {
      const where = `${path}:${statement.line}`;
      if (statement.kind === "set") options.set(statement.name, { value: statement.values[0], where });
      else if (statement.kind === "call") options = this.#call(statement, where, path, depth) ?? options;
    }
    return true;
  }

  /** The options that the next statements set; undefined: those as before. */
  #call({ name, values }: LuaStatement, where: string, path: string, depth: number): Map<string, Option> | undefined {
    switch (name) {
      case "VirtualHost":
      case "Host":
      case "host":
        return this.#host(values, false, where);
      case "Component":
      case "component":
        return this.#host(values, true, where);
      case "Include":
      case "include":
        this.#include(asText(values[0]), where, path, depth);
        return undefined;
      default:
        this.notices.push({ where, text: `${name} is left out: it would have to be executed.` });
        return undefined;
    }
  }

  #host(values: readonly LuaValue[], isComponent: boolean, where: string): Map<string, Option> {
    const given = asText(values[0]) ?? "";
    const name = prepareDomain(given);
    if (name === undefined) {
      this.notices.push({ where, text: `${JSON.stringify(given)} is no name of a host: its options are left out.` });
      return new Map();
    }
    const component = isComponent ? (asText(values[1]) ?? "component") : undefined;
    const host = this.#hosts.get(name) ?? { name, component, options: new Map<string, Option>(), where };
    this.#hosts.set(name, host);
    const table = values.find((value) => value instanceof LuaTable);
    if (table === undefined) return host.options;
    for (const key of table.keys()) {
      if (typeof key === "string") host.options.set(key, { value: table.get(key), where });
    }
    return this.global;
  }

  #include(pattern: string | undefined, where: string, from: string, depth: number): void {
    const why = this.#included(pattern, from, depth);
    if (why !== undefined) this.notices.push({ where, text: `Include is left out: ${why}.` });
  }

  /** Undefined: done; otherwise why not. */
  #included(pattern: string | undefined, from: string, depth: number): string | undefined {
    if (pattern === undefined) return "it names no file";
    if (depth === DEEPEST) return `more than ${DEEPEST} files include one another`;
    const path = resolvePath(folderOf(from), pattern);
    const paths = /[*?]/.test(pattern) ? this.#matches(path) : [path];
    if (paths === undefined) return `the folder of ${pattern} cannot be read`;
    for (const one of paths) {
      if (this.#count >= MOST_FILES) return `more than ${MOST_FILES} files`;
      if (!this.file(one, depth + 1)) return `${one} cannot be read`;
    }
    return undefined;
  }

  #matches(path: string): readonly string[] | undefined {
    const folder = folderOf(path);
    const glob = path.slice(path.lastIndexOf("/") + 1);
    const pattern = new RegExp(
      `^${glob
        .replace(/[^\w*?]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      "s",
    );
    return this.#files
      .list(folder)
      ?.filter((name) => !name.startsWith(".") && pattern.test(name))
      .map((name) => resolvePath(folder, name));
  }
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash) || "/";
}

/** A path of the configuration: relative to `folder` unless it begins with a slash. */
export function resolvePath(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder.replace(/\/+$/, "")}/${path.replace(/^\.\/+/, "")}`;
}
