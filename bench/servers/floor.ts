import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeCertificate } from "./certificate.ts";
import { end, startPinned } from "./child.ts";
import type { Driver } from "./server.ts";

const PROCESS = fileURLToPath(new URL("floor-process.ts", import.meta.url));

/** No server but what Node allows on this machine: the figures to compare others with across machines. */
export const floor: Driver = {
  name: "floor",
  probe: () => ({
    ok: true,
    version: `floor (canned answers, no parsing) on Node ${process.version}`,
    lists: "none",
    notes: [],
  }),
  async start({ core, folder, needs }) {
    const pair = needs.has("tls") ? await writeCertificate(folder) : undefined;
    const files = pair === undefined ? [] : [pair.cert, pair.key];
    const child = startPinned(core, process.execPath, [PROCESS, ...files], { stdio: ["ignore", "pipe", "inherit"] });
    if (child.stdout === null) throw new Error("the floor process has no output");
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      lines.once("line", (line) => resolve(Number(line)));
      child.once("exit", () => reject(new Error("the floor process did not start")));
    });
    return {
      pid: child.pid ?? 0,
      c2s: port,
      isCanned: true,
      refresh: () => Promise.reject(new Error("the floor has no lists")),
      stop: () => end(child),
    };
  },
};
