import assert from "node:assert/strict";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { httpWorld, TOKEN } from "../../test/support/http.ts";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { loadCertificate } from "../net/certificate.ts";
import { type HttpListener, type ListenerOptions, listenHttp } from "./listener.ts";

type Settings = NonNullable<Parameters<typeof httpWorld>[0]> & Partial<ListenerOptions>;

async function open(t: TestContext, settings: Settings = {}): Promise<HttpListener> {
  const { app } = httpWorld(settings);
  const listener = await listenHttp({
    app,
    upgrade: () => false,
    tls: undefined,
    address: "127.0.0.1",
    port: 0,
    headerTime: 10_000,
    bodyTime: 30_000,
    log: silentLog,
    ...settings,
  });
  t.after(() => listener.close(0));
  return listener;
}

/** Sends octets as they are and gives all that comes back until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      heard += chunk.toString();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
  });
}

interface Heard {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function call(
  port: number,
  path: string,
  headers: Record<string, string>,
  tls?: { readonly ca: string; readonly servername: string },
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const make = tls === undefined ? requestHttp : requestHttps;
    const request = make({ host: "127.0.0.1", port, path, headers, ...tls }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.on("error", reject);
    request.end();
  });
}

test("no Host header, two of them, or none that is a host: 400 in words", async (t) => {
  const { port } = await open(t);
  const rows = ["Connection: close", "Host: a\r\nHost: b\r\nConnection: close", "Host: a b\r\nConnection: close"];
  for (const headers of rows) {
    const heard = await raw(port, `GET /healthz HTTP/1.1\r\n${headers}\r\n\r\n`);
    assert.match(heard, /^HTTP\/1\.1 400 /, headers);
    assert.match(heard, /application\/problem\+json/i, headers);
  }
  assert.match(await raw(port, "GET /healthz HTTP/1.0\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 200 /);
});

test("answers name no software", async (t) => {
  const { port } = await open(t);
  const { headers } = await call(port, "/healthz", {});
  assert.equal(headers["server"], undefined);
  assert.equal(headers["x-powered-by"], undefined);
  assert.equal(headers["x-content-type-options"], "nosniff");
});

test("a body that stops is 408, one that is announced too long is 413 at once, and the connection ends", async (t) => {
  const { port } = await open(t, { bodyTime: 50, maxBody: 1000, clock: systemClock });
  const post = `POST /roster_admin/refresh HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  assert.match(await raw(port, `${post}Content-Length: 100\r\n\r\n["jo`), /^HTTP\/1\.1 408 /);
  assert.match(await raw(port, `${post}Content-Length: 100000\r\n\r\n[`), /^HTTP\/1\.1 413 /);
  const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n400\r\n${"x".repeat(1024)}\r\n`;
  assert.match(await raw(port, chunked), /^HTTP\/1\.1 413 /);
});

test("Expect: 100-continue is obeyed", async (t) => {
  const { port } = await open(t);
  const head = `POST /roster_admin/refresh HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n`;
  const heard = await raw(port, `${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n[]`);
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});

test("headers that never end are cut", async (t) => {
  const { port } = await open(t, { headerTime: 50 });
  assert.match(await raw(port, "GET /healthz HTTP/1.1\r\nHost: a\r\n"), /^HTTP\/1\.1 408 /);
});

test("what is no HTTP, or lies about its length, is answered in words too", async (t) => {
  const { port } = await open(t, { headerTime: 50 });
  const post = `POST /roster_admin/refresh HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const rows: readonly (readonly [string, number])[] = [
    ["\x16\x03\x01\x02\x00\x01", 400],
    ["FOO /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    [`${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]`, 400],
    [`${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n`, 400],
    [`GET /healthz HTTP/1.1\r\nHost: a\r\nX-Much: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["GET /healthz HTTP/1.1\r\nHost: a\r\n", 408],
  ];
  for (const [text, status] of rows) {
    const heard = await raw(port, text);
    assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `), text.slice(0, 80));
    assert.match(heard, /content-type: application\/problem\+json/i);
    assert.match(heard, new RegExp(`"status":${status},"detail":"`));
  }
});

test("an upgrade that nobody wants is 404", async (t) => {
  const { port } = await open(t);
  const upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  assert.match(await raw(port, upgrade), /^HTTP\/1\.1 404 /);
});

test("HTTPS with the server's certificate: host-meta says wss", async (t) => {
  const certificate = await loadCertificate({
    cert: null,
    key: null,
    dataFolder: null,
    domains: ["localhost"],
    log: silentLog,
  });
  const { port } = await open(t, { tls: certificate.current });
  const { status, body } = await call(
    port,
    "/.well-known/host-meta.json",
    { host: `localhost:${port}` },
    { ca: certificate.current.cert, servername: "localhost" },
  );
  assert.equal(status, 200);
  assert.match(body, new RegExp(`"wss://localhost:${port}/xmpp-websocket"`));
});

test("behind a proxy: its headers count when it is trusted, and only then", async (t) => {
  const forwarded: readonly Record<string, string>[] = [
    { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "x-forwarded-host": "chat.example" },
    { forwarded: 'for="[2001:db8::1]:4711";proto=https;host=chat.example' },
  ];
  for (const headers of forwarded) {
    const trusting = await open(t, { trustProxy: ["127.0.0.0/8"] });
    const believed = await call(trusting.port, "/.well-known/host-meta.json", headers);
    assert.match(believed.body, /"wss:\/\/chat\.example\/xmpp-websocket"/);
    const { port } = await open(t);
    const ignored = await call(port, "/.well-known/host-meta.json", headers);
    assert.match(ignored.body, new RegExp(`"ws://127\\.0\\.0\\.1:${port}/xmpp-websocket"`));
  }
});
