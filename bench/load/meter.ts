import { readdirSync, readFileSync } from "node:fs";
import { pause } from "./crowd.ts";

/** Clock ticks a second of /proc/PID/stat on Linux. */
const TICKS = 100;

/** A moment of the server process and of this one. CPU in ms since the start, wall clock in ms. */
export interface Reading {
  readonly wall: number;
  readonly server: number;
  /** Of it, Node's threads for long work: PBKDF2, nearly all of it. */
  readonly pool: number;
  readonly own: number;
}

/** What passed between two readings, all in ms. `load` and `serverLoad` are shares of one core in percent. */
export interface Span {
  readonly wall: number;
  readonly server: number;
  readonly pool: number;
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
    const { all, pool } = this.#cpu();
    return { wall: performance.now(), server: all, pool, own: (own.user + own.system) / 1000 };
  }

  /** What passed since `from`. */
  since(from: Reading): Span {
    const now = this.read();
    const wall = now.wall - from.wall;
    const server = now.server - from.server;
    const pool = now.pool - from.pool;
    const own = now.own - from.own;
    return { wall, server, pool, own, load: (100 * own) / wall, serverLoad: (100 * server) / wall };
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
    let before = this.#cpu().all;
    while (calm < 2 && performance.now() < end) {
      await pause(50);
      const now = this.#cpu().all;
      calm = now - before < 1 ? calm + 1 : 0;
      before = now;
    }
  }

  #cpu(): { all: number; pool: number } {
    const sum = { all: 0, pool: 0 };
    for (const pid of family(this.#pid)) {
      const { all, pool } = cpuOf(pid);
      sum.all += all;
      sum.pool += pool;
    }
    return sum;
  }
}

/** CPU of one process in ms: nanoseconds by thread where the kernel counts them, else clock ticks. */
function cpuOf(pid: number): { all: number; pool: number } {
  let all = 0;
  let pool = 0;
  for (const thread of listProc(`${pid}/task`)) {
    const nanoseconds = Number(readProc(`${pid}/task/${thread}/schedstat`).split(" ")[0] ?? 0);
    all += nanoseconds;
    if (readProc(`${pid}/task/${thread}/comm`).startsWith("libuv-worker")) pool += nanoseconds;
  }
  if (all > 0) return { all: all / 1e6, pool: pool / 1e6 };
  const stat = readProc(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { all: ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS, pool: 0 };
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
