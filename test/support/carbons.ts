/** Carbons without a network: people with several devices, and what a copy looks like. */
import { type TestClient, testHost } from "./sessions.ts";

export const CARBONS = "xmlns='urn:xmpp:carbons:2'";

/** What is to arrive: the copy that `kind` says, for `to`, of `message`, written in full. */
export function copy(kind: "sent" | "received", to: string, message: string): string {
  const type = / type='\w+'/.exec(message)?.[0] ?? " type='{none}'";
  const inside = message.replace("<message", "<message xmlns='jabber:client'");
  const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${inside}</forwarded>`;
  return `<message from='${to.split("/")[0]}' to='${to}'${type} id='{none}'><${kind} ${CARBONS}>${forwarded}</${kind}></message>`;
}

export function enable(...clients: readonly TestClient[]): void {
  for (const client of clients) {
    client.send(`<iq type='set' id='c'><enable ${CARBONS}/></iq>`);
    client.receives("<iq type='result' id='c' from='{none}'/>");
  }
}

/** romeo with phone, laptop and an old client, juliet with phone and laptop: all online, all but the old one with carbons. */
export async function verona() {
  const world = testHost();
  const phone = await world.online("romeo@localhost/phone");
  const laptop = await world.online("romeo@localhost/laptop");
  const old = await world.online("romeo@localhost/old");
  const juliet = await world.online("juliet@localhost/phone");
  const balcony = await world.online("juliet@localhost/balcony");
  world.forget(phone, laptop, old, juliet, balcony);
  enable(phone, laptop, juliet, balcony);
  return { world, phone, laptop, old, juliet, balcony };
}

export function nothingFor(...clients: readonly TestClient[]): void {
  for (const client of clients) client.receives();
}
