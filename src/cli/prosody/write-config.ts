/** The text of the new configuration: what this version can take as values, the rest as comments for later. */
import type { Environment } from "../../config/env.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Notice } from "./notice.ts";

export interface Written {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly notices: readonly Notice[];
}

interface Later {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** In a configuration `${NAME}` stands for a variable of the environment, so text that looks so cannot be written. */
const VARIABLE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/;

/** A configuration that is accepted: values that are not are taken out of it. `from`: the file that was read. */
export function writeConfig(
  given: Readonly<Record<string, unknown>>,
  from: string,
  options: { readonly folder: string; readonly environment: Environment },
): Written {
  const value = structuredClone(given);
  const later: Later[] = [];
  const notices: Notice[] = [];
  for (const path of [...variablesIn(value, [])].reverse()) {
    takeOut(value, path);
    const text = "Left out: in a configuration a name in braces behind $ stands for a variable of the environment.";
    notices.push({ where: path.join("."), text });
  }
  const refused = new Map<string, readonly string[]>();
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    const result = parseConfig(value, options);
    for (const { path, expected } of result.ok ? [] : result.mistakes.toReversed()) {
      const found = takeOut(value, path);
      if (found === undefined) continue;
      isChanged = true;
      later.push({ path, value: found });
      refused.set(expected, [path.join("."), ...(refused.get(expected) ?? [])]);
    }
  }
  for (const [expected, paths] of refused) {
    const text = `Kept as a comment in the configuration: Kith expects ${expected}.`;
    notices.push({ where: paths.join(", "), text });
  }
  return { text: textOf(value, later, from), value, notices };
}

function textOf(value: unknown, later: readonly Later[], from: string): string {
  const comments = later
    .toReversed()
    .map(({ path, value: kept }) => `// for later: ${JSON.stringify(path.join("."))}: ${JSON.stringify(kept)}`);
  const head = [
    `// Made by "kith import prosody" from ${JSON.stringify(from)}. Every key: docs/configuration.md`,
    ...comments,
  ];
  return `${head.join("\n")}\n${JSON.stringify(value, undefined, 2)}\n`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function* variablesIn(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (typeof value === "string" && VARIABLE.test(value)) yield path;
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) yield* variablesIn(inner, [...path, key]);
}

/** What stood there, and the sections that are empty without it go too. */
function takeOut(value: Record<string, unknown>, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(value, key)) return undefined;
  const inner = value[key];
  if (rest.length === 0 || !isRecord(inner)) {
    if (Array.isArray(value)) value.splice(Number(key), 1);
    else delete value[key];
    return inner;
  }
  const found = takeOut(inner, rest);
  if (Object.keys(inner).length === 0) delete value[key];
  return found;
}
