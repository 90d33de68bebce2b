/** XEP-0198 over lines that break: real streams and sessions, pipes in memory, a clock that stands still. */
import assert from "node:assert/strict";
import { silentLog } from "../../src/log.ts";
import { createC2s } from "../../src/net/c2s.ts";
import { type C2sLimits, DEFAULT_C2S_LIMITS } from "../../src/net/limits.ts";
import { type MemoryOptions, MemoryTransport } from "../../src/net/memory.ts";
import type { Authenticator } from "../../src/xmpp/sasl/mechanism.ts";
import type { Framing } from "../../src/xmpp/stream/state.ts";
import { settle } from "./clock.ts";
import { type TestHostOptions, testHost } from "./sessions.ts";

export const NS_SM = "urn:xmpp:sm:3";
const NS_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
export const ENABLE = `<enable xmlns='${NS_SM}' resume='true'/>`;

/** A client that speaks in texts. */
export class Peer {
  readonly line: MemoryTransport;
  readonly framing: Framing;

  constructor(framing: Framing, accept: (line: MemoryTransport) => void, options: MemoryOptions = {}) {
    this.framing = framing;
    this.line = new MemoryTransport({ ...options, framing });
    accept(this.line);
  }

  /** Each text is one element. */
  say(...elements: readonly string[]): this {
    for (const xml of elements) {
      const isStanza = this.framing === "frames" && /^<(message|presence|iq)\b/.test(xml);
      this.line.say(isStanza ? xml.replace(/^<\w+/, "$& xmlns='jabber:client'") : xml);
    }
    return this;
  }

  header(): this {
    const open = " to='localhost' version='1.0'";
    return this.say(
      this.framing === "frames"
        ? `<open xmlns='${NS_FRAMING}'${open}/>`
        : `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'${open}>`,
    );
  }

  /** Up to the features after login. */
  login(username: string): this {
    const secret = btoa(`\0${username}\0x`);
    return this.header()
      .say(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${secret}</auth>`)
      .header();
  }

  bind(resource: string): this {
    const wish = `<resource>${resource}</resource>`;
    return this.say(`<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${wish}</bind></iq>`);
  }

  resume(id: string, h: number): this {
    return this.say(`<resume xmlns='${NS_SM}' previd='${id}' h='${h}'/>`);
  }

  /** What was heard since it was last asked. */
  take(): string {
    const { output } = this.line;
    this.line.output = "";
    return output;
  }
}

/** A server of sessions and connections, without a network. */
export function setup(options: TestHostOptions = {}, limits: Partial<C2sLimits> = {}) {
  const world = testHost(options);
  const authenticator: Authenticator = {
    mechanisms: () => ["PLAIN"],
    start: () => ({
      step: (data) => {
        const [, username = ""] = Buffer.from(data ?? [])
          .toString()
          .split("\0");
        return { kind: "success", username, data: undefined };
      },
    }),
  };
  const c2s = createC2s({
    sessions: world.host,
    authenticators: new Map([["localhost", authenticator]]),
    limits: { ...DEFAULT_C2S_LIMITS, ...limits },
    clock: world.clock,
    log: silentLog,
    metrics: world.metrics,
    allowPlaintext: true,
  });
  const connect = (framing: Framing = "stream"): Peer => new Peer(framing, (line) => c2s.accept(line));
  const managed = async (jid: string, framing: Framing = "stream") => {
    const [username = "", resource = ""] = jid.split(/@localhost\/?/);
    const peer = connect(framing).login(username).bind(resource).say(ENABLE, "<presence/>");
    await settle();
    const text = peer.take();
    const id = /<enabled [^>]*id="([^"]+)"/.exec(text)?.[1] ?? assert.fail(text);
    const h = text.slice(text.indexOf("<enabled")).match(/<(presence|iq|message) /g)?.length ?? 0;
    return { peer, id, h };
  };
  return { ...world, c2s, connect, managed };
}

/** So many contacts, in a list that is sent piece by piece. */
export const wide = (size: number) =>
  Object.fromEntries(Array.from({ length: size }, (_, n) => [`contact-${n}@localhost`, { name: "x".repeat(100) }]));
