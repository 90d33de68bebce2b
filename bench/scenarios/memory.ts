import { Client } from "../load/client.ts";
import { closeAll, loginAll, pause } from "../load/crowd.ts";
import { withAbsent } from "../load/people.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

/** Logged in and out before the first reading, so that code and pools are there. */
const WARM = { quick: 30, full: 100 };

/** Resident memory that one more idle client costs, with lists of `contacts` people who are not online. */
function memoryScenario(contacts: number, full: number, quick: number): Scenario {
  const people = (size: Size) => withAbsent(`idle${contacts}n`, warmers(size) + (size.quick ? quick : full), contacts);
  return {
    row: `memory${contacts}`,
    title: (size) => `${size.quick ? quick : full} idle clients with ${contacts} contacts`,
    needs: contacts === 0 ? "nothing" : "contacts",
    fresh: true,
    people,
    run: (bench) =>
      run(
        bench,
        people(bench.size).map(({ name }) => name),
      ),
  };
}

export const memory0 = memoryScenario(0, 2000, 500);
export const memory50 = memoryScenario(50, 800, 150);
export const memory200 = memoryScenario(200, 400, 100);

async function run(bench: Bench, names: readonly string[]): Promise<Figure[]> {
  const samples = new Samples();
  const warm = names.slice(0, warmers(bench.size)).map((name) => new Client(name));
  await loginAll(warm, bench.server.c2s);
  await closeAll(warm);
  await bench.meter.settle();
  const empty = bench.meter.memory();
  const clients = names.slice(warmers(bench.size)).map((name) => new Client(name));
  await bench.begin();
  const begun = bench.meter.read();
  await loginAll(clients, bench.server.c2s);
  await bench.meter.settle();
  const { server } = bench.meter.since(begun);
  await pause(bench.size.quick ? 1000 : 3000);
  const full = bench.meter.memory();
  samples.add("resident per client", "KB", (full - empty) / clients.length);
  samples.add("resident, nobody online", "MB", empty / 1024);
  samples.add("resident, all online", "MB", full / 1024);
  samples.add("CPU per login", "ms", server / clients.length);
  await closeAll(clients);
  return samples.figures();
}

function warmers(size: Size): number {
  return size.quick ? WARM.quick : WARM.full;
}
