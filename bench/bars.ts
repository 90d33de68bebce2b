/** What Kith is to reach, row by row, and whether it did. */
import { SPEED } from "./machine.ts";
import { median, number, type Outcome, type Results } from "./report.ts";

interface Bar {
  readonly what: string;
  readonly row: string;
  /** Figure of the row; with `*` before it the largest of all that end so. */
  readonly figure: string;
  readonly unit: string;
  readonly most: number;
  /** On top of `most`: what one PBKDF2 cost in the same row. */
  readonly pbkdf2?: true;
}

const CPU = "CPU per delivered";
const LOGIN = "CPU per login";
const EACH = "resident per client";

const BARS: readonly Bar[] = [
  { what: "message, one on the way per person: CPU", row: "msg", figure: CPU, unit: "µs", most: 40 },
  { what: "message, ten on the way per person: CPU", row: "msg10", figure: CPU, unit: "µs", most: 12 },
  {
    what: "message, carbons and stream management on where there are any: CPU",
    row: "msgextras",
    figure: CPU,
    unit: "µs",
    most: 50,
  },
  { what: "500 messages a second: p50", row: "latency", figure: "p50", unit: "ms", most: 0.35 },
  { what: "500 messages a second: p99", row: "latency", figure: "p99", unit: "ms", most: 4 },
  { what: "presence, 20 contacts online: CPU", row: "presence20", figure: CPU, unit: "µs", most: 10 },
  { what: "presence, 50 contacts online: CPU", row: "presence50", figure: CPU, unit: "µs", most: 10 },
  { what: "login, no contacts: CPU", row: "login", figure: LOGIN, unit: "ms", most: 0.8, pbkdf2: true },
  { what: "login, 20 contacts online: CPU", row: "login20", figure: LOGIN, unit: "ms", most: 1.3, pbkdf2: true },
  { what: "login, 50 contacts online: CPU", row: "login50", figure: LOGIN, unit: "ms", most: 2.2, pbkdf2: true },
  {
    what: "login, hashed passwords, PLAIN: CPU",
    row: "loginhashed",
    figure: LOGIN,
    unit: "ms",
    most: 0.8,
    pbkdf2: true,
  },
  { what: "login, hashed passwords, SCRAM-SHA-1: CPU", row: "loginscram", figure: LOGIN, unit: "ms", most: 1 },
  { what: "login, STARTTLS and SCRAM-SHA-1: CPU", row: "logintls", figure: LOGIN, unit: "ms", most: 2.2 },
  { what: "idle client, no contacts", row: "memory0", figure: EACH, unit: "KB", most: 10 },
  { what: "idle client, 50 contacts", row: "memory50", figure: EACH, unit: "KB", most: 16 },
  { what: "idle client, 200 contacts", row: "memory200", figure: EACH, unit: "KB", most: 30 },
  { what: "idle client, TLS on top", row: "memorytls", figure: "TLS on top", unit: "KB", most: 60 },
  {
    what: "refresh of 1 000 online, three changes each: last push",
    row: "refresh",
    figure: "last push",
    unit: "ms",
    most: 300,
  },
  { what: "the same: CPU a person, one GET each", row: "refresh", figure: "CPU per person", unit: "ms", most: 0.4 },
  {
    what: "the same: CPU a person, with `batchUrl`",
    row: "refreshbatch",
    figure: "CPU per person",
    unit: "ms",
    most: 0.2,
  },
  { what: "refresh of 5 000 offline", row: "offline", figure: "answer", unit: "ms", most: 10 },
  { what: "one refresh: push p50", row: "push", figure: "push p50", unit: "ms", most: 2 },
  { what: "one refresh: push p99", row: "push", figure: "push p99", unit: "ms", most: 8 },
  {
    what: "20 000 clients online (or as many as files may be open), all together",
    row: "growth",
    figure: "*online: resident",
    unit: "MB",
    most: 400,
  },
  {
    what: "100 000 contacts: longest hold of the event loop",
    row: "big",
    figure: "*longest hold",
    unit: "ms",
    most: 50,
  },
];

/** A table: each bar, what each server has there, whether Kith is below it, and how fast the machine was with Kith's row. */
export function barTable(servers: readonly string[], results: Results): string[] {
  const peers = servers.filter((server) => server !== "kith");
  const lines = [
    `| figure | ${peers.join(" | ")} | kith | bar | met | machine, ms |`,
    `|---|${peers.map(() => "---:").join("|")}|---:|---:|---|---:|`,
  ];
  for (const bar of BARS) {
    const outcome = results.get("kith")?.get(bar.row);
    const own = middleOf(outcome, bar.figure);
    const most = limitOf(bar, outcome);
    const cells = peers.map((server) => cell(middleOf(results.get(server)?.get(bar.row), bar.figure)));
    const met = own === undefined ? "not measured" : own <= most ? "yes" : "**no**";
    lines.push(
      `| ${bar.what}, ${bar.unit} | ${cells.join(" | ")} | ${cell(own)} | ${number(most)} | ${met} | ${cell(slowest(outcome))} |`,
    );
  }
  return lines;
}

/** Median of a figure; undefined where it was not measured. */
export function middleOf(outcome: Outcome | undefined, figure: string): number | undefined {
  if (outcome?.kind !== "measured") return undefined;
  const isMeant = figure.startsWith("*")
    ? (name: string): boolean => name.endsWith(figure.slice(1))
    : (name: string): boolean => name === figure;
  const found = outcome.figures.filter((one) => isMeant(one.figure)).map(({ samples }) => median(samples));
  return found.length === 0 ? undefined : Math.max(...found);
}

/** ms of one PBKDF2, before or after the row. */
function slowest(outcome: Outcome | undefined): number | undefined {
  if (outcome?.kind !== "measured") return undefined;
  const samples = outcome.figures.find(({ figure }) => figure === SPEED)?.samples;
  return samples && Math.max(...samples);
}

function limitOf({ most, pbkdf2 }: Bar, outcome: Outcome | undefined): number {
  return pbkdf2 === undefined ? most : most + (middleOf(outcome, "one PBKDF2 then") ?? 0);
}

function cell(value: number | undefined): string {
  return value === undefined ? "–" : number(value);
}
