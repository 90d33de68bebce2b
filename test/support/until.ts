/** Waiting for what somebody else does, in a test that has no event for it. */
import type { World } from "./world.ts";

const PATIENCE_MS = 15_000;

/** Settles when it is so; it is asked again each turn of the event loop. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  while (!(await isSo())) {
    if (late.aborted) throw new Error(`it never was so: ${isSo}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The server has noticed that so many clients are cut off, and waits for them (XEP-0198). */
export function gone(world: World, count: number): Promise<void> {
  return until(async () => {
    const text = await (await world.http("/metrics")).text();
    return text.includes(`kith_sessions_waiting ${count}\n`);
  });
}
