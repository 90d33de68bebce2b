/** Finds the command and runs it. Exit codes: 0 done, 1 failed, 2 wrong use or configuration. */
import { KITH_ERRORS, KithError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { admin } from "./admin.ts";
import { appPassword } from "./app-password.ts";
import { check } from "./check.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { deviceLink } from "./device-link.ts";
import { explain } from "./explain.ts";
import { commandHelp, helpText, unknownCommand } from "./help.ts";
import { importCommand } from "./import-prosody.ts";
import { oauth } from "./oauth.ts";
import { refresh } from "./refresh.ts";
import { roster } from "./roster.ts";
import { start } from "./start.ts";
import { token } from "./token.ts";
import { user } from "./user.ts";

const help: Command = {
  name: "help",
  usage: "help [COMMAND]",
  summary: "say what the commands do",
  async run([name], io) {
    const command = COMMANDS.find((one) => one.name === name);
    if (name !== undefined && command === undefined) throw new UsageError(unknownCommand(name, COMMANDS));
    io.out(command === undefined ? helpText(COMMANDS) : commandHelp(command));
    return 0;
  },
};

const version: Command = {
  name: "version",
  usage: "version",
  summary: "print the version",
  async run(_, io) {
    io.out(VERSION);
    return 0;
  },
};

const COMMANDS: readonly Command[] = [
  start,
  check,
  user,
  appPassword,
  deviceLink,
  token,
  oauth,
  importCommand,
  refresh,
  roster,
  explain,
  admin,
  help,
  version,
];

const ALIASES: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};

/** Runs one command line; what goes wrong is told in words. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const [given = "help", ...rest] = args;
  const name = ALIASES[given] ?? given;
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    io.err(unknownCommand(name, COMMANDS));
    return 2;
  }
  if (rest.some((arg) => arg === "--help" || arg === "-h")) {
    io.out(commandHelp(command));
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    return failureOf(error, command, io);
  }
}

function failureOf(error: unknown, command: Command, io: Io): number {
  if (error instanceof UsageError) {
    io.err(`kith ${command.name}: ${error.message}\n\n${commandHelp(command)}`);
    return 2;
  }
  if (error instanceof KithError) {
    io.err(`${error.message}\n${KITH_ERRORS[error.code].remedy}`);
    return error.code.startsWith("config-") ? 2 : 1;
  }
  io.err(`kith ${command.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

export async function main(): Promise<void> {
  // The timers of the server's parts keep nobody alive; a command that waits for one must.
  const alive = setInterval(() => undefined, 60_000);
  const code = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    folder: process.cwd(),
    environment: process.env,
    stdin: process.stdin,
    stderr: process.stderr,
  });
  clearInterval(alive);
  process.exitCode = code;
  // Standard output may be a pipe that is still being written to; nothing else is waited for.
  process.stdout.write("", () => process.exit(code));
}
