import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { pause } from "../load/crowd.ts";

/** Samples of the CPU profile, µs apart. */
const INTERVAL = 250;

/** Takes a CPU profile of a Node process that was started with `--inspect`, from now until the returned function is called. */
export async function profileBy(inspectorUrl: string, file: string): Promise<() => Promise<void>> {
  const socket = new WebSocket(inspectorUrl);
  const answers = new Map<number, (result: unknown) => void>();
  let last = 0;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the inspector does not answer")));
  });
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) answers.get(id)?.(result);
  });
  const call = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve) => {
      last += 1;
      answers.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: INTERVAL });
  await call("Profiler.start");
  return async () => {
    const { profile } = (await call("Profiler.stop")) as { profile: unknown };
    await mkdir(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(profile));
    socket.close();
  };
}

/** Where the process that logs to `file` can be inspected. */
export async function inspectorIn(file: string): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const url = /ws:\/\/\S+/.exec(readFileSync(file, "utf8"))?.[0];
    if (url !== undefined) return url;
    await pause(50);
  }
  throw new Error("the process does not tell where it can be inspected");
}
