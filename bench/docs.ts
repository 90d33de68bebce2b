/** Puts a run into docs/performance.md, between its two marks, and draws the plots beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { barTable, middleOf } from "./bars.ts";
import { type Chart, drawChart, type Series } from "./chart.ts";
import type { Outcome, Results } from "./report.ts";

const DOCS = join(import.meta.dirname, "../docs");
const [BEGIN, END] = ["<!-- written by npm run bench -->", "<!-- end of what is written -->"];

export interface Run {
  /** Machine and versions, as lines of Markdown. */
  readonly about: readonly string[];
  readonly table: readonly string[];
  readonly remarks: readonly string[];
  readonly servers: readonly string[];
  readonly results: Results;
}

export function writeDocs(run: Run): void {
  const file = join(DOCS, "performance.md");
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/performance.md has no ${BEGIN} before ${END}`);
  const plots = chartsOf(run.results);
  for (const [name, chart] of plots) writeFileSync(join(DOCS, "images", `${name}.svg`), drawChart(chart));
  const lines = [
    BEGIN,
    "",
    `Measured on ${new Date().toISOString().slice(0, 10)}.`,
    "",
    ...run.about,
    "",
    "### Beside the bars",
    "",
    ...barTable(run.servers, run.results),
    "",
    "### Growth",
    "",
    ...plots.map(([name, { title }]) => `![${title}](images/${name}.svg)`),
    "",
    "### All figures",
    "",
    "The median of the runs, and the lowest and highest.",
    "",
    ...run.table,
    "",
    ...run.remarks,
    "",
  ];
  writeFileSync(file, page.slice(0, begin) + lines.join("\n") + page.slice(end));
}

function chartsOf(results: Results): (readonly [string, Chart])[] {
  const kith = results.get("kith");
  const [clients, contacts] = [kith?.get("growth"), kith?.get("growthcontacts")];
  if (clients === undefined || contacts === undefined) return [];
  const online = (name: string, figure: string, factor = 1): Series =>
    seriesOf(clients, name, "online", figure, factor);
  const listed = (name: string, figure: string): Series => seriesOf(contacts, name, "contacts", figure, 1);
  return [
    [
      "performance-clients-cpu",
      {
        title: "CPU of the server as more clients are online",
        x: "clients online",
        y: "µs",
        series: [
          online("a message", "CPU per message"),
          online("a presence delivered", "CPU per presence"),
          online("a login, tens of µs", "CPU of a login by SCRAM-SHA-1", 100),
        ],
      },
    ],
    [
      "performance-clients-memory",
      {
        title: "Memory as more clients are online",
        x: "clients online",
        y: "MB",
        series: [online("resident", "resident")],
      },
    ],
    [
      "performance-contacts",
      {
        title: "CPU of the server as lists are longer",
        x: "contacts of the person",
        y: "ms",
        series: [
          listed("a login", "CPU of a login by SCRAM-SHA-1"),
          listed("a refresh, one renamed", "CPU of a refresh, one renamed"),
        ],
        isLogarithmic: true,
      },
    ],
  ];
}

/** The figures of one outcome whose names are `N word: figure`, over N. */
function seriesOf(outcome: Outcome, name: string, word: string, figure: string, factor: number): Series {
  const figures = outcome.kind === "measured" ? outcome.figures : [];
  const points = figures.flatMap((one): [number, number][] => {
    const [count, rest] = one.figure.split(` ${word}: `);
    if (rest !== figure) return [];
    return [[Number(count), factor * (middleOf(outcome, one.figure) ?? 0)]];
  });
  return { name, points };
}
