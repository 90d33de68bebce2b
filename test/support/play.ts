/** Plays a transcript against a running server. */
import assert from "node:assert/strict";
import type { Element } from "../../src/xmpp/xml/element.ts";
import { serialise } from "../../src/xmpp/xml/write.ts";
import type { Client } from "./client.ts";
import { mismatch } from "./match.ts";
import type { Step, Transcript } from "./transcript.ts";
import { goOnline, type Transport, type World } from "./world.ts";
import { readElement } from "./xml.ts";

interface Stage {
  readonly world: World;
  readonly over: Transport;
  readonly transcript: Transcript;
  readonly clients: Map<string, Client>;
  answer: unknown;
}

export async function play(transcript: Transcript, world: World, over: Transport): Promise<void> {
  const stage: Stage = { world, over, transcript, clients: new Map(), answer: undefined };
  for (const step of transcript.steps) {
    try {
      await perform(stage, step);
    } catch (error) {
      throw new Error(`line ${step.line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

function actor(stage: Stage, name: string): Client {
  const client = stage.clients.get(name);
  if (client === undefined) throw new Error(`${name} has not connected`);
  return client;
}

async function connect(stage: Stage, name: string): Promise<Client> {
  const who = stage.transcript.clients.get(name);
  if (who === undefined) throw new Error(`${name} is not in [Client]`);
  const client = await stage.world.login(`${who.username}@${who.domain}/${who.resource}`, stage.over);
  stage.clients.set(name, client);
  return client;
}

async function resume(stage: Stage, name: string): Promise<void> {
  const before = actor(stage, name);
  stage.clients.set(name, await stage.world.resume(before.jid, before, stage.over));
}

async function each(stage: Stage, names: readonly string[], act: (client: Client) => unknown): Promise<void> {
  for (const name of names) await act(actor(stage, name));
}

async function perform(stage: Stage, step: Step): Promise<void> {
  switch (step.kind) {
    case "online":
      for (const name of step.who) await goOnline(await connect(stage, name));
      return forget(stage, step.who);
    case "connect":
      for (const name of step.who) await connect(stage, name);
      return;
    case "disconnect":
      return each(stage, step.who, async (client) => {
        client.close();
        await client.ended();
      });
    case "cut":
      return each(stage, step.who, (client) => client.destroy());
    case "manage":
      return each(stage, step.who, (client) => client.manage());
    case "resume":
      for (const name of step.who) await resume(stage, name);
      return;
    case "closed":
      return each(stage, step.who, (client) => client.ended());
    case "send":
      for (const child of readElement(`<block xmlns="jabber:client">${step.stanza}</block>`).children) {
        if (typeof child !== "string") actor(stage, step.who).send(child);
      }
      return;
    case "receive":
      return receive(actor(stage, step.who), step.stanzas, step.anyOrder);
    case "silence":
      return silence(stage, step.who);
    default:
      return performApp(stage, step);
  }
}

async function performApp(stage: Stage, step: Step): Promise<void> {
  const { app } = stage.world;
  switch (step.kind) {
    case "contacts":
      app.contacts.set(step.user, step.contacts);
      return;
    case "refresh":
      stage.answer = await stage.world.refresh(step.users);
      return;
    case "answered":
      assert.partialDeepStrictEqual(stage.answer, step.expected);
      return;
    case "asked":
      assert.equal(app.asked(step.user), step.times);
      return;
    case "app":
      app.answer =
        step.mood === "fails" ? (_, response) => void response.writeHead(500).end("out of order") : undefined;
      return;
    default:
      throw new Error(`no such step: ${step.kind}`);
  }
}

/** The presence of those who came later has arrived too, and is forgotten by all who are meant. */
async function forget(stage: Stage, names: readonly string[]): Promise<void> {
  await settle(stage);
  await each(stage, names, (client) => {
    client.inbox.length = 0;
  });
}

/** What the server did so far has reached everybody: each open client's ping comes back, twice round. */
async function settle(stage: Stage): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const client of stage.clients.values()) if (!client.closed) await client.sync();
  }
}

async function receive(client: Client, expected: readonly Element[], anyOrder: boolean): Promise<void> {
  const open = [...expected];
  while (open.length > 0) {
    const actual = await client.next();
    const index = anyOrder ? open.findIndex((one) => mismatch(one, actual) === undefined) : 0;
    const wanted = open[index];
    const reason = wanted === undefined ? "fits none of those expected" : mismatch(wanted, actual);
    assert.equal(reason, undefined, `${reason}\nreceived ${serialise(actual, "jabber:client")}`);
    open.splice(index, 1);
  }
}

async function silence(stage: Stage, names: readonly string[]): Promise<void> {
  await settle(stage);
  for (const name of names)
    assert.equal(actor(stage, name).describeInbox(), "nothing", `${name} should receive nothing`);
}
