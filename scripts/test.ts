/**
 * `npm test`: every test file of the tree, or of the folders, files and patterns that are given; flags (`--name=value`) are
 * for `node --test`. As many processes at once as there are processors.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EVERYTHING = ["src", "sdk", "test", "examples"];
/** Starting a process and loading the sources takes longer than most files: those of these folders share one, a dozen each. */
const SHARING = /^(?:test\/scenarios|src\/(?:xmpp|contacts|sessions|modules|login|storage|config|http)|sdk)(?=\/)/;
const DOZEN = 12;
/** Whoever looks at the heap, or changes what a process has once, stays alone. */
const ALONE = /support\/heap\.ts|setFlagsFromString|process\.(?:env\[|on\()/;
const LEAST_AT_ONCE = 2;

const given = process.argv.slice(2);
const flags = given.filter((argument) => argument.startsWith("-"));
const named = given.filter((argument) => !argument.startsWith("-"));
const folder = mkdtempSync(join(tmpdir(), "kith-tests-"));
const atOnce = Math.max(LEAST_AT_ONCE, availableParallelism());
const options = ["--test", "--test-timeout=300000", `--test-concurrency=${atOnce}`, ...flags];

const runner = spawn(process.execPath, [...options, ...(named.length > 0 ? named.map(inFolder) : everything())], {
  cwd: ROOT,
  stdio: "inherit",
  // Compiled and without their types the sources are kept from one process to the next.
  env: { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/node"), ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
runner.on("close", (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});

function inFolder(name: string): string {
  const isFolder = statSync(join(ROOT, name), { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? `${name}/**/*.test.ts` : name;
}

/** Those that share a process first: they take longest. */
function everything(): readonly string[] {
  const files = globSync(EVERYTHING.map(inFolder), { cwd: ROOT, exclude: (name) => name === "node_modules" }).sort();
  const shared = new Map<string, string[]>();
  const alone: string[] = [];
  for (const file of files) {
    const [room] = SHARING.exec(file) ?? [];
    if (room === undefined || ALONE.test(readFileSync(join(ROOT, file), "utf8"))) alone.push(file);
    else shared.set(room, [...(shared.get(room) ?? []), file]);
  }
  const groups = [...shared].flatMap(([room, all]) => dozens(all).map((some, index) => together(room, index, some)));
  return [...groups, ...alone];
}

function dozens(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / DOZEN);
  return Array.from({ length: count }, (_, at) => files.filter((_file, index) => index % count === at));
}

/** A file that runs others, each as a suite of its own: hooks of one are not those of another. None may get lost. */
function together(room: string, index: number, files: readonly string[]): string {
  const path = join(folder, `${room.replaceAll("/", "-")}-${index}.test.mjs`);
  const suites = files.map((file) => [file, pathToFileURL(join(ROOT, file)).href]);
  const text = `import { describe } from "node:test";
const suites = ${JSON.stringify(suites)};
let loaded = 0;
for (const [file, url] of suites) {
  describe(file, async () => {
    await import(url);
    loaded += 1;
  });
}
process.on("exit", () => {
  if (loaded === suites.length) return;
  console.error(loaded + " of " + suites.length + " files were loaded");
  process.exitCode = 1;
});
`;
  writeFileSync(path, text);
  return path;
}
