import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How many functions are listed. */
const TOP = 15;

/** The parts of a `.cpuprofile` that are read here; times in µs. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions with the largest own time in the profile of `row` in `folder`, as lines of Markdown. */
export function hotSpots(folder: string, row: string): string[] {
  const file = join(folder, `${row}.cpuprofile`);
  if (!existsSync(file)) return [`no profile for ${row}`];
  const profile = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? "?";
    if (name === "(idle)") return;
    const time = profile.timeDeltas[index] ?? 0;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  const lines = top.map(
    ([name, time]) => `| ${((100 * time) / busy).toFixed(1)} | ${(time / 1000).toFixed(0)} | ${name} |`,
  );
  return [
    "",
    `${row}: busy ${(busy / 1000).toFixed(0)} ms`,
    "",
    "| % | own ms | function |",
    "|---:|---:|---|",
    ...lines,
  ];
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const at =
    url.lastIndexOf("/src/") >= 0 ? url.slice(url.lastIndexOf("/src/") + 1) : url.replace(/^.*node_modules\//, "");
  const name = functionName === "" ? "(anonymous)" : functionName;
  return at === "" ? name : `${name} ${at}:${lineNumber + 1}`;
}
