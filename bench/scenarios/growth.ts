/** What everything costs as there are more clients, and more contacts: flat in the one, linear in the other. */
import { spawnSync } from "node:child_process";
import { Client } from "../load/client.ts";
import { closeAll, IDLE, loginAll, pause } from "../load/crowd.ts";
import { cliques, contact, type Person, withAbsent } from "../load/people.ts";
import { attribute } from "../load/stanza.ts";
import { messageTo } from "./pairs.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

/** Contacts of everybody in `growth`, all of them online in the end. */
const CONTACTS = 10;
const CLIQUE = CONTACTS + 1;
/** Logins without PBKDF2, so that 20 000 take no minutes. */
const SCRAM = { mechanism: "SCRAM-SHA-1" } as const;
/** Of a process with nobody online: its own, and connections between server and application. */
const OTHER_FILES = 500;
/** Those who talk while the others are idle. */
const TALKERS = 40 * CLIQUE;

export const growth: Scenario = {
  row: "growth",
  title: (size) => `${steps(size).join(", ")} clients online with ${CONTACTS} contacts each, who are online too`,
  needs: "growth",
  fresh: true,
  long: true,
  people: (size) => crowd(size).flat(),
  run,
};

export const growthcontacts: Scenario = {
  row: "growthcontacts",
  title: (size) => `lists of ${lengths(size).join(", ")} contacts who are not online`,
  needs: "growth",
  fresh: true,
  long: true,
  people: (size) => lengths(size).flatMap((length) => owners(length)),
  run: runContacts,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const groups = crowd(bench.size);
  const talkers = await online(bench, groups.slice(0, TALKERS / CLIQUE));
  await presences(bench, talkers, 1); // warming up
  await messages(bench, talkers, 500);
  let count = talkers.length;
  for (const size of steps(bench.size)) {
    const begun = bench.meter.read();
    const more = await online(bench, groups.slice(count / CLIQUE, Math.ceil(size / CLIQUE)));
    count += more.length;
    await bench.meter.settle();
    const { server } = bench.meter.since(begun);
    const name = `${size} online`;
    samples.add(`${name}: CPU of a login by SCRAM-SHA-1`, "ms", server / more.length);
    samples.add(`${name}: CPU per message`, "µs", await messages(bench, talkers, 2000));
    samples.add(`${name}: CPU per presence`, "µs", await presences(bench, talkers, 3));
    await pause(IDLE);
    samples.add(`${name}: resident`, "MB", bench.meter.memory() / 1024);
    const idle = bench.meter.read();
    await pause(3000);
    samples.add(`${name}: CPU while nobody does anything`, "%", bench.meter.since(idle).serverLoad);
  }
  return samples.figures();
}

/** µs of a delivered message: each has one on its way at any time. */
async function messages(bench: Bench, talkers: readonly Client[], ms: number): Promise<number> {
  let delivered = 0;
  let isOver = false;
  for (const [index, client] of talkers.entries()) {
    const text = messageTo(talkers[index ^ 1]?.jid ?? client.jid);
    client.onStanza = (stanza) => {
      if (!stanza.startsWith("<message")) return;
      delivered += 1;
      if (!isOver) client.send(text);
    };
    client.send(text);
  }
  const begun = bench.meter.read();
  await pause(ms);
  const { server } = bench.meter.since(begun);
  const count = delivered;
  isOver = true;
  await bench.meter.settle();
  return (1000 * server) / count;
}

/** µs of a delivered presence: everybody changes theirs, and the ten others of the clique hear it. */
async function presences(bench: Bench, talkers: readonly Client[], rounds: number): Promise<number> {
  let heard = 0;
  for (const client of talkers) {
    const own = `${client.jid}/`;
    client.onStanza = (stanza) => {
      if (stanza.startsWith("<presence") && !attribute(stanza, "from").startsWith(own)) heard += 1;
    };
  }
  const begun = bench.meter.read();
  for (let round = 1; round <= rounds; round += 1) {
    for (const client of talkers) client.send(`<presence><status>Round ${round}</status></presence>`);
    const end = performance.now() + 10_000;
    while (heard < round * talkers.length * CONTACTS && performance.now() < end) await pause(1);
  }
  await bench.meter.settle();
  return (1000 * bench.meter.since(begun).server) / heard;
}

async function online(bench: Bench, groups: readonly (readonly Person[])[]): Promise<Client[]> {
  const clients = groups.flat().map(({ name }) => new Client(name));
  await loginAll(clients, bench.server.c2s, SCRAM);
  return clients;
}

async function runContacts(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  await loginRound(bench, lengths(bench.size)[1] ?? 0); // warming up
  for (const length of lengths(bench.size)) {
    for (let run = 0; run < bench.size.runs; run += 1) {
      const { login, bytes } = await loginRound(bench, length);
      samples.add(`${length} contacts: CPU of a login by SCRAM-SHA-1`, "ms", login);
      samples.add(`${length} contacts: resident`, "KB", bytes / 1024);
      samples.add(`${length} contacts: CPU of a refresh, one renamed`, "ms", await renameRound(bench, length));
    }
  }
  return samples.figures();
}

async function loginRound(bench: Bench, length: number): Promise<{ login: number; bytes: number }> {
  const people = owners(length);
  for (const { name, contacts } of people) bench.app.set(name, contacts);
  await bench.meter.settle();
  const memory = bench.meter.memory();
  const begun = bench.meter.read();
  const clients = people.map(({ name }) => new Client(name));
  await loginAll(clients, bench.server.c2s, SCRAM);
  await bench.meter.settle();
  const { server } = bench.meter.since(begun);
  const bytes = 1024 * (bench.meter.memory() - memory);
  await closeAll(clients);
  await bench.meter.settle();
  return { login: server / people.length, bytes: bytes / people.length };
}

async function renameRound(bench: Bench, length: number): Promise<number> {
  const people = owners(length);
  const clients = people.map(({ name }) => new Client(name));
  await loginAll(clients, bench.server.c2s, SCRAM);
  for (const { name, contacts } of people) {
    const [first, ...rest] = contacts;
    if (first !== undefined) bench.app.set(name, [{ ...first, name: `${first.name}, renamed` }, ...rest]);
  }
  await bench.meter.settle();
  const begun = bench.meter.read();
  await bench.server.refresh(people.map(({ name }) => ({ person: name, put: [], drop: [] })));
  await bench.meter.settle();
  const { server } = bench.meter.since(begun);
  await closeAll(clients);
  await bench.meter.settle();
  return server / people.length;
}

/** As many people for each length as give the meter something to read. */
function owners(length: number): Person[] {
  return withAbsent(`owner${length}n`, length > 1000 ? 8 : 40, 0).map(({ name }) => ({
    name,
    contacts: Array.from({ length }, (_, index) => contact(`${name}a${index}`)),
  }));
}

function crowd(size: Size): Person[][] {
  return cliques("crowd", Math.ceil((steps(size).at(-1) ?? 0) / CLIQUE), CLIQUE);
}

function steps(size: Size): readonly number[] {
  return size.quick ? [1000, 2000] : [1000, 5000, Math.min(20_000, openFiles() - OTHER_FILES)];
}

/** Files that each of the two processes may have open; Infinity where nobody says. */
function openFiles(): number {
  const { stdout } = spawnSync("prlimit", ["--nofile", "--output=HARD", "--noheadings"], { encoding: "utf8" });
  const most = Number.parseInt(stdout ?? "", 10);
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most;
}

function lengths(size: Size): readonly number[] {
  return size.quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
}
