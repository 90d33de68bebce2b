import { type Client, DOMAIN } from "../load/client.ts";
import { closeAll, pause } from "../load/crowd.ts";
import { messageTo, PAIRS, pairPeople, talkingPairs } from "./pairs.ts";
import { type Bench, type Figure, Samples, type Scenario } from "./scenario.ts";

const NS_SM = "urn:xmpp:sm:3";
const NS_CARBONS = "urn:xmpp:carbons:2";

/** 100 pairs that answer each message with one, so that `width` messages are always on their way to each person. */
function messageScenario(row: string, width: number, needs: "nothing" | "extras" = "nothing"): Scenario {
  const extras =
    needs === "extras" ? "; carbons (XEP-0280) and stream management (XEP-0198) on where the server tells of them" : "";
  return {
    row,
    title: () => `${PAIRS} pairs, ${width} on the way per person, messages with bodies of 100 bytes${extras}`,
    needs,
    fresh: needs === "extras",
    people: pairPeople,
    run: (bench) => run(bench, width, needs === "extras"),
  };
}

export const message = messageScenario("msg", 1);
export const message10 = messageScenario("msg10", 10);
export const messageExtras = messageScenario("msgextras", 1, "extras");

async function run(bench: Bench, width: number, wantsExtras: boolean): Promise<Figure[]> {
  const { clients, partners } = await talkingPairs(bench);
  const extras = wantsExtras ? await extrasOf(clients) : NONE;
  const { isManaged } = extras;
  for (const client of clients) await turnOn(client, extras);
  let delivered = 0;
  let isOver = false;
  for (const [client, partner] of partners) {
    const text = messageTo(partner.jid);
    let heard = 0;
    client.onStanza = (stanza) => {
      if (isManaged && stanza.startsWith("<r ")) client.send(`<a xmlns='${NS_SM}' h='${heard}'/>`); // XEP-0198 §4
      if (!stanza.startsWith("<message")) return;
      heard += 1;
      delivered += 1;
      if (!isOver) client.send(text);
    };
  }
  for (const [client, partner] of partners) client.send(messageTo(partner.jid).repeat(width));
  await pause(bench.size.quick ? 500 : 1500);
  const samples = new Samples();
  await bench.begin();
  for (let index = 0; index < bench.size.runs; index += 1) {
    const [before, begun] = [delivered, bench.meter.read()];
    await pause(bench.size.quick ? 1500 : 2500);
    const span = bench.meter.since(begun);
    const count = delivered - before;
    samples.add("CPU per delivered", "µs", (1000 * span.server) / count);
    samples.add("delivered", "1/s", (1000 * count) / span.wall);
    samples.add("server core busy", "%", span.serverLoad);
    samples.add("generator core busy", "%", span.load);
  }
  isOver = true;
  await bench.meter.settle();
  await closeAll(clients);
  return samples.figures();
}

interface Extras {
  readonly hasCarbons: boolean;
  readonly isManaged: boolean;
}

const NONE: Extras = { hasCarbons: false, isManaged: false };

/** What the server tells of: XEP-0280 §3, XEP-0198 §3. */
async function extrasOf([client]: readonly Client[]): Promise<Extras> {
  if (client === undefined) return NONE;
  const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
  const info = await client.ask("disco", "get", query, DOMAIN);
  return { hasCarbons: info.includes(NS_CARBONS), isManaged: client.features.includes(NS_SM) };
}

/** XEP-0280 §4 and XEP-0198 §3. */
async function turnOn(client: Client, { hasCarbons, isManaged }: Extras): Promise<void> {
  if (hasCarbons) await client.ask("carbons", "set", `<enable xmlns='${NS_CARBONS}'/>`);
  if (!isManaged) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.onStanza = (stanza) => {
    if (stanza.startsWith("<enabled")) resolve();
  };
  client.send(`<enable xmlns='${NS_SM}'/>`);
  await promise;
}
