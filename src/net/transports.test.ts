import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { silentLog } from "../log.ts";
import { type Certificate, loadCertificate } from "./certificate.ts";
import { type Listener, listen } from "./listener.ts";
import type { Receiver, Transport } from "./transport.ts";
import { createWebSocketGate } from "./websocket.ts";

/** Hears everything and can be waited for. */
class Recorder implements Receiver {
  readonly line: Transport;
  readonly heard: string[] = [];
  octets = 0;
  #wake: () => void = () => undefined;

  constructor(line: Transport) {
    this.line = line;
    line.attach(this);
  }
  #note(what: string): void {
    this.heard.push(what);
    this.#wake();
  }
  onData(chunk: Uint8Array): void {
    this.octets += chunk.length;
    this.#note(Buffer.from(chunk).toString());
  }
  onMessage(text: string): void {
    this.#note(text);
  }
  onOctets(octets: number): void {
    this.octets += octets;
  }
  onDrain(): void {
    this.#note("(drain)");
  }
  onSecure(): void {
    this.#note("(secure)");
  }
  onEnd(): void {
    this.#note("(end)");
  }
  onClose(): void {
    this.#note("(close)");
  }
  async until(what: string): Promise<void> {
    while (!this.heard.includes(what)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

let certificate: Certificate;
let tcp: Listener;
let tls: Listener;
let http: Server;
let accepted: (line: Transport) => void = () => undefined;
const sockets = new Set<{ destroy(): void }>();

/** The server's end of the next connection. */
function next(): Promise<Recorder> {
  return new Promise((resolve) => {
    accepted = (line) => {
      sockets.add(line);
      resolve(new Recorder(line));
    };
  });
}

before(async () => {
  certificate = await loadCertificate({
    cert: null,
    key: null,
    dataFolder: null,
    domains: ["localhost"],
    log: silentLog,
  });
  const shared = { address: "127.0.0.1", port: 0, certificate, accept: (line: Transport) => accepted(line) };
  tcp = await listen({ kind: "tcp", ...shared });
  tls = await listen({ kind: "tls", ...shared });
  const gate = createWebSocketGate({ maxPayload: 10_000, accept: (line) => accepted(line) });
  http = createServer();
  http.on("upgrade", (request, socket, head) => {
    gate.handleUpgrade(request, socket, head, { address: "192.0.2.1", secure: true });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});
after(() => {
  for (const socket of sockets) socket.destroy();
  tcp.close();
  tls.close();
  http.close();
});

function client(port: number): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.add(socket);
  return socket;
}

async function tlsClient(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", servername: "localhost", ca: certificate.current.cert, ...options });
  sockets.add(socket);
  await once(socket, "secureConnect");
  return socket;
}

test("TCP: text both ways, with the address of the peer", async () => {
  const server = next();
  const socket = client(tcp.port);
  const { line, until } = await server.then((recorder) => ({
    line: recorder.line,
    until: recorder.until.bind(recorder),
  }));
  assert.equal(line.address, "127.0.0.1");
  assert.equal(line.kind, "tcp");
  socket.write("héllo");
  await until("héllo");
  assert.ok(line.write("wörld"));
  const [answer] = await once(socket, "data");
  assert.equal(String(answer), "wörld");
  assert.equal(line.written, 6);
});

test("RFC 6120 §4.4: a peer that closes its side first is heard, and still gets our last words", async () => {
  const server = next();
  const socket = client(tcp.port);
  const recorder = await server;
  socket.end("bye");
  await recorder.until("(end)");
  recorder.line.write("</stream:stream>");
  recorder.line.end();
  const [answer] = await once(socket, "data");
  assert.equal(String(answer), "</stream:stream>");
  await recorder.until("(close)");
});

test("a peer that does not read: write says so, and drain comes when it reads again", async () => {
  const server = next();
  const socket = client(tcp.port);
  const recorder = await server;
  socket.pause();
  const piece = "x".repeat(65_536);
  let pieces = 1;
  while (recorder.line.write(piece) && pieces < 1000) pieces += 1;
  assert.ok(pieces < 1000);
  assert.ok(recorder.line.buffered > 0);
  socket.resume();
  await recorder.until("(drain)");
  socket.destroy();
  await recorder.until("(close)");
});

test("RFC 6120 §5.4.3: STARTTLS on the same socket; RFC 9266, RFC 5929: both sides know the same bindings", async () => {
  const server = next();
  const socket = client(tcp.port);
  const recorder = await server;
  assert.ok(recorder.line.offersTls && !recorder.line.secure);
  assert.deepEqual(recorder.line.channelBindings(), {});
  recorder.line.write("proceed");
  await once(socket, "data");
  recorder.line.startTls();
  const secured = await tlsClient({ socket });
  await recorder.until("(secure)");
  assert.ok(recorder.line.secure && !recorder.line.offersTls);
  secured.write("inside");
  await recorder.until("inside");
  const bindings = recorder.line.channelBindings();
  const expected = secured.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  assert.deepEqual(Buffer.from(bindings["tls-exporter"] ?? []), expected);
  assert.deepEqual(bindings["tls-server-end-point"], certificate.current.endPoint);
  secured.destroy();
  await recorder.until("(close)");
});

test("RFC 9266 §2: no tls-exporter with TLS 1.2", async () => {
  const server = next();
  const socket = await tlsClient({ port: tls.port, maxVersion: "TLSv1.2" });
  const recorder = await server;
  await recorder.until("(secure)");
  assert.equal(socket.getProtocol(), "TLSv1.2");
  assert.deepEqual(Object.keys(recorder.line.channelBindings()), ["tls-server-end-point"]);
});

test("XEP-0368 §2: direct TLS with ALPN xmpp-client; another protocol is refused", async () => {
  const server = next();
  const socket = await tlsClient({ port: tls.port, ALPNProtocols: ["xmpp-client"] });
  assert.equal(socket.alpnProtocol, "xmpp-client");
  assert.equal((await server).line.kind, "tls");
  const refused = next();
  await assert.rejects(tlsClient({ port: tls.port, ALPNProtocols: ["h2"] }), /alert|no.application/i);
  await (await refused).until("(close)");
});

test("RFC 7590 §3.1: TLS 1.1 is refused; plain text on the TLS port ends the connection", async () => {
  const old = next();
  await assert.rejects(
    tlsClient({ port: tls.port, minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
  );
  await (await old).until("(close)");
  const plain = next();
  client(tls.port).write("<stream:stream>");
  await (await plain).until("(close)");
});

test("sessions are resumed by tickets", async () => {
  const server = next();
  const first = await tlsClient({ port: tls.port });
  const ticket = once(first, "session");
  (await server).line.write("x");
  const [session] = await ticket;
  const second = await tlsClient({ port: tls.port, session });
  assert.ok(second.isSessionReused());
});

function webSocket(protocols: string[]): WebSocket {
  const { port } = http.address() as AddressInfo;
  return new WebSocket(`ws://127.0.0.1:${port}/xmpp-websocket`, protocols);
}

test("RFC 7395 §3.1: without the subprotocol xmpp the answer is 400 in words", async () => {
  const socket = webSocket(["soap"]);
  const [, response] = await once(socket, "unexpected-response");
  assert.equal(response.statusCode, 400);
  const [body] = await once(response, "data");
  assert.match(String(body), /subprotocol xmpp/);
});

test("RFC 7395 §3.2: messages whole, whatever their fragments, parts as one message, octets counted", async () => {
  const server = next();
  const socket = webSocket(["other", "xmpp"]);
  const recorder = await server;
  if (socket.readyState !== WebSocket.OPEN) await once(socket, "open");
  assert.equal(socket.protocol, "xmpp");
  assert.equal(socket.extensions, "");
  assert.equal(recorder.line.address, "192.0.2.1");
  assert.ok(recorder.line.secure);
  socket.send("<mess", { fin: false });
  socket.send("age/>", { fin: true });
  await recorder.until("<message/>");
  assert.ok(recorder.octets > 10);
  const got = once(socket, "message");
  recorder.line.write("<iq>", true);
  recorder.line.write("</iq>", false);
  const [data] = await got;
  assert.equal(String(data), "<iq></iq>");
  const pinged = once(socket, "ping");
  assert.ok(recorder.line.ping());
  await pinged;
  recorder.line.end();
  const [code] = await once(socket, "close");
  assert.equal(code, 1000);
  await recorder.until("(close)");
});

for (const [title, data, code] of [
  ["RFC 7395 §3.2: a binary message → 1003", Buffer.from("<message/>"), 1003],
  ["a message above the limit → 1009", "x".repeat(10_001), 1009],
] as const) {
  test(title, async () => {
    const server = next();
    const socket = webSocket(["xmpp"]);
    const recorder = await server;
    if (socket.readyState !== WebSocket.OPEN) await once(socket, "open");
    socket.send(data);
    const [closed] = await once(socket, "close");
    assert.equal(closed, code);
    await recorder.until("(close)");
    assert.deepEqual(recorder.heard, ["(close)"]);
  });
}

test("a port that is taken: listen-failed, naming it", async () => {
  const twice = listen({ kind: "tcp", address: "127.0.0.1", port: tcp.port, certificate, accept: () => undefined });
  await assert.rejects(twice, { code: "listen-failed", message: new RegExp(`127.0.0.1:${tcp.port} `) });
});
