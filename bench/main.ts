/**
 * `npm run bench`: measures Kith, and Prosody and ejabberd where they are installed, and prints a table.
 * Nothing is asserted; bench/README.md says how to read it.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeDocs } from "./docs.ts";
import type { Message, Order } from "./generator.ts";
import { hotSpots } from "./hot-spots.ts";
import { describeMachine, machineLines } from "./machine.ts";
import { type Outcome, type Results, remarks, table } from "./report.ts";
import { drivers, scenarios } from "./rows.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { startPinned } from "./servers/child.ts";

const USAGE = `npm run bench -- [--rows all|msg,login,…] [--servers kith,prosody,ejabberd] [--runs 3] [--quick]
                 [--json file] [--with file] [--write-docs] [--profile folder] [--keep]
rows: ${scenarios.map(({ row }) => row).join(" ")} (or how their names begin)`;
const GENERATOR = fileURLToPath(new URL("generator.ts", import.meta.url));
const isTerminal = process.stderr.isTTY;

const { values } = parseArgs({
  options: {
    rows: { type: "string" },
    servers: { type: "string" },
    runs: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    with: { type: "string" },
    "write-docs": { type: "boolean", default: false },
    profile: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const rows = chosen(scenarios, values.rows, ({ row }) => row);
  const wanted = chosen(drivers, values.servers, ({ name }) => name);
  const size = { quick: values.quick, runs: Number(values.runs ?? (values.quick ? 1 : 3)) };
  if (!Number.isInteger(size.runs) || size.runs < 1) throw new Error(`--runs must be a number from 1\n${USAGE}`);
  const machine = describeMachine();
  const versions: string[] = [];
  const servers: string[] = [];
  const results = new Map<string, ReadonlyMap<string, Outcome>>();
  const earlier = values.with === undefined ? undefined : readEarlier(values.with);
  for (const driver of wanted) {
    const probe = driver.probe();
    versions.push(probe.ok ? [probe.version, ...probe.notes].join(", ") : `${driver.name} skipped: ${probe.reason}`);
    if (!probe.ok) continue;
    servers.push(driver.name);
    const profile = driver.name === "kith" ? values.profile : undefined;
    const core = machine.pinned?.server;
    const order = { server: driver.name, rows: rows.map(({ row }) => row), size, core, profile, keep: values.keep };
    results.set(driver.name, await generate(order, machine.pinned?.generator));
    keep({ machine, versions, size, results }); // whatever becomes of the servers that follow
    if (profile !== undefined) console.log(rows.flatMap(({ row }) => hotSpots(profile, row)).join("\n"));
  }
  for (const [name, outcomes] of earlier?.results ?? []) {
    if (results.has(name)) continue;
    servers.push(name);
    results.set(name, outcomes);
  }
  if (earlier !== undefined) versions.push(`the other columns by an earlier run: ${earlier.versions.join("; ")}`);
  const run = {
    about: machineLines(machine, versions),
    table: table(rows, servers, results),
    remarks: remarks(rows, servers, results, size),
    servers,
    results,
  };
  console.log(["", ...run.about, "", ...run.table, "", ...run.remarks].join("\n"));
  if (values["write-docs"]) writeDocs(run);
}

/** What `--json` kept: columns of servers that are not measured now. */
function readEarlier(file: string): { readonly versions: readonly string[]; readonly results: Results } {
  const kept = JSON.parse(readFileSync(file, "utf8")) as {
    versions: string[];
    results: Record<string, Record<string, Outcome>>;
  };
  const columns = Object.entries(kept.results).map(([name, rows]) => [name, new Map(Object.entries(rows))] as const);
  return { versions: kept.versions, results: new Map(columns) };
}

function keep({ results, ...about }: { readonly results: Results } & Readonly<Record<string, unknown>>): void {
  if (values.json === undefined) return;
  const columns = Object.fromEntries([...results].map(([name, outcomes]) => [name, Object.fromEntries(outcomes)]));
  writeFileSync(values.json, `${JSON.stringify({ ...about, results: columns }, undefined, 2)}\n`);
}

/** Runs one generator in a process of its own; resolves with its outcomes by row. */
async function generate(order: Order, core: number | undefined): Promise<Map<string, Outcome>> {
  if (order.profile !== undefined) mkdirSync(order.profile, { recursive: true });
  const child = startPinned(core, process.execPath, [GENERATOR, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const outcomes = new Map<string, Outcome>();
  const ended = exitOf(child);
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as Message;
      if (message.kind === "progress") progress(message.text);
      else if (message.kind === "missing") outcomes.set(message.row, { kind: "missing", reason: message.reason });
      else outcomes.set(message.row, { kind: "measured", figures: message.figures, lost: message.lost });
    }
  }
  progress("");
  const code = await ended;
  for (const row of order.rows) {
    if (outcomes.has(row)) continue;
    outcomes.set(row, { kind: "missing", reason: `the generator ended with exit code ${code} before it` });
  }
  return outcomes;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("exit", resolve);
  });
}

function progress(text: string): void {
  if (isTerminal) process.stderr.write(`\r\u001b[K${text}`);
  else if (text !== "") process.stderr.write(`${text}\n`);
}

/** The members of `all` whose names begin with one of the comma-separated words; all when nothing is asked. */
function chosen<Item extends Scenario | (typeof drivers)[number]>(
  all: readonly Item[],
  words: string | undefined,
  nameOf: (item: Item) => string,
): Item[] {
  if (words === undefined) return all.filter((item) => !("long" in item && item.long === true));
  if (words === "all") return [...all];
  const beginnings = words.split(",");
  for (const word of beginnings) {
    if (!all.some((item) => nameOf(item).startsWith(word)))
      throw new Error(`"${word}" is nothing to measure\n${USAGE}`);
  }
  const exact = (name: string): boolean => all.some((item) => nameOf(item) === name);
  return all.filter((item) =>
    beginnings.some((word) => nameOf(item) === word || (!exact(word) && nameOf(item).startsWith(word))),
  );
}
