/** App passwords over XMPP and HTTP: made, used, taken back while in use. docs/login.md */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../support/client.ts";
import { startWorld, type World } from "../support/world.ts";

interface Made {
  readonly id: string;
  readonly password: string;
}

async function make(world: World, user: string): Promise<Made> {
  const body = JSON.stringify({ user, name: "phone" });
  const response = await world.http("/kith/app-passwords", { method: "POST", body });
  assert.equal(response.status, 201);
  return (await response.json()) as Made;
}

async function take(world: World, user: string, { id }: Made): Promise<number> {
  return (await world.http(`/kith/app-passwords/${id}?user=${user}`, { method: "DELETE" })).status;
}

const whoIs = (username: string, { password }: Made) => ({ username, domain: "localhost", password });

test("taking one back ends its sessions at once, and leaves the others", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost"); // first: a new password of the account would end them
  const [phone, laptop] = [await make(world, "romeo"), await make(world, "romeo")];
  const onPhone = await Client.login(await world.open("tls"), whoIs("romeo", phone));
  const onLaptop = await Client.login(await world.open("websocket"), whoIs("romeo", laptop));
  const atHome = await world.login("romeo@localhost/home");
  const ended = onPhone.next((stanza) => stanza.name === "error");
  assert.equal(await take(world, "romeo", phone), 200);
  assert.ok((await ended).children.some((child) => typeof child !== "string" && child.name === "not-authorized"));
  await onPhone.ended();
  await onLaptop.sync();
  await atHome.sync();
  await assert.rejects(Client.login(await world.open("tls"), whoIs("romeo", phone)), /not-authorized/);
  await Client.login(await world.open("tls"), whoIs("romeo", laptop));
  assert.equal(await take(world, "romeo", phone), 404);
});

test("a new password of the account ends what its app passwords let in", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const phone = await make(world, "romeo");
  const onPhone = await Client.login(await world.open("tls"), whoIs("romeo", phone));
  await world.server.users.add("romeo@localhost", "another one");
  await onPhone.ended();
  await assert.rejects(Client.login(await world.open("tls"), whoIs("romeo", phone)), /not-authorized/);
});

test("on a domain with tokens alone they let in by PLAIN", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ accounts: { local: false, tokens: { secret: "s".repeat(32) } } });
  const phone = await make(world, "juliet");
  const client = await Client.login(await world.open("tls"), whoIs("juliet", phone));
  assert.match(client.jid, /^juliet@localhost\//);
});

test("switched off: none is made", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ accounts: { appPasswords: false } });
  const body = JSON.stringify({ user: "romeo", name: "phone" });
  const response = await world.http("/kith/app-passwords", { method: "POST", body });
  assert.equal(response.status, 403);
});

test("a login that is not bound yet does not survive either", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  const phone = await make(world, "romeo");
  const client = new Client(await world.open("tls"), "localhost");
  await client.authenticate(whoIs("romeo", phone));
  const ended = client.next((stanza) => stanza.name === "error");
  assert.equal(await take(world, "romeo", phone), 200);
  assert.ok((await ended).children.some((child) => typeof child !== "string" && child.name === "not-authorized"));
  await client.ended();
});
