import { pbkdf2Sync } from "node:crypto";
import { cpus, loadavg, release, totalmem } from "node:os";
import { canPin } from "./servers/child.ts";

/** Where the figures come from: without it they mean nothing. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  /** Load average of the last minute before the first row. */
  readonly load: number;
  /** Core of the server and of the generator, or undefined when both float. */
  readonly pinned: { readonly server: number; readonly generator: number } | undefined;
  /** CPU ms of one PBKDF2 at 4 096 and 10 000 rounds: what a login with hashed passwords cannot be cheaper than. */
  readonly pbkdf2: Readonly<Record<string, number>>;
}

/** Figure of every row: how fast the machine was before and after it. One that is shared is slower at some times than at others. */
export const SPEED = "machine: one PBKDF2";

/** Looks at the machine; takes some 100 ms. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: release(),
    node: process.version,
    load: loadavg()[0] ?? 0,
    pinned: canPin && processors.length >= 2 ? { server: 0, generator: 1 } : undefined,
    pbkdf2: {
      "SHA-1, 4 096 rounds": pbkdf2Cost(4096, 20, "sha1"),
      "SHA-1, 10 000 rounds": pbkdf2Cost(10_000, 20, "sha1"),
      "SHA-256, 10 000 rounds": pbkdf2Cost(10_000, 32, "sha256"),
    },
  };
}

/** The machine as lines of Markdown. */
export function machineLines(machine: Machine, versions: readonly string[]): string[] {
  const { pinned, pbkdf2 } = machine;
  const cores = pinned === undefined ? "not pinned" : `server on ${pinned.server}, generator on ${pinned.generator}`;
  const costs = Object.entries(pbkdf2).map(([name, cost]) => `${name} ${cost.toFixed(2)} ms`);
  return [
    `- ${machine.processor}, ${machine.cores} cores (${cores}), ${machine.memory}, Linux ${machine.kernel}, Node ${machine.node}`,
    `- load average before the first row: ${machine.load.toFixed(2)}`,
    `- ${versions.join("; ")}`,
    `- one PBKDF2: ${costs.join(", ")}`,
  ];
}

/** CPU ms, by default as Kith pays it for a login by PLAIN. */
export function pbkdf2Cost(rounds = 10_000, length = 32, digest = "sha256"): number {
  const samples: number[] = [];
  for (let index = 0; index < 15; index += 1) {
    const begun = process.cpuUsage();
    pbkdf2Sync("pencil", "salt of 16 bytes", rounds, length, digest);
    const { user, system } = process.cpuUsage(begun);
    samples.push((user + system) / 1000);
  }
  return samples.sort((a, b) => a - b)[7] ?? 0;
}
