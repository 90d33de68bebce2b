/** The handlers on node:http. */
import assert from "node:assert/strict";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { batchHandler, contactsHandler, signWebhook, toNodeHandler } from "./index.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

async function withServer(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("contacts with ETag, 304, HEAD and 405 over node:http", async () => {
  const handler = toNodeHandler(contactsHandler(async (user) => ({ [`friend-of-${user}@example.com`]: {} })));
  await withServer(handler, async (url) => {
    const answer = await fetch(`${url}/contacts/j%C3%B6hn`);
    assert.deepEqual(await answer.json(), { "friend-of-jöhn@example.com": {} });
    const etag = answer.headers.get("etag") ?? "";
    assert.equal((await fetch(`${url}/contacts/j%C3%B6hn`, { headers: { "if-none-match": etag } })).status, 304);
    const head = await fetch(`${url}/contacts/j%C3%B6hn`, { method: "HEAD" });
    assert.equal(head.headers.get("etag"), etag);
    assert.equal((await fetch(`${url}/contacts/john`, { method: "DELETE" })).status, 405);
    assert.equal(await statusOf(url, "TRACE"), 405);
  });
});

function statusOf(url: string, method: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("a signed body of many pieces is read byte for byte", async () => {
  const handler = toNodeHandler(batchHandler((users) => new Map(users.map((user) => [user, {}])), { secret: SECRET }));
  await withServer(handler, async (url) => {
    const users = Array.from({ length: 50_000 }, (_, n) => `jöhn-${n}`);
    const body = JSON.stringify({ users });
    const headers = await signWebhook("msg_1", body, SECRET);
    const answer = await fetch(url, { method: "POST", headers, body });
    assert.equal(Object.keys((await answer.json()) as object).length, users.length);
  });
});

test("what a handler throws is told, and the caller gets a 500 without it", async () => {
  const broken = new Error("the database is down");
  const told: unknown[] = [];
  const fail = contactsHandler(() => Promise.reject(broken));
  await withServer(toNodeHandler(fail, { onError: (error) => told.push(error) }), async (url) => {
    const answer = await fetch(`${url}/contacts/john`);
    assert.equal(`${answer.status} ${await answer.text()}`, "500 ");
  });
  const express = toNodeHandler(fail);
  await withServer(
    (request, response) =>
      express(request, response, (error) => {
        told.push(error);
        response.end();
      }),
    async (url) => void (await fetch(`${url}/contacts/john`)),
  );
  assert.deepEqual(told, [broken, broken]);
});

test("bodies that express.raw or express.text read are taken; parsed ones are refused in words", async () => {
  const body = '{"users":["john"]}';
  const headers = await signWebhook("msg_1", body, SECRET);
  const handler = toNodeHandler(batchHandler(() => ({ john: {} }), { secret: SECRET }));
  const withBody = (kept: unknown): RequestListener => {
    return (request, response) => {
      request.resume().on("end", () => {
        handler(Object.assign(request, { body: kept }), response, (error) => response.end(String(error)));
      });
    };
  };
  const answerOf = async (kept: unknown): Promise<string> => {
    let text = "";
    await withServer(withBody(kept), async (url) => {
      text = await (await fetch(url, { method: "POST", headers, body })).text();
    });
    return text;
  };
  assert.equal(await answerOf(Buffer.from(body)), '{"john":{}}');
  assert.equal(await answerOf(body), '{"john":{}}');
  assert.match(await answerOf(JSON.parse(body)), /before express\.json\(\)/);
});
