/** `kith help`, and what is printed for wrong use. */
import { didYouMean } from "../config/mistake.ts";
import type { Command } from "./command.ts";

export function helpText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}`);
  return [
    "Kith: an XMPP server for web applications in which the application owns the contact lists.",
    "",
    "usage: kith COMMAND [--config kith.config.json]",
    "",
    ...lines,
    "",
    "kith help COMMAND says more.",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  return `${command.summary}\n\nusage: ${command.usage
    .split("\n")
    .map((line) => (line.startsWith(" ") ? `     ${line}` : `kith ${line}`))
    .join("\n       ")}`;
}

export function unknownCommand(name: string, commands: readonly Command[]): string {
  const near = didYouMean(
    name,
    commands.map((command) => command.name),
  );
  return `kith: there is no command "${name}".${near === undefined ? "" : ` Did you mean "${near}"?`} See: kith help`;
}
