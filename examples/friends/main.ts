/** `npm start`: the demonstration, until Ctrl-C. `--data FOLDER` keeps its databases elsewhere, `--any-port` takes free ports. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ANY_PORTS, type Demo, startDemo, USUAL_PORTS } from "./demo.ts";

const PATIENCE_MS = 8000;

const { values } = parseArgs({
  options: { data: { type: "string" }, "any-port": { type: "boolean", default: false } },
});
const dataFolder = values.data ?? fileURLToPath(new URL("./data", import.meta.url));
const ports = values["any-port"] ? ANY_PORTS : USUAL_PORTS;

try {
  const demo = await startDemo(dataFolder, ports);
  console.log(demo.banner);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void end(demo));
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  console.error(
    text.includes("database is locked")
      ? `Friends runs already, with its data in ${dataFolder}.`
      : `Friends cannot start: ${text}`,
  );
  process.exit(1);
}

/** A second Ctrl-C does not wait. */
async function end(demo: Demo): Promise<void> {
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
  await demo.close();
  process.exit(0);
}
