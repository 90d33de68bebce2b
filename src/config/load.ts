/** Finds and reads the configuration file: JSON with comments, or a module that exports it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { KithError } from "../errors.ts";
import { parseJsonWithComments } from "./jsonc.ts";

export interface RawConfig {
  readonly value: unknown;
  /** The folder to which its paths are relative. */
  readonly folder: string;
  /** Undefined: it came from flags only. */
  readonly file: string | undefined;
}

/** The names looked for in the working folder when none is given, in this order. */
export const CONFIG_NAMES = ["kith.config.json", "kith.config.ts", "kith.config.js"] as const;

/** The configuration file of a folder; undefined when it has none. */
export function findConfig(folder: string): string | undefined {
  return CONFIG_NAMES.map((name) => resolve(folder, name)).find((file) => existsSync(file));
}

/**
 * Reads a configuration file. A `.ts`, `.js` or `.mjs` module has it as its default export or as `config`.
 * @throws KithError `config-unreadable`
 */
export async function readConfig(file: string): Promise<RawConfig> {
  const path = resolve(file);
  const value = [".ts", ".js", ".mts", ".mjs"].includes(extname(path)) ? await importConfig(path) : readJson(path);
  return { value, folder: dirname(path), file: path };
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new KithError("config-unreadable", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const result = parseJsonWithComments(text);
  if (result.ok) return result.value;
  throw new KithError("config-unreadable", `${path} is not JSON: look ${result.where}`);
}

async function importConfig(path: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new KithError("config-unreadable", `${path} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  if (typeof module === "object" && module !== null) {
    const found: unknown = Reflect.get(module, "default") ?? Reflect.get(module, "config");
    if (found !== undefined) return found;
  }
  throw new KithError("config-unreadable", `${path} exports neither a default nor \`config\``);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
