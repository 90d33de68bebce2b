import type { Figure, Scenario, Size } from "./scenarios/scenario.ts";

/** What one server gave for one row. */
export type Outcome =
  | { readonly kind: "measured"; readonly figures: readonly Figure[]; readonly lost: number }
  | { readonly kind: "missing"; readonly reason: string };

/** Outcomes by server, then row. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Outcome>>;

/** The table as Markdown: a line per figure, a column per server, the median of the runs with the lowest and highest. */
export function table(rows: readonly Scenario[], servers: readonly string[], results: Results): string[] {
  const lines = [`| row | figure | ${servers.join(" | ")} |`, `|---|---|${servers.map(() => "---:").join("|")}|`];
  for (const { row } of rows) {
    const seen = servers.map((server) => results.get(server)?.get(row));
    const figures = new Map<string, string>();
    for (const outcome of seen) {
      if (outcome?.kind === "measured") for (const { figure, unit } of outcome.figures) figures.set(figure, unit);
    }
    for (const [figure, unit] of figures) {
      const name = unit === "" ? figure : `${figure}, ${unit}`;
      lines.push(`| ${row} | ${name} | ${seen.map((outcome) => cell(outcome, figure)).join(" | ")} |`);
    }
  }
  return lines;
}

/** What each row does, and what could not be measured and why. */
export function remarks(rows: readonly Scenario[], servers: readonly string[], results: Results, size: Size): string[] {
  const lines = rows.map((scenario) => `- ${scenario.row}: ${scenario.title(size)}`);
  for (const server of servers) {
    const reasons = new Map<string, string[]>();
    for (const { row } of rows) {
      const reason = remark(results.get(server)?.get(row));
      if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), row]);
    }
    for (const [reason, names] of reasons) lines.push(`- ${server}, ${names.join(" ")}: ${reason}`);
  }
  return lines;
}

function remark(outcome: Outcome | undefined): string | undefined {
  if (outcome?.kind === "missing") return `n/a, ${outcome.reason.replace(/\s+/g, " ").slice(0, 400)}`;
  if (outcome !== undefined && outcome.lost > 0) return `the server cut ${outcome.lost} connections`;
  return undefined;
}

/** The middle of the sorted values, the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function cell(outcome: Outcome | undefined, figure: string): string {
  const samples = outcome?.kind === "measured" ? outcome.figures.find((one) => one.figure === figure)?.samples : [];
  if (samples === undefined || samples.length === 0) return "n/a";
  const [low, high] = [Math.min(...samples), Math.max(...samples)];
  const middle = number(median(samples));
  return number(low) === number(high) ? middle : `${middle} (${number(low)}–${number(high)})`;
}

/** Three digits or so. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return String(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}
