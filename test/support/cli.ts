/** The command line: in this process, which takes milliseconds, or as the program itself. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { run } from "../../src/cli/run.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one command here, with `input` on its standard input; all that it touches is handed to it. */
export async function kith(folder: string, args: readonly string[], input = ""): Promise<Ended> {
  let out = "";
  let err = "";
  const code = await run(args, {
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    folder,
    environment: process.env,
    stdin: Readable.from([input]) as unknown as NodeJS.ReadStream,
    stderr: process.stderr,
  });
  return { code, out, err };
}

/** The program, as a process of its own. */
export function launch(
  folder: string,
  args: readonly string[],
  input = "",
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: "pipe" });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  return { child, ended };
}

/** The same, to its end. */
export function kithProgram(folder: string, args: readonly string[], input = ""): Promise<Ended> {
  return launch(folder, args, input).ended;
}
