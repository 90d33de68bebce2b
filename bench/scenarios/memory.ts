import { Client, type Way } from "../load/client.ts";
import { closeAll, IDLE, loginAll, pause } from "../load/crowd.ts";
import { type Person, withAbsent } from "../load/people.ts";
import { type Bench, type Figure, known, type Need, Samples, type Scenario, type Size } from "./scenario.ts";

/** Logged in and out before the first reading, so that code, pools and the room for new objects are there. */
const WARM = { quick: 100, full: 500 };

/** ms; too short for what is garbage to be collected, but a quick run has too few clients to tell memory anyway. */
const QUICK_IDLE = 1000;

/** So that the logins take no minutes. */
const SCRAM = { mechanism: "SCRAM-SHA-1" } as const;

/** Resident memory that one more idle client costs, with lists of `contacts` people who are not online. */
function memoryScenario(contacts: number, full: number): Scenario {
  const people = (size: Size) => idlePeople(`idle${contacts}n`, full, contacts, size);
  return {
    row: `memory${contacts}`,
    title: (size) => `${count(full, size)} idle clients with ${contacts} contacts`,
    needs: contacts === 0 ? "nothing" : "contacts",
    fresh: true,
    people,
    run: (bench) => run(bench, people(bench.size)),
  };
}

export const memory0 = memoryScenario(0, 4000);
export const memory50 = memoryScenario(50, 2000);
export const memory200 = memoryScenario(200, 1000);
export const memorytls = tlsScenario("tls", 2000);

/** The same people by plain TCP and then by STARTTLS: what TLS costs on top. */
function tlsScenario(needs: Need, full: number): Scenario {
  const people = (size: Size) => idlePeople("veiled", full, 0, size);
  return {
    row: "memorytls",
    title: (size) => `${count(full, size)} idle clients without contacts, by plain TCP and then by STARTTLS`,
    needs,
    fresh: true,
    people,
    async run(bench) {
      const samples = new Samples();
      const everybody = people(bench.size);
      const warm = await warmed(bench, everybody, { ...SCRAM, starttls: true });
      const empty = await restingMemory(bench);
      const plain = await costOf(bench, warm.rest, SCRAM, empty);
      const tls = await costOf(bench, warm.rest, { ...SCRAM, starttls: true }, empty);
      samples.add("resident per client, plain", "KB", plain.each);
      samples.add("resident per client, TLS", "KB", tls.each);
      samples.add("TLS on top", "KB", tls.each - plain.each);
      return samples.figures();
    },
  };
}

async function run(bench: Bench, people: readonly Person[]): Promise<Figure[]> {
  const samples = new Samples();
  const { rest } = await warmed(bench, people, {});
  await bench.begin();
  const { each, later, empty, full, cpu } = await costOf(bench, rest, {}, await restingMemory(bench));
  samples.add("resident per client", "KB", each);
  samples.add("resident per client of the second half", "KB", later);
  samples.add("resident, nobody online", "MB", empty / 1024);
  samples.add("resident, all online", "MB", full / 1024);
  samples.add("CPU per login", "ms", cpu);
  return samples.figures();
}

async function warmed(bench: Bench, people: readonly Person[], way: Way): Promise<{ rest: readonly Person[] }> {
  const warm = people.slice(0, warmers(bench.size)).map(({ name }) => new Client(name));
  await loginAll(warm, bench.server.c2s, known(bench, way));
  await closeAll(warm);
  return { rest: people.slice(warmers(bench.size)) };
}

/** KB above `empty`, and ms of a login of the second half. They log in in halves: the second shows growth alone, without what is made for the first. */
async function costOf(
  bench: Bench,
  people: readonly Person[],
  way: Way,
  empty: number,
): Promise<{ each: number; later: number; empty: number; full: number; cpu: number }> {
  const clients = people.map(({ name }) => new Client(name));
  const half = clients.length / 2;
  await loginAll(clients.slice(0, half), bench.server.c2s, known(bench, way));
  const middle = await restingMemory(bench);
  const begun = bench.meter.read();
  await loginAll(clients.slice(half), bench.server.c2s, known(bench, way));
  await bench.meter.settle();
  const { server } = bench.meter.since(begun);
  const full = await restingMemory(bench);
  await closeAll(clients);
  await bench.meter.settle();
  const count = clients.length;
  const rest = count - half;
  return { each: (full - empty) / count, later: (full - middle) / rest, empty, full, cpu: server / rest };
}

/** KB, when nobody has done anything for a while. */
async function restingMemory(bench: Bench): Promise<number> {
  await bench.meter.settle();
  await pause(bench.size.quick ? QUICK_IDLE : IDLE);
  return bench.meter.memory();
}

function idlePeople(prefix: string, full: number, contacts: number, size: Size): Person[] {
  return withAbsent(prefix, warmers(size) + count(full, size), contacts);
}

function count(full: number, size: Size): number {
  return size.quick ? full / 4 : full;
}

function warmers(size: Size): number {
  return size.quick ? WARM.quick : WARM.full;
}
