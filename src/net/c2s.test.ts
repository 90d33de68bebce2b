import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { Connection } from "../sessions/connection.ts";
import type { SessionHost } from "../sessions/host.ts";
import type { Authenticator, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import { createC2s } from "./c2s.ts";
import { type C2sLimits, DEFAULT_C2S_LIMITS } from "./limits.ts";
import { type MemoryOptions, MemoryTransport } from "./memory.ts";

const HEADER =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";
const PLAIN = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>";
const AUTH = `${PLAIN}${btoa("\0john\0secret")}</auth>`;
const BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const PING = "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>";
const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

function setup(
  changes: Partial<C2sLimits> = {},
  options: { allowPlaintext?: boolean; onReceive?: (s: Stanza, c: Connection) => void } = {},
) {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const log: string[] = [];
  const connections: Connection[] = [];
  let answer: ((outcome: SaslOutcome) => void) | undefined;
  const authenticator: Authenticator = {
    mechanisms: () => ["PLAIN", "SLOW", "BROKEN"],
    start: (mechanism) => ({
      step(data) {
        if (mechanism === "SLOW") {
          return new Promise((resolve) => {
            answer = resolve;
          });
        }
        if (mechanism === "BROKEN") throw new Error("broken");
        const [, username = "", password] = Buffer.from(data ?? [])
          .toString()
          .split("\0");
        if (password !== "secret") return { kind: "failure", condition: "not-authorized" };
        const ends = username === "brief" ? { endsAt: clock.now() + 60_000 } : {};
        return { kind: "success", username, data: undefined, ...ends };
      },
    }),
  };
  const sessions: SessionHost = {
    domains: ["localhost"],
    authenticated: (domain, username) => {
      log.push(`authenticated ${username}@${domain}`);
      return () => undefined;
    },
    streamFeatures: () => [],
    inlineFeatures: () => [],
    bind({ username, resource, connection }) {
      connections.push(connection);
      const jid = `${username}@localhost/${resource ?? "made"}`;
      return {
        ok: true,
        inline: "",
        session: {
          jid,
          receive(stanza) {
            log.push(`${stanza.name} ${stanza.attrs["id"]}`);
            options.onReceive?.(stanza, connection);
          },
          end: () => log.push(`end ${jid}`),
          lost: () => log.push(`end ${jid}`),
          manage: () => assert.fail("not part of these tests"),
        },
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
  let ids = 0;
  const c2s = createC2s({
    sessions,
    authenticators: new Map([["localhost", authenticator]]),
    limits: { ...DEFAULT_C2S_LIMITS, ...changes },
    clock,
    log: silentLog,
    metrics,
    allowPlaintext: options.allowPlaintext ?? true,
    newId: () => `id-${ids++}`,
  });
  const connect = (line: MemoryOptions = {}): MemoryTransport => {
    const transport = new MemoryTransport(line);
    c2s.accept(transport);
    return transport;
  };
  return {
    clock,
    metrics,
    log,
    c2s,
    connect,
    connections,
    answer: (outcome: SaslOutcome) => answer?.(outcome),
    async login(line: MemoryOptions = {}) {
      const transport = connect(line);
      transport.say(HEADER + AUTH + HEADER + BIND);
      await settle();
      return transport;
    },
  };
}

/** The condition of the stream error that was sent. */
function errorOf(line: MemoryTransport): string | undefined {
  return /<stream:error[^>]*><([a-z-]+) /.exec(line.output)?.[1];
}

test("a whole login in one chunk: each step is answered in order and the session gets what follows", async () => {
  const { connect, log } = setup();
  const line = connect();
  line.say(HEADER + AUTH + HEADER + BIND + PING);
  await settle();
  const steps = ["<mechanisms", "<success", "<stream:features><bind", "<jid>john@localhost/made</jid>"];
  let at = 0;
  for (const expected of steps) {
    at = line.output.indexOf(expected, at);
    assert.notEqual(at, -1, expected);
  }
  assert.deepEqual(log, ["authenticated john@localhost", "iq p"]);
});

test("the same octet by octet", async () => {
  const { connect, log } = setup();
  const line = connect();
  for (const octet of Buffer.from(HEADER + AUTH + HEADER + BIND + PING)) line.say(Uint8Array.of(octet));
  await settle();
  assert.deepEqual(log, ["authenticated john@localhost", "iq p"]);
});

test("RFC 7395: the same in frames", async () => {
  const { connect, log } = setup();
  const messages: string[] = [];
  const line = connect({ framing: "frames", onText: (text) => messages.push(text) });
  const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
  for (const frame of [open, AUTH, open, BIND.replace("<iq", "<iq xmlns='jabber:client'"), " "]) line.say(frame);
  line.say(PING.replace("<iq", "<iq xmlns='jabber:client'"));
  await settle();
  assert.deepEqual(log, ["authenticated john@localhost", "iq p"]);
  assert.match(messages.at(-1) ?? "", /^<iq xmlns="jabber:client" type="result" id="b">/);
  line.say("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  await settle();
  assert.equal(messages.at(-1), '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
  assert.equal(log.at(-1), "end john@localhost/made");
});

const AUTHENTICATE = `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${btoa("\0john\0secret")}</initial-response><bind xmlns='urn:xmpp:bind:0'><tag>t</tag></bind></authenticate>`;
const MESSAGE = `<message id='m'><body>${"x".repeat(20_000)}</body></message>`;

test("XEP-0386 §3.2: header, login with binding, and stanzas of any size behind it, in one chunk: one round trip", async () => {
  const { connect, log } = setup();
  const line = connect();
  line.say(HEADER + AUTHENTICATE + PING + MESSAGE);
  await settle();
  const steps = ["<authentication xmlns=", "<success", "<bound", "</success><stream:features>"];
  for (const expected of steps) assert.ok(line.output.includes(expected), expected);
  assert.deepEqual(log, ["authenticated john@localhost", "iq p", "message m"]);
});

test("XEP-0386 §3.2: the same octet by octet, and without binding followed by that of RFC 6120", async () => {
  const { connect, log } = setup();
  const slowly = connect();
  for (const octet of Buffer.from(HEADER + AUTHENTICATE + PING)) slowly.say(Uint8Array.of(octet));
  await settle();
  assert.deepEqual(log.splice(0), ["authenticated john@localhost", "iq p"]);
  const line = connect();
  line.say(HEADER + AUTHENTICATE.replace(/<bind.*<\/bind>/, "") + BIND + PING);
  await settle();
  assert.match(line.output, /<\/success><stream:features><bind .*<jid>john@localhost\/made<\/jid>/);
  assert.deepEqual(log, ["authenticated john@localhost", "iq p"]);
});

for (const framing of ["stream", "frames"] as const) {
  test(`XEP-0388 §2.5: what is pipelined behind a login that takes time waits for it, then goes on (${framing})`, async () => {
    const { connect, log, answer } = setup();
    const messages: string[] = [];
    const line = connect({ framing, onText: (text) => messages.push(text) });
    const slow = AUTHENTICATE.replace("PLAIN", "SLOW");
    const framed = (xml: string): string => xml.replace(/^<(iq|message)/, "<$1 xmlns='jabber:client'");
    const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
    const said = framing === "stream" ? [HEADER + slow + PING + MESSAGE] : [open, slow, framed(PING), framed(MESSAGE)];
    for (const text of said) line.say(text);
    await settle();
    assert.deepEqual(log, []);
    answer({ kind: "success", username: "marie", data: undefined });
    await settle();
    assert.deepEqual(log, ["authenticated marie@localhost", "iq p", "message m"]);
    assert.match(line.output, /<authorization-identifier>marie@localhost\/made</);
  });
}

test("XEP-0388 §2.5: stanzas behind a login that fails are not heard: the stream ends", async () => {
  const { connect, log } = setup();
  const line = connect();
  line.say(HEADER + AUTHENTICATE.replace(btoa("\0john\0secret"), btoa("\0john\0wrong")) + PING);
  await settle();
  assert.match(line.output, /<failure xmlns="urn:xmpp:sasl:2"><not-authorized /);
  assert.equal(errorOf(line), "not-authorized");
  assert.deepEqual(log, []);
});

for (const framing of ["stream", "frames"] as const) {
  test(`RFC 6120 §6.4: while the mechanism works nothing is read on, then all of it in order (${framing})`, async () => {
    const { connect, log, answer } = setup();
    const line = connect({ framing });
    const slow = `${PLAIN.replace("PLAIN", "SLOW")}=</auth>`;
    const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
    const inputs =
      framing === "stream"
        ? [HEADER + slow + HEADER + BIND + PING]
        : [open, slow, open, ...[BIND, PING].map((iq) => iq.replace("<iq", "<iq xmlns='jabber:client'"))];
    for (const input of inputs) line.say(input);
    await settle();
    assert.ok(line.isPaused);
    assert.deepEqual(log, []);
    answer({ kind: "success", username: "marie", data: undefined });
    await settle();
    assert.deepEqual(log, ["authenticated marie@localhost", "iq p"]);
  });
}

test("an answer of the mechanism that comes after the connection is gone changes nothing", async () => {
  const { connect, log, answer, c2s } = setup();
  const line = connect();
  line.say(`${HEADER}${PLAIN.replace("PLAIN", "SLOW")}=</auth>`);
  line.vanish();
  answer({ kind: "success", username: "marie", data: undefined });
  await settle();
  assert.deepEqual(log, []);
  assert.equal(c2s.size, 0);
});

test("RFC 6120 §6.5.11: a mechanism that breaks is a temporary failure", async () => {
  const { connect } = setup();
  const line = connect();
  line.say(`${HEADER}${PLAIN.replace("PLAIN", "BROKEN")}=</auth>`);
  await settle();
  assert.match(line.output, /<temporary-auth-failure\/>/);
});

test("RFC 6120 §6.4.5: five wrong passwords end the stream", async () => {
  const { connect } = setup();
  const line = connect();
  line.say(HEADER + `${PLAIN}${btoa("\0john\0wrong")}</auth>`.repeat(5));
  await settle();
  assert.equal(line.output.split("<not-authorized/>").length, 6);
  assert.equal(errorOf(line), "policy-violation");
  assert.ok(line.isClosed);
});

test("RFC 6120 §5.4.3: STARTTLS, then a new stream with mechanisms", async () => {
  const { connect } = setup({}, { allowPlaintext: false });
  const line = connect({ offersTls: true });
  line.say(HEADER);
  await settle();
  assert.match(line.output, /<required\/>/);
  line.say(STARTTLS);
  await settle();
  assert.ok(line.secure);
  line.say(HEADER + AUTH);
  await settle();
  assert.match(line.output, /<proceed .*<mechanisms.*<success/);
});

test("RFC 6120 §5.4.3.3: octets behind starttls are dropped and the connection is closed", async () => {
  const { connect, log } = setup({}, { allowPlaintext: false });
  const line = connect({ offersTls: true });
  line.say(HEADER + STARTTLS + HEADER + AUTH);
  await settle();
  assert.ok(line.isClosed);
  assert.ok(!line.secure);
  assert.doesNotMatch(line.output, /<proceed|<mechanisms|<success/);
  assert.deepEqual(log, []);
});

test("RFC 6120 §13.12: a stanza that never ends is cut at 10 000 octets before login, later after it", async () => {
  const before = setup();
  const first = before.connect();
  first.say(`${HEADER}<auth xmlns='${"x".repeat(10_100)}`);
  await settle();
  assert.equal(errorOf(first), "policy-violation");
  assert.ok(first.isClosed);
  const after = setup();
  const second = await after.login();
  second.say(`<message><body>${"x".repeat(200_000)}`);
  await settle();
  assert.equal(errorOf(second), undefined);
  second.say("x".repeat(70_000));
  await settle();
  assert.equal(errorOf(second), "policy-violation");
  assert.equal(after.log.at(-1), "end john@localhost/made");
});

test("a login takes 30 s at most, however busy the client is", async () => {
  const { connect, clock, c2s } = setup();
  const line = connect();
  line.say(HEADER);
  for (let second = 0; second < 30; second++) {
    line.say(" ");
    await clock.advance(1000);
  }
  assert.equal(errorOf(line), undefined);
  await clock.advance(1000);
  assert.equal(errorOf(line), "connection-timeout");
  assert.equal(c2s.size, 0);
});

test("before login more than 8 KiB a second is not read", async () => {
  const { connect, clock } = setup({ loginTime: 600_000 });
  const line = connect();
  line.say(HEADER);
  for (let i = 0; i < 5; i++) line.say(" ".repeat(4096));
  assert.ok(line.isPaused);
  await clock.advance(400);
  assert.ok(line.isPaused);
  await clock.advance(400);
  assert.ok(!line.isPaused);
});

test("after login 4 MiB may come at once, then 1 MiB a second; nobody is cut", async () => {
  const { login, clock, log } = setup();
  const line = await login();
  const message = `<message id='m'><body>${"x".repeat(100_000)}</body></message>`;
  for (let i = 0; i < 60; i++) line.say(message);
  await settle();
  const read = log.filter((entry) => entry === "message m").length;
  assert.ok(read >= 41 && read <= 43, String(read));
  await clock.advance(3000);
  assert.equal(log.filter((entry) => entry === "message m").length, 60);
  assert.equal(errorOf(line), undefined);
});

test("a bind flood on a bound stream is answered not-allowed, one by one", async () => {
  const { login, connections } = setup();
  const line = await login();
  line.say(BIND.repeat(1000));
  await settle();
  assert.equal(line.output.split("<not-allowed ").length, 1001);
  assert.equal(connections.length, 1);
});

test("a client that takes nothing of what waits: reading stops, and at 1 MiB it is cut", async () => {
  const { login, connections, log, clock, c2s } = setup();
  const line = await login();
  line.hold(true);
  connections[0]?.send("message", "/>");
  await settle();
  assert.ok(line.isPaused);
  for (let i = 0; i < 11; i++) connections[0]?.send("message", `>${"x".repeat(100_000)}</message>`);
  assert.ok(!log.includes("end john@localhost/made"), "not in the middle of routing");
  await settle();
  assert.equal(log.at(-1), "end john@localhost/made");
  await clock.advance(7000);
  assert.equal(c2s.size, 0);
});

test("output without progress for 30 s: cut with connection-timeout, heard if the client reads again", async () => {
  const { login, connections, clock, log } = setup();
  const line = await login();
  line.hold(true);
  connections[0]?.send("message", "/>");
  await clock.advance(30_000);
  assert.ok(!log.includes("end john@localhost/made"));
  await clock.advance(2000);
  assert.equal(log.at(-1), "end john@localhost/made");
  line.hold(false);
  await settle();
  assert.equal(errorOf(line), "connection-timeout");
});

test("XEP-0199 §4.1, XEP-0478: after 10 minutes of silence the client is pinged, and cut a minute later", async () => {
  const { login, clock, log } = setup();
  const quiet = await login();
  const alive = await login();
  await clock.advance(602_000);
  assert.match(
    quiet.output,
    /<iq type="get" id="[^"]+" from="localhost" to="john@localhost\/made"><ping xmlns="urn:xmpp:ping"\/>/,
  );
  alive.say("<iq type='result' id='x'/>");
  await clock.advance(62_000);
  assert.equal(errorOf(quiet), "connection-timeout");
  assert.equal(errorOf(alive), undefined);
  assert.equal(log.filter((entry) => entry.startsWith("end")).length, 1);
});

test("RFC 6455 §5.5.2: a quiet WebSocket is pinged before proxies close it, and stays while it answers", async () => {
  const { connect, clock, log } = setup({ loginTime: 10_000_000 });
  let pings = 0;
  const line = connect({ framing: "frames", onPing: () => ++pings });
  const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
  for (const frame of [open, AUTH, open, BIND.replace("<iq", "<iq xmlns='jabber:client'")]) line.say(frame);
  await clock.advance(50_000);
  assert.equal(pings, 1);
  await clock.advance(100_000);
  assert.equal(pings, 3);
  await clock.advance(540_000);
  assert.equal(log.at(-1), "end john@localhost/made");
});

const WAYS_OUT: readonly [string, (line: MemoryTransport, connection: Connection) => void, string][] = [
  ["the client ends its stream", (line) => line.say("</stream:stream>"), "</stream:stream>"],
  ["the client closes its side without a word", (line) => line.finish(), "</stream:stream>"],
  ["the client is gone", (line) => line.vanish(), ""],
  ["the client is not well-formed", (line) => line.say("<a></b>"), "<not-well-formed"],
  ["the session closes with an error", (_, c) => c.close("conflict", "new login"), "<conflict xmlns="],
  ["the session closes without one", (_, c) => c.close(), "</stream:stream>"],
];
for (const [title, leave, last] of WAYS_OUT) {
  test(`on every way out the session hears its end once, and nothing is sent behind the end: ${title}`, async () => {
    const { login, connections, log, c2s } = setup();
    const line = await login();
    const [connection] = connections;
    assert.ok(connection !== undefined);
    const before = line.output.length;
    leave(line, connection);
    connection.send("message", "/>");
    connection.close("reset");
    await settle();
    assert.equal(log.filter((entry) => entry === "end john@localhost/made").length, 1);
    const said = line.output.slice(before);
    assert.ok(said.includes(last), said);
    assert.doesNotMatch(said, /<message|<reset/);
    assert.equal(c2s.size, 0);
  });
}

test("a client that does not close after our end is cut after the closing time", async () => {
  const { login, connections, clock, c2s } = setup();
  const line = await login();
  line.hold(true);
  connections[0]?.close();
  await clock.advance(4000);
  assert.equal(c2s.size, 1);
  await clock.advance(3000);
  assert.equal(c2s.size, 0);
});

test("connections of one address before login are limited; a login frees the place, loopback has no limit", async () => {
  const { connect, login, c2s } = setup({ connectionsPerAddress: 2 });
  const far = { address: "192.0.2.1" };
  await login(far);
  connect(far);
  connect(far);
  const refused = connect(far);
  await settle();
  assert.equal(errorOf(refused), "resource-constraint");
  for (let i = 0; i < 5; i++) connect();
  assert.equal(errorOf(connect({ address: "192.0.2.2" })), undefined);
  assert.equal(c2s.size, 9);
});

test("RFC 6120 §4.9.3.17: at the cap of all connections the next one is told so, the ones beyond are not answered", async () => {
  const { connect } = setup({ connections: 10 });
  for (let i = 0; i < 10; i++) connect();
  const told = connect();
  const untold = connect();
  await settle();
  assert.match(told.output, /^<\?xml.*<stream:stream .*<resource-constraint .*try again later/);
  assert.equal(untold.output, "");
  assert.ok(untold.isClosed);
});

test("close: system-shutdown to everybody, and those who do not listen are cut within 3 s", async () => {
  const { login, connect, c2s, clock, log } = setup();
  const bound = await login();
  const waiting = connect();
  const deaf = await login();
  deaf.hold(true);
  const closed = c2s.close();
  await settle();
  assert.equal(errorOf(bound), "system-shutdown");
  assert.equal(errorOf(waiting), "system-shutdown");
  assert.equal(c2s.size, 1);
  await clock.advance(3000);
  await closed;
  assert.equal(log.filter((entry) => entry.startsWith("end")).length, 2);
  assert.equal(clock.pending, 0);
  assert.ok(connect().isClosed);
});

test("metrics: connections by transport, ends by reason, octets both ways", async () => {
  const { login, metrics, connections, clock } = setup();
  await login();
  const second = await login();
  second.vanish();
  connections[0]?.close("conflict");
  await login();
  await clock.advance(1000);
  const { body } = await metrics.render();
  assert.match(body, /kith_connections\{transport="memory"\} 1/);
  assert.match(body, /kith_streams_closed_total\{reason="lost"\} 1/);
  assert.match(body, /kith_streams_closed_total\{reason="conflict"\} 1/);
  const octets = Buffer.byteLength(HEADER + AUTH + HEADER + BIND) * 3;
  assert.match(body, new RegExp(`kith_received_bytes_total ${octets}\\n`));
  assert.match(body, /kith_sent_bytes_total [1-9]/);
});

test("a session that is closed while it answers gets nothing more of the same chunk", async () => {
  const { login, log } = setup({}, { onReceive: (_, connection) => connection.close("policy-violation") });
  const line = await login();
  line.say(PING.repeat(3));
  await settle();
  assert.deepEqual(log.slice(1), ["iq p", "end john@localhost/made"]);
});

for (const framing of ["stream", "frames"] as const) {
  test(`whatever breaks while input is handled ends this one connection and no more, with ${framing}`, async () => {
    const broken = (stanza: Stanza): void => {
      if (stanza.attrs["id"] === "bad") throw new Error("broken");
    };
    const { login, connect, log } = setup({}, { onReceive: broken });
    const line = framing === "stream" ? await login() : connect({ framing });
    if (framing === "frames") {
      const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
      for (const frame of [open, AUTH, open, BIND.replace("<iq", "<iq xmlns='jabber:client'")]) line.say(frame);
    }
    line.say("<iq xmlns='jabber:client' type='get' id='bad'/>");
    await settle();
    assert.ok(log.includes("iq bad") && log.includes("end john@localhost/made"), log.join(", "));
  });
}

test("RFC 6120 §4.9.3.16: a session ends with the login that began it, where that has an end", async () => {
  const { connect, clock, log } = setup();
  const line = connect();
  line.say(`${HEADER}${PLAIN}${btoa("\0brief\0secret")}</auth>${HEADER}${BIND}`);
  await settle();
  await clock.advance(59_000);
  assert.equal(errorOf(line), undefined);
  await clock.advance(2000);
  assert.equal(errorOf(line), "reset");
  assert.ok(log.includes("end brief@localhost/made"));
});
