import { Client } from "../load/client.ts";
import { closeAll, inParallel, loginAll } from "../load/crowd.ts";
import { loners, type Person } from "../load/people.ts";
import { post } from "../servers/post.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

const WIDTH = 16;
/** Pairs of one call when many are told together. */
const TOGETHER = 1000;

/** Pairs connected and disconnected: one a call, and many in one call. Half of the people are online. */
export const edges: Scenario = {
  row: "edges",
  title: (size) => `${pairCount(size)} pairs connected and disconnected, half of the people online`,
  needs: "edges",
  fresh: false,
  long: true,
  people,
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const everybody = people(bench.size);
  const clients = everybody.filter((_, index) => index % 2 === 0).map(({ name }) => new Client(name));
  let pushes = 0;
  for (const client of clients) {
    client.onStanza = (stanza) => {
      if (stanza.startsWith("<iq") && stanza.includes("jabber:iq:roster")) pushes += 1;
    };
  }
  await loginAll(clients, bench.server.c2s);
  await bench.meter.settle();
  const pairs = pairsOf(everybody, pairCount(bench.size));
  await bench.begin();
  for (let index = 0; index < bench.size.runs + 1; index += 1) {
    for (const [figure, size] of [
      ["one a call", 1],
      [`${TOGETHER} a call`, TOGETHER],
    ] as const) {
      pushes = 0;
      const begun = bench.meter.read();
      for (const kind of ["connect", "disconnect"]) {
        await inParallel(partsOf(pairs, size), WIDTH, (part) => tell(bench, { [kind]: part }));
      }
      const { wall } = bench.meter.since(begun);
      await bench.meter.settle();
      const { server } = bench.meter.since(begun);
      if (index === 0) continue; // warming up
      samples.add(`${figure}: edges`, "1/s", (2000 * pairs.length) / wall);
      samples.add(`${figure}: CPU per edge`, "ms", server / (2 * pairs.length));
      samples.add(`${figure}: pushes per edge`, "", pushes / (2 * pairs.length));
    }
  }
  await closeAll(clients);
  return samples.figures();
}

function tell({ server: { http } }: Bench, body: unknown): Promise<void> {
  if (http === undefined) throw new Error("no HTTP side");
  return post(http.port, "/roster_admin/edges", body, http.headers);
}

/** Everybody with those next to them, so that each has about as many contacts as the others. */
function pairsOf(everybody: readonly Person[], count: number): [string, string][] {
  return Array.from({ length: count }, (_, index) => {
    const [a, b] = [index % everybody.length, index + 1 + Math.floor(index / everybody.length)];
    return [everybody[a]?.name ?? "", everybody[b % everybody.length]?.name ?? ""];
  });
}

function partsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}

function people(size: Size): Person[] {
  return loners("edge", size.quick ? 200 : 500);
}

function pairCount(size: Size): number {
  return size.quick ? 1000 : 5000;
}
