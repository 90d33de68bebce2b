import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Meter } from "../load/meter.ts";
import { end } from "../servers/child.ts";
import { startWords, writeConfiguration } from "../servers/kith.ts";
import { type Bench, type Figure, type Need, Samples, type Scenario, type Size } from "./scenario.ts";

/** ms */
const DEADLINE = 60_000;
const METADATA = "/.well-known/oauth-authorization-server";
const NAMES = [
  ["without OAuth", "itself"],
  ["with OAuth", "oauth"],
] as const;

/** From the call of `kith start` to the line by which it is ready, with and without an authorization server. */
export const startup: Scenario = {
  row: "startup",
  title: (size) => `\`kith start\` until it is ready, ${starts(size)} times each, in turns`,
  needs: "itself",
  fresh: true,
  long: true,
  people: () => [],
  run,
};

async function run({ app, size }: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const folder = mkdtempSync(join(tmpdir(), "kith-bench-startup-"));
  try {
    const kinds = NAMES.map(([name, need]) => [name, prepare(folder, need, app.port)] as const);
    for (let index = 0; index < starts(size) + 1; index += 1) {
      for (const [name, words] of kinds) await measure(name, words, index === 0 ? new Samples() : samples); // the first makes the certificate
    }
    return samples.figures();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(folder: string, need: Need, appPort: number): readonly string[] {
  return startWords(writeConfiguration(mkdtempSync(join(folder, `${need}-`)), appPort, new Set([need])));
}

async function measure(name: string, words: readonly string[], samples: Samples): Promise<void> {
  const begun = performance.now();
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const http = await ready(child);
    const wall = performance.now() - begun;
    const meter = new Meter(child.pid ?? 0);
    samples.add(`${name}: ready`, "ms", wall);
    samples.add(`${name}: CPU until then`, "ms", meter.read().server);
    samples.add(`${name}: resident then`, "MB", meter.memory() / 1024);
    if (name === "with OAuth") await callEngine(http, meter, samples);
  } finally {
    await end(child);
  }
}

/** The engine of the authorization server is loaded by the first call that needs it. */
async function callEngine(http: number, meter: Meter, samples: Samples): Promise<void> {
  const begun = meter.read();
  const response = await fetch(`http://127.0.0.1:${http}${METADATA}`, { signal: AbortSignal.timeout(DEADLINE) });
  await response.text();
  if (!response.ok) throw new Error(`GET ${METADATA} was answered ${response.status}`);
  const { wall, server } = meter.since(begun);
  samples.add("with OAuth: first call of its engine", "ms", wall);
  samples.add("with OAuth: CPU of that", "ms", server);
  samples.add("with OAuth: resident after it", "MB", meter.memory() / 1024);
}

/** The port of HTTP in the line `kith ready pid=… http=…`. */
function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => reject(new Error(`kith is not ready after ${DEADLINE} ms`)), DEADLINE);
    const settle = (then: () => void): void => {
      clearTimeout(late);
      then();
    };
    child.once("error", (cause) => settle(() => reject(cause)));
    child.once("exit", (code) => settle(() => reject(new Error(`kith ended with exit code ${code}`))));
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const port = /^kith ready .*\bhttp=(\d+)(?= |\n)/m.exec(text)?.[1];
      if (port !== undefined) settle(() => resolve(Number(port)));
    });
  });
}

function starts(size: Size): number {
  return size.quick ? 5 : 5 * size.runs;
}
