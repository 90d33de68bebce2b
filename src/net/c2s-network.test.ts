import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { testCertificate } from "../../test/support/certificate.ts";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { Connection } from "../sessions/connection.ts";
import type { SessionHost } from "../sessions/host.ts";
import type { Authenticator } from "../xmpp/sasl/mechanism.ts";
import { type C2s, createC2s } from "./c2s.ts";
import { loadCertificate } from "./certificate.ts";
import { DEFAULT_C2S_LIMITS } from "./limits.ts";
import { type Listener, listen } from "./listener.ts";

const HEADER =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";
const AUTH = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${btoa("\0john\0x")}</auth>`;
const BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

let c2s: C2s;
let tcp: Listener;
let bound: (connection: Connection) => void = () => undefined;
let ended: () => void = () => undefined;
const sockets: Socket[] = [];

const manage = (): never => assert.fail("not part of these tests");

before(async () => {
  const authenticator: Authenticator = {
    mechanisms: () => ["PLAIN"],
    start: () => ({ step: async () => ({ kind: "success", username: "john", data: undefined }) }),
  };
  const sessions: SessionHost = {
    domains: ["localhost"],
    authenticated: () => () => undefined,
    streamFeatures: () => [],
    inlineFeatures: () => [],
    bind({ connection }) {
      bound(connection);
      return {
        ok: true,
        inline: "",
        session: { jid: "john@localhost/x", receive: () => undefined, end: () => ended(), lost: () => ended(), manage },
      };
    },
    online: () => [],
    lastActivity: () => undefined,
    people: () => [],
    resumes: false,
    resume: () => ({ ok: false, answer: { ok: false, reason: "off" } }),
    size: 0,
    kick: () => undefined,
    kickOne: () => false,
    close: () => undefined,
  };
  c2s = createC2s({
    sessions,
    authenticators: new Map([["localhost", authenticator]]),
    limits: DEFAULT_C2S_LIMITS,
    clock: systemClock,
    log: silentLog,
    metrics: new Metrics(),
    allowPlaintext: false,
  });
  const certificate = await loadCertificate({
    ...(await testCertificate()),
    dataFolder: null,
    domains: ["localhost"],
    log: silentLog,
  });
  const accept = c2s.accept.bind(c2s);
  tcp = await listen({ kind: "tcp", address: "127.0.0.1", port: 0, certificate, accept });
});
after(async () => {
  tcp.close();
  for (const socket of sockets) socket.destroy();
  await c2s.close();
});

/** Reads until `last` came; resolves with all, also when the connection ends before. */
function reading(socket: Socket, last: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += String(chunk);
      if (text.includes(last)) done();
    };
    const done = (): void => {
      socket.removeListener("data", onData);
      resolve(text);
    };
    socket.on("data", onData);
    socket.once("close", done);
  });
}

function open(): Socket {
  const socket = connect(tcp.port, "127.0.0.1");
  socket.on("error", () => undefined); // a reset is how some of these end
  sockets.push(socket);
  return socket;
}

async function login(): Promise<{ readonly socket: Socket; readonly connection: Connection }> {
  const plain = open();
  plain.write(HEADER + STARTTLS);
  assert.match(await reading(plain, "<proceed"), /<required\/>.*<proceed/);
  const socket = connectTls({ socket: plain, rejectUnauthorized: false, servername: "localhost" });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  const connection = new Promise<Connection>((resolve) => {
    bound = resolve;
  });
  socket.write(HEADER + AUTH + HEADER + BIND);
  assert.match(
    await reading(socket, "</jid>"),
    /tls-exporter.*<mechanism>PLAIN.*<success.*<jid>john@localhost\/x<\/jid>/,
  );
  return { socket, connection: await connection };
}

test("RFC 6120 §9.1: header, STARTTLS, SASL and binding over a real socket; the end is answered", async () => {
  const { socket, connection } = await login();
  assert.ok(connection.secure);
  const last = reading(socket, "never");
  socket.write("</stream:stream>");
  assert.equal(await last, "</stream:stream>");
});

test("RFC 6120 §5.4.3.3: bytes behind starttls on the open line close the connection, unanswered", async () => {
  const socket = open();
  socket.write(`${HEADER}${STARTTLS}${HEADER}${AUTH}`);
  const text = await reading(socket, "never");
  assert.doesNotMatch(text, /<proceed|<success/);
});

test("a reader that stops: its session ends when more than the limit waits, and others are not held up", async () => {
  const slow = await login();
  const other = await login();
  slow.socket.pause();
  let isOver = false;
  ended = () => {
    isOver = true;
  };
  const stanza = `>${"x".repeat(100_000)}</message>`;
  for (let i = 0; i < 1000 && !isOver; i++) {
    slow.connection.send("message", stanza);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(isOver);
  other.connection.send("message", "/>");
  assert.match(await reading(other.socket, "<message/>"), /<message\/>/);
  other.socket.destroy();
  slow.socket.destroy();
});
