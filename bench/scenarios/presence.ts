import { Client } from "../load/client.ts";
import { closeAll, loginAll, pause } from "../load/crowd.ts";
import { cliques } from "../load/people.ts";
import { attribute } from "../load/stanza.ts";
import { type Bench, type Figure, Samples, type Scenario } from "./scenario.ts";

/** A round in which not all presences arrive is given up after this, ms. */
const ROUND_DEADLINE = 5000;

/** Cliques in which everybody changes presence once a round, and everybody else hears it. */
function presenceScenario(online: number, count: number): Scenario {
  const groups = () => cliques(`clique${online}n`, count, online + 1);
  return {
    row: `presence${online}`,
    title: () => `presence to ${online} contacts online, ${count * (online + 1)} people`,
    needs: "contacts",
    fresh: false,
    people: () => groups().flat(),
    run: (bench) =>
      run(
        bench,
        groups()
          .flat()
          .map(({ name }) => name),
        online,
      ),
  };
}

export const presence20 = presenceScenario(20, 6);
export const presence50 = presenceScenario(50, 3);

async function run(bench: Bench, names: readonly string[], online: number): Promise<Figure[]> {
  const clients = names.map((name) => new Client(name));
  await loginAll(clients, bench.server.c2s);
  await bench.meter.settle();
  let heard = 0;
  for (const client of clients) {
    const own = `${client.jid}/`;
    client.onStanza = (stanza) => {
      if (stanza.startsWith("<presence") && !attribute(stanza, "from").startsWith(own)) heard += 1;
    };
  }
  const expected = clients.length * online;
  let number = 0;
  const round = async (): Promise<void> => {
    heard = 0;
    number += 1;
    const begun = performance.now();
    for (const client of clients) client.send(`<presence><show>away</show><status>Round ${number}</status></presence>`);
    while (heard < expected && performance.now() - begun < ROUND_DEADLINE) await pause(1);
  };
  await round();
  const samples = new Samples();
  await bench.begin();
  for (let index = 0; index < bench.size.runs; index += 1) {
    const begun = bench.meter.read();
    let delivered = 0;
    let missing = 0;
    do {
      await round();
      delivered += heard;
      missing += expected - heard;
    } while (performance.now() - begun.wall < (bench.size.quick ? 1000 : 2000));
    const span = bench.meter.since(begun);
    samples.add("CPU per delivered", "µs", (1000 * span.server) / delivered);
    samples.add("delivered", "1/s", (1000 * delivered) / span.wall);
    samples.add("not delivered", "", missing);
    samples.add("generator core busy", "%", span.load);
  }
  await closeAll(clients);
  return samples.figures();
}
