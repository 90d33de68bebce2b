import { Client } from "../load/client.ts";
import { closeAll, loginAll } from "../load/crowd.ts";
import { loners, type Person } from "../load/people.ts";
import { readStream } from "../load/stream.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

const SECONDS = 3;

/** Each person changes how they are as soon as the application has heard of the change before. */
function eventScenario(row: string, needs: "events" | "stream", how: string): Scenario {
  return {
    row,
    title: (size) =>
      `${people(size).length} people come and go from the keyboard: each change is told to the application by ${how}`,
    needs,
    fresh: true,
    long: needs === "stream",
    people,
    run: (bench) => run(bench, needs),
  };
}

export const events = eventScenario("events", "events", "webhook");
export const eventstream = eventScenario("eventstream", "stream", "GET /events");

async function run(bench: Bench, by: "events" | "stream"): Promise<Figure[]> {
  const samples = new Samples();
  const clients = new Map(people(bench.size).map(({ name }) => [name, new Client(name)]));
  const isAway = new Set<string>();
  let told = 0;
  let isRunning = true;
  const onPresence = (name: string): void => {
    told += 1;
    if (!isRunning) return;
    const away = !isAway.delete(name);
    if (away) isAway.add(name);
    clients.get(name)?.send(away ? "<presence><show>away</show></presence>" : "<presence/>");
  };
  bench.app.onPresence = onPresence;
  const { http } = bench.server;
  const stop = by === "stream" && http !== undefined ? await readStream(http, onPresence) : undefined;
  await loginAll([...clients.values()], bench.server.c2s);
  await bench.begin();
  for (let index = 0; index < bench.size.runs + 1; index += 1) {
    const before = told;
    const stored = bench.server.stored?.() ?? 0;
    const begun = bench.meter.read();
    await new Promise((resolve) => void setTimeout(resolve, (bench.size.quick ? 1 : SECONDS) * 1000));
    const { wall, server, load, serverLoad } = bench.meter.since(begun);
    const count = told - before;
    if (index === 0) continue; // warming up
    samples.add("CPU per event", "µs", (1000 * server) / count);
    samples.add("told", "1/s", (1000 * count) / wall);
    samples.add("stored per event", "bytes", ((bench.server.stored?.() ?? 0) - stored) / count);
    samples.add("server core busy", "%", serverLoad);
    samples.add("generator core busy", "%", load);
  }
  samples.add("resident after it", "MB", bench.meter.memory() / 1024);
  isRunning = false;
  await bench.meter.settle();
  stop?.();
  await closeAll([...clients.values()]);
  return samples.figures();
}

function people(size: Size): Person[] {
  return loners("restless", size.quick ? 50 : 200);
}
