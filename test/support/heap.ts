/** What is held in memory, for tests that it has a bound. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { settle } from "./clock.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Octets, after everything was let go: the test runner remembers what ran until a turn after the collection. */
export async function heapInUse(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect();
    await settle();
  }
  return process.memoryUsage().heapUsed;
}
