import { Client } from "../load/client.ts";
import { closeAll, loginAll } from "../load/crowd.ts";
import { loners, type Person } from "../load/people.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

const SECONDS = 3;

/** Each person changes how they are as soon as the application has heard of the change before. */
export const events: Scenario = {
  row: "events",
  title: (size) =>
    `${people(size).length} people come and go from the keyboard: each change is told to the application`,
  needs: "events",
  fresh: true,
  people,
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const clients = new Map(people(bench.size).map(({ name }) => [name, new Client(name)]));
  const isAway = new Set<string>();
  let told = 0;
  let isRunning = true;
  bench.app.onPresence = (name) => {
    told += 1;
    if (!isRunning) return;
    const away = !isAway.delete(name);
    if (away) isAway.add(name);
    clients.get(name)?.send(away ? "<presence><show>away</show></presence>" : "<presence/>");
  };
  await loginAll([...clients.values()], bench.server.c2s);
  await bench.begin();
  for (let index = 0; index < bench.size.runs + 1; index += 1) {
    const before = told;
    const begun = bench.meter.read();
    await new Promise((resolve) => void setTimeout(resolve, (bench.size.quick ? 1 : SECONDS) * 1000));
    const { wall, server, load, serverLoad } = bench.meter.since(begun);
    const count = told - before;
    if (index === 0) continue; // warming up
    samples.add("CPU per event", "µs", (1000 * server) / count);
    samples.add("told", "1/s", (1000 * count) / wall);
    samples.add("server core busy", "%", serverLoad);
    samples.add("generator core busy", "%", load);
  }
  samples.add("resident after it", "MB", bench.meter.memory() / 1024);
  isRunning = false;
  await bench.meter.settle();
  await closeAll([...clients.values()]);
  return samples.figures();
}

function people(size: Size): Person[] {
  return loners("restless", size.quick ? 50 : 200);
}
