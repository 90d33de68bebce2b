#!/usr/bin/env node
/** The command `kith`: says so where Node is too old, before anything is loaded that needs a newer one. */

const OLDEST = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  process.stderr.write(`Kith needs Node ${OLDEST} or newer; this is ${process.versions.node} (${process.execPath}).\n`);
  process.exit(1);
}
const { tuneHeap } = await import("./heap.ts");
tuneHeap(`${process.execArgv.join(" ")} ${process.env["NODE_OPTIONS"] ?? ""}`); // before much is loaded, by which it grows
const { main } = await import("./run.ts");
await main();
