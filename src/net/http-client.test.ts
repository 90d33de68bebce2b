import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { FetchError, type FetchRequest } from "../contacts/fetch.ts";
import { createHttpClient } from "./http-client.ts";

const open = new AbortController().signal;

function client(t: TestContext) {
  const made = createHttpClient({ connections: 4, connectTimeout: 2000 });
  t.after(() => made.close());
  return (url: string, more: Partial<FetchRequest> = {}) =>
    made.fetch({ url, method: "GET", headers: {}, signal: open, maxBytes: 1000, ...more });
}

async function serve(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Speaks raw bytes. */
async function serveRaw(t: TestContext, handle: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const isKind = (kind: string) => (error: unknown) => error instanceof FetchError && error.kind === kind;

test("a request reaches the application as it is, and its answer comes back whole", async (t) => {
  let seen: unknown;
  const base = await serve(t, (request, response) => {
    seen = [request.method, request.url, request.headers["x-a"]];
    response.setHeader("x-many", ["a", "b"]);
    response.writeHead(200, { etag: '"v1"' });
    response.write("one ");
    response.end("two");
  });
  const answer = await client(t)(`${base}/a%2Fb/%2e%2e/c?x=%20#hash`, { headers: { "x-a": "b" } });
  assert.deepEqual(seen, ["GET", "/a%2Fb/%2e%2e/c?x=%20", "b"]);
  assert.equal(answer.status, 200);
  assert.equal(answer.header("etag"), '"v1"');
  assert.equal(answer.header("x-many"), "a, b");
  assert.equal(answer.header("age"), undefined);
  assert.equal(Buffer.from(answer.body).toString(), "one two");
});

test("a body is sent with POST", async (t) => {
  const base = await serve(t, (request, response) => void request.pipe(response));
  const answer = await client(t)(base, { method: "POST", body: '{"é":1}' });
  assert.equal(Buffer.from(answer.body).toString(), '{"é":1}');
});

test("an answer that nobody reads may be of any size, and is not received to its end", async (t) => {
  const base = await serve(t, (request, response) => {
    if (request.url === "/long") response.writeHead(200, { "content-length": 50_000 }).end("x".repeat(50_000));
    else {
      response.on("error", () => response.destroy());
      const more = setInterval(() => response.write("x".repeat(30_000)), 1);
      response.on("close", () => clearInterval(more));
    }
  });
  for (const path of ["/long", "/endless"]) {
    assert.equal((await client(t)(`${base}${path}`, { unread: true })).status, 200);
    await assert.rejects(client(t)(`${base}${path}`), isKind("too-large"));
  }
});

test("G29: connections are kept", async (t) => {
  const ports = new Set<number | undefined>();
  const base = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort);
    response.end("{}");
  });
  const fetch = client(t);
  for (let n = 0; n < 20; n++) await fetch(base);
  assert.ok(ports.size <= 2, `${ports.size} connections for 20 calls`);
});

test("redirects are not followed, encodings not decoded, 304 has no body", async (t) => {
  const base = await serve(t, (request, response) => {
    if (request.url === "/gzip") response.writeHead(200, { "content-encoding": "gzip" }).end("raw");
    else if (request.url === "/304") response.writeHead(304, { etag: '"v1"' }).end();
    else response.writeHead(302, { location: "/elsewhere" }).end();
  });
  const fetch = client(t);
  assert.equal((await fetch(`${base}/redirect`)).status, 302);
  assert.equal(Buffer.from((await fetch(`${base}/gzip`)).body).toString(), "raw");
  const notModified = await fetch(`${base}/304`);
  assert.deepEqual([notModified.status, notModified.body.length], [304, 0]);
});

test("contract §1: a body that is larger, or says so, is refused at once", async (t) => {
  const base = await serve(t, (request, response) => {
    if (request.url === "/said") response.writeHead(200, { "content-length": "1001" }).write("x");
    else if (request.url === "/exact") response.end("x".repeat(1000));
    else {
      response.writeHead(200);
      response.write("x".repeat(1001));
    }
  });
  const fetch = client(t);
  await assert.rejects(fetch(`${base}/said`), isKind("too-large"));
  await assert.rejects(fetch(`${base}/chunked`), isKind("too-large"));
  assert.equal((await fetch(`${base}/exact`)).body.length, 1000);
});

test("of an endless error page only the beginning is read", async (t) => {
  const base = await serve(t, (_request, response) => {
    response.writeHead(500);
    const more = (): void => {
      while (response.write("x".repeat(16_384)) && !response.destroyed);
    };
    response.on("drain", more);
    more();
  });
  assert.equal((await client(t)(base)).status, 500);
});

test("the signal ends a request while it waits for headers, in its body, and before it began", async (t) => {
  const base = await serve(t, (request, response) => {
    if (request.url === "/body") response.writeHead(200).write("x");
    (request.url === "/body" ? bodyStarted : asked).resolve();
  });
  const asked = Promise.withResolvers<void>();
  const bodyStarted = Promise.withResolvers<void>();
  const fetch = client(t);
  for (const [path, ready] of [
    ["/headers", asked],
    ["/body", bodyStarted],
  ] as const) {
    const controller = new AbortController();
    const answer = fetch(base + path, { signal: controller.signal });
    await ready.promise;
    controller.abort();
    await assert.rejects(answer, isKind("aborted"));
  }
  await assert.rejects(fetch(base, { signal: AbortSignal.abort() }), isKind("aborted"));
});

test("what goes wrong has a kind, and its message names no URL", async (t) => {
  const closed = await serveRaw(t, (socket) => socket.destroy());
  const reset = await serveRaw(t, (socket) => socket.once("data", () => socket.resetAndDestroy()));
  const half = await serveRaw(t, (socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
  });
  const nonsense = await serveRaw(t, (socket) => void socket.end("nonsense\r\n\r\n"));
  const plain = await serve(t, (_request, response) => response.end());
  const port = await freePort();
  const fetch = client(t);
  const kindOf = async (url: string): Promise<string> => {
    const error: unknown = await fetch(`${url}/secret`).then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.ok(error instanceof FetchError);
    assert.doesNotMatch(error.message, /secret|127\.0\.0\.1|nowhere/);
    return error.kind;
  };
  assert.equal(await kindOf(closed), "reset");
  assert.equal(await kindOf(reset), "reset");
  assert.equal(await kindOf(half), "reset");
  assert.equal(await kindOf(nonsense), "failed");
  assert.equal(await kindOf(`http://127.0.0.1:${port}`), "refused");
  assert.equal(await kindOf(plain.replace("http:", "https:")), "tls");
  assert.equal(await kindOf("http://nowhere.invalid"), "dns");
});

test("localhost finds an application that listens on one of its addresses only", async (t) => {
  const base = await serve(t, (_request, response) => response.end("{}"));
  assert.equal((await client(t)(base.replace("127.0.0.1", "localhost"))).status, 200);
});

/** A port on which nobody listens any more. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  connect(port, "127.0.0.1").on("error", () => undefined);
  return port;
}
