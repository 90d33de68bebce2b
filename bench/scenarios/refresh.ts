import { Client } from "../load/client.ts";
import { closeAll, loginAll, pause } from "../load/crowd.ts";
import { attribute } from "../load/stanza.ts";
import { changeOf, circlePeople, LIST, type State } from "./neighbours.ts";
import { type Bench, type Figure, percentile, Samples, type Scenario, type Size, warmUp } from "./scenario.ts";

/** Pushes per person: one added, one removed, one renamed. */
const PUSHES = 3;
/** Rounds until the code is compiled: V8 is at it for 10 000 people. */
const WARMING = 10;
/** A refresh is over when all pushes are there, or after this long without one, ms. */
const QUIET = 2000;
/** As long as none has come at all, ms. */
const SILENT = 15_000;

/** Refresh of everybody online at once: three changes each. */
function refreshScenario(
  row: string,
  needs: "changes" | "batch",
  countOf: (size: Size) => number,
  long: boolean,
): Scenario {
  const together = needs === "batch" ? ", lists asked for together" : "";
  return {
    row,
    title: (size) =>
      `refresh naming ${countOf(size)} people online, ${LIST} contacts each: one added, one removed, one renamed${together}`,
    needs,
    fresh: long || needs === "batch",
    long,
    people: (size) => circlePeople(countOf(size), "before"),
    run: (bench) => run(bench, countOf(bench.size), long),
  };
}

export const refresh = refreshScenario("refresh", "changes", peopleCount, false);
export const refreshbatch = refreshScenario("refreshbatch", "batch", peopleCount, false);
export const refresh10k = refreshScenario("refresh10k", "changes", manyPeople, true);
export const refresh10kbatch = refreshScenario("refresh10kbatch", "batch", manyPeople, true);

/** One person at a time: how long until the push of the renamed contact, while nothing else happens. */
export const push: Scenario = {
  row: "push",
  title: () => "refresh naming one person: time to the first push",
  needs: "changes",
  fresh: false,
  people: (size) => circlePeople(peopleCount(size), "before"),
  run: runOne,
};

interface Watch {
  pushes: number;
  last: number;
}

async function run(bench: Bench, count: number, isAlone: boolean): Promise<Figure[]> {
  const { clients, watch } = await online(bench, count);
  const samples = new Samples();
  const rounds = bench.size.runs + (isAlone ? 0 : warmUp(bench.size, WARMING));
  for (let index = 0; index < rounds; index += 1) {
    if (index === rounds - bench.size.runs) await bench.begin();
    const state: State = index % 2 === 0 ? "after" : "before";
    for (const { name, contacts } of circlePeople(count, state)) bench.app.set(name, contacts);
    const changes = clients.map((_, person) => changeOf(person, state));
    watch.pushes = 0;
    watch.last = 0;
    const { fetches, calls } = bench.app;
    const memory = isAlone ? bench.meter.memory() : 0;
    const begun = bench.meter.read();
    const answer = bench.server.refresh(changes).then(
      () => performance.now(),
      () => undefined, // it never came: Prosody's module forgets some
    );
    const isQuiet = (): boolean =>
      watch.last === 0 ? performance.now() - begun.wall > SILENT : performance.now() - watch.last > QUIET;
    while (watch.pushes < PUSHES * count && !isQuiet()) await pause(5);
    const { load, wall } = bench.meter.since(begun);
    await bench.meter.settle();
    const { server } = bench.meter.since(begun);
    const answered = await Promise.race([answer, pause(QUIET).then(() => undefined)]);
    if (index < rounds - bench.size.runs) continue;
    if (answered !== undefined) samples.add("answer", "ms", answered - begun.wall);
    if (watch.last > 0) samples.add("last push", "ms", watch.last - begun.wall);
    samples.add(`pushes seen of ${PUSHES * count}`, "", watch.pushes);
    samples.add("fetches seen", "", bench.app.fetches - fetches);
    samples.add("calls seen", "", bench.app.calls - calls);
    samples.add("CPU per person", "ms", server / count);
    if (isAlone) samples.add("resident before it", "MB", memory / 1024);
    if (isAlone) samples.add("resident after it", "MB", bench.meter.memory() / 1024);
    if (wall < QUIET) samples.add("generator core busy", "%", load);
  }
  if (rounds % 2 === 1) await reset(bench, count);
  await closeAll(clients);
  return samples.figures();
}

async function runOne(bench: Bench): Promise<Figure[]> {
  const count = 80;
  const { clients, watch } = await online(bench, count);
  const samples = new Samples();
  const states: State[] = ["after", "before"];
  const lists = { after: circlePeople(count, "after"), before: circlePeople(count, "before") };
  const warming = warmUp(bench.size, WARMING);
  for (let index = 0; index < bench.size.runs + warming; index += 1) {
    if (index === warming) await bench.begin();
    const times: number[] = [];
    for (const state of states) {
      for (let person = 0; person < clients.length; person += 1) {
        const list = lists[state][person];
        if (list !== undefined) bench.app.set(list.name, list.contacts);
        watch.last = 0;
        const begun = performance.now();
        const answered = bench.server.refresh([changeOf(person, state)]);
        while (watch.last === 0 && performance.now() - begun < QUIET) await turn();
        times.push(watch.last === 0 ? QUIET : watch.last - begun);
        await answered;
        await pause(3);
      }
    }
    if (index < warming) continue;
    samples.add("push p50", "ms", percentile(times, 0.5));
    samples.add("push p99", "ms", percentile(times, 0.99));
  }
  await closeAll(clients);
  return samples.figures();
}

/** Logs in the people of the circles; they answer pushes as RFC 6121 §2.1.6 asks. */
async function online(bench: Bench, count: number): Promise<{ clients: Client[]; watch: Watch }> {
  const people = circlePeople(count, "before");
  for (const { name, contacts } of people) bench.app.set(name, contacts);
  const clients = people.map(({ name }) => new Client(name));
  await loginAll(clients, bench.server.c2s);
  await bench.meter.settle();
  const watch: Watch = { pushes: 0, last: 0 };
  for (const client of clients) {
    client.onStanza = (stanza) => {
      if (!stanza.startsWith("<iq") || !stanza.includes("jabber:iq:roster")) return;
      if (attribute(stanza, "type") !== "set") return;
      const now = performance.now();
      watch.pushes += 1;
      watch.last = now;
      client.send(`<iq type='result' id='${attribute(stanza, "id")}'/>`);
    };
  }
  return { clients, watch };
}

/** Puts the lists back as the next scenario expects them. */
async function reset(bench: Bench, count: number): Promise<void> {
  for (const { name, contacts } of circlePeople(count, "before")) bench.app.set(name, contacts);
  await bench.server.refresh(Array.from({ length: count }, (_, person) => changeOf(person, "before")));
  await bench.meter.settle();
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function manyPeople(size: Size): number {
  return size.quick ? 2000 : 10_000;
}

function peopleCount(size: Size): number {
  return size.quick ? 400 : 1000;
}
