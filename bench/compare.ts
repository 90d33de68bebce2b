/**
 * `npm run bench:compare -- REF`: this tree and another commit in turns, by this tree's bench, so that both meet the same moods
 * of the machine; prints the difference of the medians, and how far apart the runs of one tree are.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SPEED } from "./machine.ts";
import { median, number, type Outcome } from "./report.ts";

const USAGE = "npm run bench:compare -- REF [--rows msg,presence20,login,refresh] [--turns 5] [--full]";
const ROOT = join(import.meta.dirname, "..");

const { values, positionals } = parseArgs({
  options: {
    rows: { type: "string", default: "msg,msg10,presence20,login,refresh" },
    turns: { type: "string", default: "5" },
    full: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const [reference] = positionals;
const turns = Number(values.turns);
if (reference === undefined || !Number.isInteger(turns) || turns < 1) throw new Error(USAGE);
compare(reference);

function compare(reference: string): void {
  const folder = mkdtempSync(join(tmpdir(), "kith-compare-"));
  const tree = join(folder, "tree");
  try {
    git("worktree", "add", "--detach", tree, reference);
    symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
    const [theirs, ours] = [new Map<string, number[]>(), new Map<string, number[]>()];
    for (let turn = 1; turn <= turns; turn += 1) {
      console.error(`turn ${turn} of ${turns}`);
      measure(tree, join(folder, "theirs.json"), theirs);
      measure(ROOT, join(folder, "ours.json"), ours);
    }
    console.log(table(reference, theirs, ours).join("\n"));
  } finally {
    spawnSync("git", ["worktree", "remove", "--force", tree], { cwd: ROOT });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One run of the rows against the Kith of `tree`; adds a value for each figure. */
function measure(tree: string, json: string, into: Map<string, number[]>): void {
  const main = join(import.meta.dirname, "main.ts");
  const words = [main, "--servers", "kith", "--rows", values.rows, "--runs", "1", "--json", json];
  const { status } = spawnSync(process.execPath, values.full ? words : [...words, "--quick"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, KITH_BENCH_TREE: tree },
  });
  if (status !== 0) throw new Error(`the bench of ${tree} ended with exit code ${status}`);
  const { results } = JSON.parse(readFileSync(json, "utf8")) as {
    readonly results: { readonly kith: Readonly<Record<string, Outcome>> };
  };
  for (const [row, outcome] of Object.entries(results.kith)) {
    if (outcome.kind !== "measured") continue;
    for (const { figure, unit, samples } of outcome.figures) {
      if (figure === SPEED) continue;
      const name = `${row} | ${figure}${unit === "" ? "" : `, ${unit}`}`;
      into.set(name, [...(into.get(name) ?? []), median(samples)]);
    }
  }
}

function table(
  reference: string,
  theirs: ReadonlyMap<string, readonly number[]>,
  ours: ReadonlyMap<string, readonly number[]>,
): string[] {
  const lines = [`| row | figure | ${reference} | this tree | difference |`, "|---|---|---:|---:|---:|"];
  for (const [name, after] of ours) {
    const before = theirs.get(name);
    if (before === undefined) continue;
    const [old, now] = [median(before), median(after)];
    const change = old === 0 ? "" : `${now >= old ? "+" : ""}${((100 * (now - old)) / old).toFixed(0)} %`;
    const isClear = Math.max(...after) < Math.min(...before) || Math.min(...after) > Math.max(...before);
    lines.push(`| ${name} | ${spread(before)} | ${spread(after)} | ${change}${isClear ? "" : ", within the spread"} |`);
  }
  return lines;
}

function spread(values: readonly number[]): string {
  return `${number(median(values))} (${number(Math.min(...values))}–${number(Math.max(...values))})`;
}

function git(...words: readonly string[]): void {
  const { status, stderr } = spawnSync("git", words, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
}
