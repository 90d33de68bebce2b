import { Client } from "../load/client.ts";
import { closeAll, loginAll, pause } from "../load/crowd.ts";
import { type Person, withAbsent } from "../load/people.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

/** Contacts of those with whom the others, who have none, are compared: of 2 000 people together a million. */
const CONTACTS = 500;
const WARM = 40;

/** What one more person and one more contact cost: by the difference of people with none and with 100 contacts. */
export const cost: Scenario = {
  row: "cost",
  title: (size) =>
    `one more: ${count(size)} people without contacts, then as many with ${CONTACTS} each who are not online`,
  needs: "contacts",
  fresh: true,
  long: true,
  people: (size) => [...withAbsent("warm", WARM, CONTACTS), ...bare(size), ...listed(size)],
  run,
};

interface Cost {
  readonly memory: number;
  readonly cpu: number;
  readonly stored: number;
}

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const accounts = bench.server.stored?.() ?? 0;
  const all = WARM + 2 * count(bench.size);
  const warm = withAbsent("warm", WARM, CONTACTS).map(({ name }) => new Client(name));
  await loginAll(warm, bench.server.c2s);
  await closeAll(warm);
  await bench.begin();
  const without = await costOf(bench, bare(bench.size));
  const with_ = await costOf(bench, listed(bench.size));
  const perContact = (figure: keyof Cost): number => (with_[figure] - without[figure]) / CONTACTS;
  const isStored = bench.server.stored !== undefined;
  if (isStored) samples.add("a user: account stored", "bytes", accounts / all);
  if (isStored) samples.add("a user: list stored", "bytes", without.stored);
  samples.add("a user online: resident", "KB", without.memory);
  samples.add("a user: CPU of a login", "ms", without.cpu);
  if (isStored) samples.add("a contact: stored", "bytes", perContact("stored"));
  samples.add("a contact of who is online: resident", "bytes", 1024 * perContact("memory"));
  samples.add("a contact: CPU of a login", "µs", 1000 * perContact("cpu"));
  return samples.figures();
}

/** Of one of these people, all logged in: KB, ms and bytes. They stay until the server ends. */
async function costOf(bench: Bench, people: readonly Person[]): Promise<Cost> {
  await bench.meter.settle();
  const before = { memory: bench.meter.memory(), stored: bench.server.stored?.() ?? 0 };
  const begun = bench.meter.read();
  await loginAll(
    people.map(({ name }) => new Client(name)),
    bench.server.c2s,
  );
  await bench.meter.settle();
  const { server } = bench.meter.since(begun);
  await pause(2000);
  return {
    memory: (bench.meter.memory() - before.memory) / people.length,
    cpu: server / people.length,
    stored: ((bench.server.stored?.() ?? 0) - before.stored) / people.length,
  };
}

function bare(size: Size): Person[] {
  return withAbsent("bare", count(size), 0);
}

function listed(size: Size): Person[] {
  return withAbsent("listed", count(size), CONTACTS);
}

function count(size: Size): number {
  return size.quick ? 200 : 2000;
}
