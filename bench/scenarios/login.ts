import { Client, type Way } from "../load/client.ts";
import { accessTokenOf } from "../load/credentials.ts";
import { closeAll, loginAll, WIDTH } from "../load/crowd.ts";
import { contact, loners, type Person } from "../load/people.ts";
import { pbkdf2Cost } from "../machine.ts";
import {
  type Bench,
  type Figure,
  known,
  type Need,
  percentile,
  Samples,
  type Scenario,
  type Size,
  warmUp,
} from "./scenario.ts";

const GROUPS = 10;
/** Rounds until the code is compiled. */
const WARMING = 8;

/** ms of a thread for each login above which it was a PBKDF2. */
const LEAST_PBKDF2 = 0.2;

/** Login of people without contacts: connect, SASL, bind, roster get, presence. */
function loginAlone(row: string, needs: Need, how: string, way: Way): Scenario {
  return {
    row,
    title: () => `no contacts: connect, ${how}, bind, roster, presence; ${WIDTH} at once`,
    needs,
    fresh: needs !== "nothing",
    people: visitorsAlone,
    run: (bench) => measureLogins(bench, visitorsAlone(bench.size), way),
  };
}

export const login = loginAlone("login", "nothing", "SASL PLAIN", {});
export const loginhashed = loginAlone("loginhashed", "hashed", "SASL PLAIN, passwords stored as SCRAM keys", {});
export const loginscram = loginAlone("loginscram", "hashed", "SASL SCRAM-SHA-1, passwords stored as SCRAM keys", {
  mechanism: "SCRAM-SHA-1",
});
export const logintls = loginAlone("logintls", "tls", "STARTTLS with an EC key, SASL SCRAM-SHA-1", {
  starttls: true,
  mechanism: "SCRAM-SHA-1",
});

/** Few would ask for them without words. */
export const logintoken: Scenario = {
  ...loginAlone("logintoken", "grants", "SASL PLAIN with an access token, among those of 200 000 others", {
    secretOf: accessTokenOf,
  }),
  long: true,
};
export const loginfast: Scenario = {
  ...loginAlone("loginfast", "devices", "SASL2, Bind 2 and FAST in one request", { mechanism: "HT-SHA-256-NONE" }),
  title: () => `no contacts: connect, SASL2 with Bind 2 and FAST in one request, roster, presence; ${WIDTH} at once`,
  long: true,
};

export const login20 = loginWithContacts(20);
export const login50 = loginWithContacts(50);

function loginWithContacts(online: number): Scenario {
  return {
    row: `login${online}`,
    title: () => `${online} contacts online`,
    needs: "contacts",
    fresh: false,
    people: (size) => [...hosts(online, size), ...visitors(online, size)],
    async run(bench) {
      const waiting = hosts(online, bench.size).map(({ name }) => new Client(name));
      await loginAll(waiting, bench.server.c2s);
      await bench.meter.settle();
      const figures = await measureLogins(bench, visitors(online, bench.size));
      await closeAll(waiting);
      return figures;
    },
  };
}

async function measureLogins(bench: Bench, people: readonly Person[], way: Way = {}): Promise<Figure[]> {
  const samples = new Samples();
  const warming = warmUp(bench.size, WARMING);
  for (let index = 0; index < bench.size.runs + warming; index += 1) {
    if (index === warming) await bench.begin();
    const clients = people.map(({ name }) => new Client(name));
    const begun = bench.meter.read();
    const times = await loginAll(clients, bench.server.c2s, known(bench, way));
    const { wall, load } = bench.meter.since(begun);
    await bench.meter.settle();
    const { server, pool } = bench.meter.since(begun);
    await closeAll(clients);
    await bench.meter.settle();
    if (index < warming) continue;
    samples.add("CPU per login", "ms", server / people.length);
    // In the middle of the work of others it costs more than alone.
    const inside = pool / people.length;
    samples.add("one PBKDF2 then", "ms", inside > LEAST_PBKDF2 ? inside : pbkdf2Cost());
    samples.add("logins", "1/s", (1000 * people.length) / wall);
    samples.add("p50", "ms", percentile(times.map(lasted), 0.5));
    samples.add("generator core busy", "%", load);
  }
  return samples.figures();
}

function lasted({ begun, ended }: { begun: number; ended: number }): number {
  return ended - begun;
}

function visitorsAlone(size: Size): Person[] {
  return loners("alone", size.quick ? 100 : 200);
}

/** The people who log in: in each group, all have the same `online` hosts and not each other. */
function visitors(online: number, size: Size): Person[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const contacts = Array.from({ length: online }, (_host, index) => contact(`host${online}g${group}x${index}`));
    return visitorNames(online, group, size).map((name) => ({ name, contacts }));
  }).flat();
}

function hosts(online: number, size: Size): Person[] {
  return Array.from({ length: GROUPS }, (_, group) => {
    const contacts = visitorNames(online, group, size).map((name) => contact(name));
    return Array.from({ length: online }, (_host, index) => ({ name: `host${online}g${group}x${index}`, contacts }));
  }).flat();
}

function visitorNames(online: number, group: number, size: Size): string[] {
  return Array.from({ length: size.quick ? 5 : 10 }, (_, index) => `visitor${online}g${group}x${index}`);
}
