/** Clients of others log in with an app password, each by the mechanism that it prefers, and are signed out when it is taken back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { client, xml } from "@xmpp/client";
import { createClient } from "stanza";
import { Strophe } from "strophe.js";
import { startWorld, type World } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

interface Made {
  readonly id: string;
  readonly password: string;
}

async function make(world: World, name: string): Promise<Made> {
  const body = JSON.stringify({ user: "romeo", name });
  const response = await world.http("/kith/app-passwords", { method: "POST", body });
  return (await response.json()) as Made;
}

async function takeBack(world: World, { id }: Made): Promise<void> {
  const response = await world.http(`/kith/app-passwords/${id}?user=romeo`, { method: "DELETE" });
  assert.equal(response.status, 200);
}

/** How people have logged in so far, as the metrics say. */
async function mechanisms(world: World): Promise<readonly string[]> {
  const text = await (await world.http("/metrics")).text();
  return [...text.matchAll(/kith_logins_total\{mechanism="([^"]+)",result="success"\}/g)].map(([, name = ""]) => name);
}

async function usedPasswords(world: World): Promise<number> {
  const answer = await (await world.http("/kith/app-passwords?user=romeo")).json();
  return (answer as { passwords: { lastUsed: string | null }[] }).passwords.filter(({ lastUsed }) => lastUsed !== null)
    .length;
}

for (const local of [true, false]) {
  const accounts = local ? {} : { accounts: { local: false, tokens: { secret: "s".repeat(32) } } };
  test(`xmpp.js with an app password, by ${local ? "SCRAM" : "PLAIN"}`, { timeout: 20_000 }, async () => {
    await using world = await startWorld(accounts);
    const [phone, other] = [await make(world, "phone"), await make(world, "other")];
    const service = `xmpp://localhost:${world.server.ports.c2s}`;
    const romeo = client({ service, domain: "localhost", username: "romeo", password: phone.password });
    const second = client({ service, domain: "localhost", username: "romeo", password: other.password });
    const ended = Promise.withResolvers<Error>();
    romeo.on("error", ended.resolve);
    second.on("error", () => undefined);
    romeo.reconnect.stop();
    await romeo.start();
    await second.start();
    const [used] = await mechanisms(world);
    assert.match(used ?? "", local ? /^SCRAM-SHA-/ : /^PLAIN$/);
    assert.equal(await usedPasswords(world), 2);
    await takeBack(world, phone);
    assert.match(String(await ended.promise), /not-authorized/);
    await second.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), "localhost");
    second.reconnect.stop();
    await second.stop();
  });
}

test("strophe.js with an app password, by SCRAM", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  const phone = await make(world, "phone");
  const connection = new Strophe.Connection(`ws://127.0.0.1:${world.server.ports.http}/xmpp-websocket`);
  const gone = Promise.withResolvers<void>();
  await new Promise<void>((resolve, reject) => {
    connection.connect("romeo@localhost", phone.password, (status: number, condition: unknown) => {
      if (status === Strophe.Status.CONNECTED) resolve();
      if (status === Strophe.Status.DISCONNECTED) gone.resolve();
      if (status === Strophe.Status.AUTHFAIL) reject(new Error(String(condition)));
    });
  });
  assert.match((await mechanisms(world))[0] ?? "", /^SCRAM-SHA-/);
  await takeBack(world, phone);
  await gone.promise;
});

test("stanza with an app password", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  const phone = await make(world, "phone");
  const romeo = createClient({
    jid: "romeo@localhost",
    password: phone.password,
    transports: { websocket: `ws://127.0.0.1:${world.server.ports.http}/xmpp-websocket`, bosh: false },
    autoReconnect: false,
  });
  const started = once(romeo, "session:started");
  romeo.connect();
  await started;
  assert.match((await mechanisms(world))[0] ?? "", /^SCRAM-SHA-/);
  const ended = once(romeo, "disconnected");
  await takeBack(world, phone);
  await ended;
});
