/** Flags of a command by node's parser, its complaints as usage errors. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

export const CONFIG_FLAG = { config: { type: "string" } } as const satisfies ParseArgsOptionsConfig;

export function parseFlags<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
