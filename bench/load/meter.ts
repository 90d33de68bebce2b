import { readdirSync, readFileSync } from "node:fs";
import { pause } from "./crowd.ts";

/** Clock ticks a second of /proc/PID/stat on Linux. */
const TICKS = 100;

/** A moment of the server process and of this one. CPU in ms since the start, wall clock in ms. */
export interface Reading {
  readonly wall: number;
  readonly server: number;
  readonly own: number;
}

/** What passed between two readings, all in ms. `load` and `serverLoad` are shares of one core in percent. */
export interface Span {
  readonly wall: number;
  readonly server: number;
  readonly own: number;
  readonly load: number;
  readonly serverLoad: number;
}

/** Reads what the server process, its children and all their threads cost, from /proc. */
export class Meter {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  read(): Reading {
    const own = process.cpuUsage();
    return { wall: performance.now(), server: this.#cpu(), own: (own.user + own.system) / 1000 };
  }

  /** What passed since `from`. */
  since(from: Reading): Span {
    const now = this.read();
    const wall = now.wall - from.wall;
    const server = now.server - from.server;
    const own = now.own - from.own;
    return { wall, server, own, load: (100 * own) / wall, serverLoad: (100 * server) / wall };
  }

  /** Resident memory of the server and its children, in KB (1024 bytes). */
  memory(): number {
    let sum = 0;
    for (const pid of family(this.#pid)) {
      const line = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`${pid}/status`));
      sum += Number(line?.[1] ?? 0);
    }
    return sum;
  }

  /** Waits until the server rests: under 2 % of a core for two pieces of 50 ms, at most `deadline` ms. */
  async settle(deadline = 5000): Promise<void> {
    const end = performance.now() + deadline;
    let calm = 0;
    let before = this.#cpu();
    while (calm < 2 && performance.now() < end) {
      await pause(50);
      const now = this.#cpu();
      calm = now - before < 1 ? calm + 1 : 0;
      before = now;
    }
  }

  #cpu(): number {
    let sum = 0;
    for (const pid of family(this.#pid)) sum += cpuOf(pid);
    return sum;
  }
}

/** CPU of one process in ms: nanoseconds by thread where the kernel counts them, else clock ticks. */
function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of listProc(`${pid}/task`)) {
    nanoseconds += Number(readProc(`${pid}/task/${thread}/schedstat`).split(" ")[0] ?? 0);
  }
  if (nanoseconds > 0) return nanoseconds / 1e6;
  const stat = readProc(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS;
}

function family(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index += 1) {
    for (const thread of listProc(`${found[index]}/task`)) {
      const children = readProc(`${found[index]}/task/${thread}/children`).trim();
      if (children !== "") found.push(...children.split(" ").map(Number));
    }
  }
  return found;
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch {
    return ""; // the process or thread ended between listing and reading
  }
}

function listProc(path: string): string[] {
  try {
    return readdirSync(`/proc/${path}`);
  } catch {
    return []; // the process ended
  }
}
