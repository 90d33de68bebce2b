/** `kith.run.json` in the data folder: how the commands find the running server. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

export interface RunFile {
  readonly pid: number;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** The HTTP side, without a slash at the end; null when it is off. */
  readonly url: string | null;
  readonly address: string;
  readonly domains: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
  /** A file that holds a token of the HTTP side; null: it stands in the configuration. */
  readonly tokenFile: string | null;
}

function pathIn(folder: string): string {
  return join(folder, "kith.run.json");
}

export function writeRunFile(folder: string, run: RunFile): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = pathIn(folder);
  const draft = `${path}.${run.pid}`;
  writeFileSync(draft, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Removes the file if it is this process's own. */
export function removeRunFile(folder: string): void {
  if (readRunFile(folder)?.pid === process.pid) rmSync(pathIn(folder), { force: true });
}

function readRunFile(folder: string): RunFile | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(pathIn(folder), "utf8"));
    return isRunFile(found) ? found : undefined;
  } catch {
    return undefined; // none, or half of one: nobody runs here
  }
}

/** What the commands go by; somebody may have put anything there. */
function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== "object" || value === null) return false;
  const { pid, address, ports, domains } = value as Partial<Record<keyof RunFile, unknown>>;
  const hasPorts = typeof ports === "object" && ports !== null && Object.values(ports).every(Number.isInteger);
  return Number.isInteger(pid) && typeof address === "string" && hasPorts && Array.isArray(domains);
}

/** The server that runs with this data folder. A file that a `kill -9` left behind does not count. */
export async function findRunning(folder: string): Promise<RunFile | undefined> {
  const run = readRunFile(folder);
  if (run === undefined || run.pid === process.pid || !isAlive(run.pid)) return undefined;
  for (const port of Object.values(run.ports)) if (await answers(run.address, port)) return run;
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, "code") === "EPERM";
  }
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(address), port, timeout: 2000 });
    const settle = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

/** An address by which this machine reaches a listener. */
export function reachable(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}
