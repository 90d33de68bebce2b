/**
 * `npm test`: every test file of the tree, or of the folders, files and patterns that are given; flags (`--name=value`) are
 * for `node --test`. As many files at once as there are processors.
 */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EVERYTHING = ["src", "sdk", "test", "examples"];
const LEAST_AT_ONCE = 2;

const given = process.argv.slice(2);
const flags = given.filter((argument) => argument.startsWith("-"));
const named = given.filter((argument) => !argument.startsWith("-"));
const isFolder = (name: string): boolean =>
  statSync(join(ROOT, name), { throwIfNoEntry: false })?.isDirectory() === true;
const files = (named.length > 0 ? named : EVERYTHING).map((name) => (isFolder(name) ? `${name}/**/*.test.ts` : name));
const atOnce = Math.max(LEAST_AT_ONCE, availableParallelism());
const options = ["--test", "--test-timeout=120000", `--test-concurrency=${atOnce}`, ...flags];

const runner = spawn(process.execPath, [...options, ...files], {
  cwd: ROOT,
  stdio: "inherit",
  // Each file is a process that loads most of the sources: compiled and without their types they are kept from one to the next.
  env: { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/node"), ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
runner.on("close", (code) => {
  process.exitCode = code ?? 1;
});
