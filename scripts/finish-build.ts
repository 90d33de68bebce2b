/** After `tsc`: the command is executable, what the pages load is beside their routes, and what the package promises is there. */
import { chmodSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const main = join(root, "dist/cli/main.js");
for (const file of [main, join(root, "dist/index.js"), join(root, "dist/index.d.ts")]) {
  if (!existsSync(file)) throw new Error(`the build left no ${file}`);
}
if (!readFileSync(main, "utf8").startsWith("#!/usr/bin/env node\n"))
  throw new Error("dist/cli/main.js has no first line");
chmodSync(main, 0o755);
for (const folder of ["http/admin/public", "http/oauth/pages/public"]) {
  cpSync(join(root, "src", folder), join(root, "dist", folder), { recursive: true });
}
