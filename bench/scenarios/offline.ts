import { loners, type Person } from "../load/people.ts";
import { type Bench, type Figure, Samples, type Scenario, warmUp } from "./scenario.ts";

const NAMES = 5000;
/** Rounds until the code is compiled. */
const WARMING = 20;

/** Refresh of people who are not online and of whom the server holds nothing. */
export const offline: Scenario = {
  row: "offline",
  title: () => `refresh naming ${NAMES} people who are offline`,
  needs: "changes",
  fresh: false,
  people: (): Person[] => [],
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  if (!bench.pulls) return samples.figures();
  const changes = loners("absent", NAMES).map(({ name }) => ({ person: name, put: [], drop: [] }));
  const warming = warmUp(bench.size, WARMING);
  for (let index = 0; index < bench.size.runs + warming; index += 1) {
    if (index === warming) await bench.begin();
    const fetches = bench.app.fetches;
    const begun = performance.now();
    await bench.server.refresh(changes);
    const answered = performance.now() - begun;
    await bench.meter.settle();
    if (index < warming) continue;
    samples.add("answer", "ms", answered);
    samples.add("fetches seen", "", bench.app.fetches - fetches);
  }
  return samples.figures();
}
