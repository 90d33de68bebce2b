/** Contract §1, batch: over the network, with a server and an application. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { startWorld } from "../support/world.ts";

const SECRET = `whsec_${Buffer.from("batches are signed with this one").toString("base64")}`;

test("lists come by signed batches; contacts.url need not be there; one user's failure is theirs alone", async () => {
  const batches: string[][] = [];
  let contacts: Record<string, unknown> = {
    john: { "marie@localhost": {} },
    marie: { "john@localhost": {} },
    ghost: null,
  };
  const app = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const { users } = new Webhook(SECRET).verify(body, headers) as { users: string[] };
      assert.equal(request.headers.authorization, "Bearer of-the-application");
      batches.push(users);
      response.end(JSON.stringify(contacts));
    });
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const batchUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/batch`;
  await using world = await startWorld({ contacts: { batchUrl, secret: SECRET, bearer: "of-the-application" } });
  const john = await world.online("john@localhost/a");
  const marie = await world.online("marie@localhost/b");
  const seen = await john.next((stanza) => stanza.name === "presence" && stanza.attrs["from"] === marie.jid);
  assert.equal(seen.attrs["type"], undefined);
  await world.online("ghost@localhost/c");

  batches.length = 0;
  contacts = { john: { "marie@localhost": { name: "M" } }, ghost: {} };
  const answer = (await world.refresh(["john", "marie", "ghost", "nobody"], "?results=1")) as {
    updated: number;
    errors: number;
    results: Record<string, { status: string; failure?: string; changed?: string[] }>;
  };
  assert.deepEqual(batches, [["john", "marie", "ghost"]]);
  assert.deepEqual([answer.updated, answer.errors], [3, 1]);
  assert.deepEqual(answer.results["john"]?.changed, ["marie@localhost"]);
  assert.equal(answer.results["marie"]?.failure, "missing");
  assert.match(await (await world.http("/metrics")).text(), /kith_contacts_batch_users_count [1-9]/);
  app.closeAllConnections();
  app.close();
});
