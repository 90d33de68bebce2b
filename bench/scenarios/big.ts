/** Big things: for how long they hold the event loop, which is what everybody else waits. */
import { Client } from "../load/client.ts";
import { pause } from "../load/crowd.ts";
import { contact, loners, type Person } from "../load/people.ts";
import { loopDelay } from "../servers/loop-delay.ts";
import { post } from "../servers/post.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

export const big: Scenario = {
  row: "big",
  title: (size) =>
    `longest hold of the event loop: a list of ${contacts(size)} contacts, a refresh of ${names(size)} people`,
  needs: "growth",
  fresh: true,
  long: true,
  people: (size) => [owner(size, "")],
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  const { server, app, size } = bench;
  const { http } = server;
  if (http === undefined) throw new Error("no HTTP side");
  const refresh = (people: readonly string[]): Promise<void> =>
    post(http.port, "/roster_admin/refresh", people, http.headers);
  const rounds = size.runs + 1;
  for (let index = 0; index < rounds; index += 1) {
    const watched = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await loopDelay(http);
      const begun = performance.now();
      await work();
      const ms = performance.now() - begun;
      await bench.meter.settle();
      await pause(50);
      if (index === 0) samples.add(`${what}: the first time`, "ms", await loopDelay(http));
      else samples.add(`${what}: longest hold`, "ms", await loopDelay(http));
      if (index > 0) samples.add(`${what}: done after`, "ms", ms);
    };
    const person = owner(size, `in round ${index}`);
    app.set(person.name, person.contacts);
    const client = new Client(person.name);
    await watched("login, the list is new", () => client.login(server.c2s, { mechanism: "SCRAM-SHA-1" }));
    await watched("roster get", () => client.ask("again", "get", "<query xmlns='jabber:iq:roster'/>"));
    await watched("refresh, nothing changed", () => refresh([person.name]));
    app.set(person.name, owner(size, `in round ${index}`, 1).contacts);
    await watched("refresh, one renamed", () => refresh([person.name]));
    app.set(person.name, owner(size, `at the end of ${index}`).contacts);
    await watched("refresh, all renamed", () => refresh([person.name]));
    await watched("logout", () => client.close());
    const absent = loners(`absent${index}n`, names(size)).map(({ name }) => name);
    await watched("refresh of people offline", () => refresh(absent));
  }
  return samples.figures();
}

/** Somebody with a long list, whose first `renamed` contacts have another name. */
function owner(size: Size, mark: string, renamed = 0): Person {
  const list = Array.from({ length: contacts(size) }, (_, index) =>
    contact(`member${index}`, index < renamed ? "Renamed" : `Contact ${index} ${mark}`),
  );
  return { name: "owner", contacts: list };
}

function contacts(size: Size): number {
  return size.quick ? 20_000 : 100_000;
}

function names(size: Size): number {
  return size.quick ? 200_000 : 1_000_000;
}
