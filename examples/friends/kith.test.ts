import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { test } from "node:test";
import { contactsResponse, refresh } from "./kith.ts";

async function withKith(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  try {
    await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("contacts carry an ETag that changes with them, and 304 answers the same one", async () => {
  const one = contactsResponse({ "marie@localhost": { name: "Marie" } }, null);
  const etag = one.headers.get("etag");
  assert.deepEqual(await one.json(), { "marie@localhost": { name: "Marie" } });
  assert.equal(contactsResponse({ "marie@localhost": { name: "Marie" } }, etag).status, 304);
  const two = contactsResponse({ "marie@localhost": { name: "Mimi" } }, etag);
  assert.equal(two.status, 200);
  assert.notEqual(two.headers.get("etag"), etag);
});

test("a refresh posts the names with the token", async () => {
  const seen: string[] = [];
  await withKith(
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${Buffer.concat(chunks)}`);
      response.setHeader("Content-Type", "application/json");
      response.end('{"status":"ok","message":"roster update complete","updated":2,"errors":0}');
    },
    async (url) =>
      assert.deepEqual(await refresh({ url, token: "t0ken" }, ["john", "marie"]), { ok: true, updated: 2 }),
  );
  assert.deepEqual(seen, ['POST /roster_admin/refresh Bearer t0ken ["john","marie"]']);
});

test("a refresh that fails says why and does not throw", async () => {
  await withKith(
    (_, response) => {
      response.writeHead(401, { "Content-Type": "application/problem+json" });
      response.end('{"title":"Unauthorized","detail":"The token is wrong"}');
    },
    async (url) =>
      assert.deepEqual(await refresh({ url, token: "x" }, ["john"]), { ok: false, reason: "401 The token is wrong" }),
  );
  const closed = await refresh({ url: "http://127.0.0.1:1", token: "x" }, ["john"]);
  assert.ok(!closed.ok && closed.reason.length > 0);
});
