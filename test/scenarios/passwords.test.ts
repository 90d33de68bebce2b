/** Passwords that the application checks, over HTTP and XMPP: `accounts.http.url`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Client } from "../support/client.ts";
import { startWorld } from "../support/world.ts";

const SECRET = `whsec_${Buffer.from("a secret for tests, 32 octets or more").toString("base64")}`;

/** The application's endpoint; `status` other than 200 is an application in trouble; `isGone`: it knows no Romeo. */
async function passwords() {
  const asked: unknown[] = [];
  const endpoint = { url: "", asked, status: 200, isGone: false };
  const server = createServer(async (request, response) => {
    const body = new Webhook(SECRET).verify(await text(request), request.headers as Record<string, string>);
    asked.push(body);
    const { user, password } = body as { user: string; password?: string };
    const isKnown = user === "romeo" && !endpoint.isGone;
    response.writeHead(endpoint.status, { "content-type": "application/json" });
    response.end(JSON.stringify({ ok: isKnown && (password === undefined || password === "wherefore") }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/password`;
  return Object.assign(endpoint, { [Symbol.dispose]: () => void server.close() });
}

test("the application says who may log in, and what it said is asked for once", { timeout: 20_000 }, async () => {
  using endpoint = await passwords();
  await using world = await startWorld((app) => ({
    contacts: { url: app.url, secret: SECRET },
    accounts: { local: false, http: { url: endpoint.url } },
  }));
  const login = async (username: string, password: string): Promise<Client> =>
    Client.login(await world.open("tls"), { username, domain: "localhost", password });

  const romeo = await login("Romeo", "wherefore");
  assert.match(romeo.jid, /^romeo@localhost\//);
  await login("romeo", "wherefore");
  assert.deepEqual(endpoint.asked, [{ user: "romeo", domain: "localhost", password: "wherefore" }]);
  await assert.rejects(login("romeo", "wrong"), /not-authorized/);
  await assert.rejects(login("tybalt", "wherefore"), /not-authorized/);

  endpoint.status = 503;
  await assert.rejects(login("romeo", "wherefore"), /temporary-auth-failure/);
});

test("accounts.http.exists: an app password lets in who is there, nobody who is gone, and anybody while that cannot be asked", {
  timeout: 20_000,
}, async () => {
  using endpoint = await passwords();
  await using world = await startWorld((app) => ({
    contacts: { url: app.url, secret: SECRET },
    accounts: { local: false, http: { url: endpoint.url, exists: true, cache: "1ms" } },
  }));
  const made = await world.http("/kith/app-passwords", {
    method: "POST",
    body: JSON.stringify({ user: "romeo", name: "Phone" }),
  });
  const { password } = (await made.json()) as { password: string };
  const login = async (): Promise<Client> =>
    Client.login(await world.open("tls"), { username: "romeo", domain: "localhost", password });
  await login();
  assert.deepEqual(endpoint.asked, [{ user: "romeo", domain: "localhost" }]);
  endpoint.isGone = true;
  await assert.rejects(login(), /not-authorized/);
  endpoint.status = 503;
  assert.match((await login()).jid, /^romeo@localhost\//);
});
