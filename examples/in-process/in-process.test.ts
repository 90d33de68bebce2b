/** The example of docs/in-process.md, run: clients come in through the application's own port. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Client } from "../../test/support/client.ts";
import { openWebSocket } from "../../test/support/wire.ts";
import { goOnline } from "../../test/support/world.ts";
import { start } from "./server.ts";

const PASSWORD = "correct horse";

test("in process: lists by a function, chat on the application's port, events by a listener, and the end", async () => {
  const app = await start(0);
  const { port } = app.http.address() as AddressInfo;
  assert.deepEqual(app.kith.ports, {}, "Kith has no port of its own");
  const came = Promise.withResolvers<string>();
  const off = app.kith.on("presence", ({ user, data, domain }) => came.resolve(`${user}@${domain} ${data.state}`));

  const signIn = async (username: string): Promise<Client> => {
    await app.kith.users.add(`${username}@localhost`, PASSWORD);
    const wire = await openWebSocket(`ws://127.0.0.1:${port}/xmpp-websocket`);
    const client = await Client.login(wire, { username, domain: "localhost", password: PASSWORD });
    await goOnline(client);
    return client;
  };
  const john = await signIn("john");
  assert.equal(await came.promise, "john@localhost online");
  off();
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.deepEqual(await response.json(), { john: "online" }, "the application's own page still answers there");

  const aaron = await signIn("aaron");
  await app.befriend("john", "aaron");
  const push = await john.next((stanza) => stanza.name === "iq" && stanza.attrs["type"] === "set");
  assert.match(JSON.stringify(push), /aaron@localhost/);
  await john.next((stanza) => stanza.name === "presence" && stanza.attrs["from"] === aaron.jid);

  const again = await app.kith.refresh(["john"], { domain: "LocalHost" });
  assert.equal(again.get("john")?.status, "ok", "a domain is named in any spelling");

  await app.close();
  await Promise.all([john.ended(), aaron.ended()]);
  await app.kith.close();
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
});
