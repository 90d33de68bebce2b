import { Client } from "../load/client.ts";
import { loginAll } from "../load/crowd.ts";
import { loners, type Person } from "../load/people.ts";
import type { Bench } from "./scenario.ts";

/** People of the message rows: the even ones talk to the odd ones, nobody has contacts. */
export const PAIRS = 100;
const BODY = "x".repeat(100);

/** The accounts of all pairs. */
export function pairPeople(): Person[] {
  return loners("pair", 2 * PAIRS);
}

/** Everybody logged in, and to each the client on the other side. */
export async function talkingPairs(bench: Bench): Promise<{ clients: Client[]; partners: Map<Client, Client> }> {
  const clients = pairPeople().map(({ name }) => new Client(name));
  await loginAll(clients, bench.server.c2s);
  await bench.meter.settle();
  const partners = new Map<Client, Client>();
  clients.forEach((client, index) => {
    const partner = clients[index ^ 1];
    if (partner !== undefined) partners.set(client, partner);
  });
  return { clients, partners };
}

/** A chat message to the bare address `to`, as clients send it: 100 bytes of body, an id. */
export function messageTo(to: string): string {
  return `<message to='${to}' type='chat' id='b3f1c2d4-5a69-4788-9c3e-1a2b3c4d5e6f'><body>${BODY}</body></message>`;
}
