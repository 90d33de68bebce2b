/** `${ENV_NAME}` inside the strings of a configuration. */
import type { Mistake } from "./mistake.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** A copy of `value` with every variable replaced, and a mistake for each that is not set. Functions stay as they are. */
export function replaceVariables(
  value: unknown,
  environment: Environment,
  mistakes: Mistake[],
  path: readonly string[] = [],
): unknown {
  if (typeof value === "string") return replaceInText(value, environment, mistakes, path);
  if (Array.isArray(value)) {
    return value.map((entry, index) => replaceVariables(entry, environment, mistakes, [...path, String(index)]));
  }
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of Object.entries(value)) {
    copy[key] = replaceVariables(entry, environment, mistakes, [...path, key]);
  }
  return copy;
}

function replaceInText(text: string, environment: Environment, mistakes: Mistake[], path: readonly string[]): string {
  return text.replace(VARIABLE, (whole, name: string) => {
    const found = environment[name];
    if (found !== undefined) return found;
    mistakes.push({ path, value: whole, expected: `the environment variable ${name} to be set` });
    return whole;
  });
}
