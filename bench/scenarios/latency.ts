import type { Client } from "../load/client.ts";
import { closeAll, pause } from "../load/crowd.ts";
import { messageTo, PAIRS, pairPeople, talkingPairs } from "./pairs.ts";
import { type Bench, type Figure, percentile, Samples, type Scenario } from "./scenario.ts";

/** Messages a second in all. */
const RATE = 500;

export const latency: Scenario = {
  row: "latency",
  title: () => `${PAIRS} pairs, ${RATE} messages a second in all`,
  needs: "nothing",
  fresh: false,
  people: pairPeople,
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const { clients, partners } = await talkingPairs(bench);
  let times: number[] = [];
  const sent = new Map<Client, number[]>();
  for (const [client, partner] of partners) {
    sent.set(client, []);
    client.onStanza = (stanza) => {
      const begun = stanza.startsWith("<message") ? sent.get(partner)?.shift() : undefined;
      if (begun !== undefined) times.push(performance.now() - begun);
    };
  }
  const samples = new Samples();
  await bench.begin();
  for (let index = 0; index < bench.size.runs + 1; index += 1) {
    times = [];
    const begun = bench.meter.read();
    const count = await sendPaced(bench.size.quick ? 1500 : 2500, [...partners], sent);
    const span = bench.meter.since(begun);
    await pause(500);
    if (index === 0) continue; // warming up
    samples.add("p50", "ms", percentile(times, 0.5));
    samples.add("p99", "ms", percentile(times, 0.99));
    samples.add("CPU per delivered", "µs", (1000 * span.server) / times.length);
    samples.add("lost or later than 0.5 s", "", count - times.length);
    samples.add("generator core busy", "%", span.load);
  }
  await closeAll(clients);
  return samples.figures();
}

/** Sends RATE messages a second, one person after the other, for `ms`; resolves with their number. */
function sendPaced(
  ms: number,
  partners: readonly (readonly [Client, Client])[],
  sent: Map<Client, number[]>,
): Promise<number> {
  const texts = partners.map(([, partner]) => messageTo(partner.jid));
  const begun = performance.now();
  let count = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const passed = performance.now() - begun;
      while (count < (passed * RATE) / 1000) {
        const turn = (count * 7) % partners.length;
        const client = partners[turn]?.[0];
        const text = texts[turn];
        count += 1;
        if (client === undefined || text === undefined) continue;
        sent.get(client)?.push(performance.now());
        client.send(text);
      }
      if (passed < ms) return;
      clearInterval(timer);
      resolve(count);
    }, 1);
  });
}
