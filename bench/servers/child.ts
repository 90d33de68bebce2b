import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createConnection, createServer } from "node:net";
import { pause } from "../load/crowd.ts";

/** How long a server may take to accept connections, ms. */
const START_DEADLINE = 120_000;
/** How long it may take to end before it is killed, ms. */
const STOP_DEADLINE = 15_000;

/** Whether `taskset` is there to pin processes. */
export const canPin = spawnSync("taskset", ["-p", String(process.pid)]).status === 0;

/** Files for 20 000 clients, where this process may ask for so many. */
const FILES = "--nofile=65536:65536";
/** Whether `prlimit` is there to open more of them. */
const canOpenMany = spawnSync("prlimit", [FILES, "true"]).status === 0;

/** Starts a program pinned to `core`. taskset and prlimit replace themselves by the program, so the pid is the program's. */
export function startPinned(
  core: number | undefined,
  command: string,
  parameters: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const words = [
    ...(core === undefined ? [] : ["taskset", "-c", String(core)]),
    ...(canOpenMany ? ["prlimit", FILES] : []),
    command,
    ...parameters,
  ];
  return spawn(words[0] ?? command, words.slice(1), options);
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until 127.0.0.1:`port` accepts connections; fails when the child ends before. */
export async function listening(child: ChildProcess, port: number, what: string): Promise<void> {
  const end = performance.now() + START_DEADLINE;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${what} ended with exit code ${child.exitCode} instead of listening`);
    if (performance.now() > end) throw new Error(`${what} does not listen on port ${port}`);
    await pause(50);
  }
}

/** Ends the child and waits. By default it is asked, and killed when it does not end; peers, whose data is thrown away, are killed at once. */
export async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  child.kill(signal);
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE);
  await ended;
  clearTimeout(killer);
}

/** First line that a command prints and `pattern` matches, or undefined when it cannot be run. */
export function outputOf(command: string, parameters: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr, error } = spawnSync(command, parameters, { encoding: "utf8", timeout: 30_000 });
  if (error !== undefined) return undefined;
  return pattern.exec(`${stdout}\n${stderr}`)?.[0];
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
