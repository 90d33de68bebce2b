import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Framing } from "../xmpp/stream/state.ts";
import { Cork } from "./cork.ts";
import { MemoryTransport } from "./memory.ts";
import { Outbox } from "./outbox.ts";

function setup(framing: Framing = "stream", limit = 1000) {
  const turns: (() => void)[] = [];
  const messages: string[] = [];
  const log: string[] = [];
  const line = new MemoryTransport({ framing, onText: (text) => messages.push(text) });
  const cork = new Cork((action) => turns.push(action));
  const box = new Outbox(
    line,
    cork,
    {
      onOverflow: () => log.push("overflow"),
      onBlocked: (blocked) => log.push(blocked ? "blocked" : "free"),
      onBroken: () => log.push("broken"),
    },
    limit,
  );
  line.attach({
    onData: () => undefined,
    onMessage: () => undefined,
    onOctets: () => undefined,
    onDrain: () => box.drained(),
    onSecure: () => undefined,
    onEnd: () => undefined,
    onClose: () => undefined,
  });
  const turn = (): void => {
    for (const action of turns.splice(0)) action();
  };
  /** Until nobody asks for another turn. */
  const settle = (): void => {
    while (turns.length > 0) turn();
  };
  return { box, line, cork, turn, settle, messages, log, turns };
}

test("the output of one turn is one write, in order, and waits for no timer", () => {
  const { box, line, turn, turns } = setup();
  box.raw("<a/>");
  box.send("iq", " id='1'/>");
  box.send("message", "><body>x</body></message>");
  assert.equal(line.writes, 0);
  assert.equal(turns.length, 1);
  turn();
  assert.equal(line.output, "<a/><iq id='1'/><message><body>x</body></message>");
  assert.equal(line.writes, 1);
});

test("RFC 7395 §3.3.3: with frames each stanza is a message that declares its namespace", () => {
  const { box, turn, messages } = setup("frames");
  box.raw("<open/>");
  box.send("iq", " id='1'/>");
  turn();
  assert.deepEqual(messages, ["<open/>", "<iq xmlns=\"jabber:client\" id='1'/>"]);
});

test("while the peer does not take it, output waits; when it does, all of it leaves at once", () => {
  const { box, line, settle, log } = setup();
  line.hold(true);
  box.raw("a");
  settle();
  box.raw("b");
  box.raw("c");
  settle();
  assert.equal(line.output, "a");
  line.hold(false);
  assert.equal(line.output, "abc");
  assert.equal(line.writes, 2);
  assert.deepEqual(log, ["blocked", "free"]);
});

test("more than the limit waiting: dropped, told once at the flush, and what is said next still leaves whole", () => {
  const { box, line, settle, log } = setup("stream", 10);
  line.hold(true);
  box.raw("first");
  settle();
  box.raw("0123456789");
  assert.deepEqual(log, ["blocked"]);
  box.raw("!");
  box.raw("ignored from here on");
  settle();
  assert.deepEqual(log, ["blocked", "overflow"]);
  box.raw("<error/>");
  box.end();
  line.hold(false);
  assert.equal(line.output, "first<error/>");
  assert.ok(line.isEnded);
});

test("more than the limit in one turn is no reason to cut a peer that takes it", () => {
  const { box, line, settle, log } = setup("stream", 10);
  for (let i = 0; i < 50; i++) box.raw("0123456789");
  settle();
  assert.equal(line.output.length, 500);
  assert.deepEqual(log, []);
});

test("large output leaves in pieces that tear no character, each drain is progress", () => {
  const { box, line, settle } = setup("stream", 1_000_000);
  const text = `${"x".repeat(65_535)}😀${"y".repeat(70_000)}`;
  line.hold(true);
  box.raw(text);
  settle();
  assert.equal(line.output, `${"x".repeat(65_535)}😀`);
  for (let i = 0; i < 5; i++) {
    line.hold(false);
    line.hold(true);
  }
  assert.equal(line.output, text);
});

test("a stanza of which a part has left cannot be followed by an error: the connection is cut", () => {
  const { box, line, settle } = setup("stream", 100_000);
  line.hold(true);
  box.raw("x".repeat(80_000));
  settle();
  box.drop();
  box.raw("<error/>");
  box.end();
  settle();
  assert.ok(line.isClosed);
  assert.doesNotMatch(line.output, /error/);
});

function* tails(count: number, parts: number, size: number, pulled: { count: number }): Generator<string> {
  for (let i = 0; i < count; i++) {
    pulled.count += 1;
    yield ` id='${i}'>`;
    for (let part = 0; part < parts; part++) yield `<i>${"z".repeat(size)}</i>`;
    yield "</iq>";
  }
}

test("slices are pulled as the peer takes them, count nothing, and what is sent later waits behind", () => {
  const pulled = { count: 0 };
  const { box, line, settle, log } = setup("stream", 100);
  line.hold(true);
  box.raw("<before/>");
  box.sendSlices("iq", tails(100, 1, 10_000, pulled));
  box.send("message", "/>");
  settle();
  assert.equal(pulled.count, 0);
  line.hold(false);
  line.hold(true);
  settle();
  assert.ok(pulled.count > 0 && pulled.count < 40, String(pulled.count));
  line.hold(false);
  settle();
  assert.equal(pulled.count, 100);
  assert.match(line.output, /^<before\/><iq id='0'><i>z.*<\/iq><message\/>$/);
  assert.ok(!log.includes("overflow"));
});

test("endless slices leave the turn to others", () => {
  const { box, settle, turn, line } = setup();
  let stop = false;
  function* endless(): Generator<string> {
    while (!stop) yield ` x='${"z".repeat(1000)}'/>`;
  }
  box.sendSlices("iq", endless());
  turn();
  assert.ok(line.output.length < 1_000_000);
  turn();
  stop = true;
  settle();
  assert.match(line.output, /\/>$/);
});

test("RFC 7395 §3.3: slices of one stanza are one message, in fragments; each stanza its own", () => {
  const { box, settle, messages, line } = setup("frames");
  box.sendSlices("iq", tails(3, 4, 40_000, { count: 0 }));
  box.raw("<after/>");
  settle();
  assert.equal(messages.length, 4);
  for (const [i, message] of messages.slice(0, 3).entries()) {
    assert.match(message, new RegExp(`^<iq xmlns="jabber:client" id='${i}'><i>.*</i></iq>$`));
    assert.equal(message.length, messages[0]?.length);
  }
  assert.ok(line.writes > 4);
});

test("the end comes after the stanza under way, and no new one of the slices is begun", () => {
  const pulled = { count: 0 };
  const { box, line, settle } = setup();
  line.hold(true);
  box.sendSlices("iq", tails(50, 3, 40_000, pulled));
  settle();
  box.raw("</stream:stream>");
  box.end();
  line.hold(false);
  settle();
  assert.match(line.output, /<\/iq><\/stream:stream>$/);
  assert.ok(line.isEnded);
  assert.ok(pulled.count < 5);
});

test("slices that break end the connection and nothing else", () => {
  const { box, settle, log } = setup();
  box.sendSlices("iq", {
    next() {
      throw new Error("broken");
    },
  });
  settle();
  assert.deepEqual(log, ["broken"]);
});

test("law: whatever is sent arrives once, in order, however often the peer stops", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("raw" as const), size: fc.nat(200_000) }),
    fc.record({ kind: fc.constant("slices" as const), size: fc.nat(5) }),
    fc.record({ kind: fc.constantFrom("hold" as const, "free" as const, "turn" as const) }),
  );
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 30 }),
      fc.constantFrom<Framing>("stream", "frames"),
      (actions, framing) => {
        const { box, line, settle, turn, messages } = setup(framing, 100_000_000);
        const expected: string[] = [];
        const open = framing === "frames" ? '<iq xmlns="jabber:client"' : "<iq";
        for (const [i, act] of actions.entries()) {
          if (act.kind === "raw") {
            expected.push(`<r n='${i}'>${"r".repeat(act.size)}</r>`);
            box.raw(expected.at(-1) ?? "");
          } else if (act.kind === "slices") {
            for (const stanza of collect(tails(act.size, 2, 30_000, { count: 0 }))) expected.push(open + stanza);
            box.sendSlices("iq", tails(act.size, 2, 30_000, { count: 0 }));
          } else if (act.kind === "turn") turn();
          else line.hold(act.kind === "hold");
        }
        line.hold(false);
        settle();
        if (framing === "frames") assert.deepEqual(messages, expected);
        else assert.ok(line.output === expected.join(""));
      },
    ),
    { numRuns: 60 },
  );
});

function collect(parts: Iterable<string>): string[] {
  const stanzas: string[] = [];
  for (const part of parts) {
    if (part.startsWith("<")) stanzas.push((stanzas.pop() ?? "") + part);
    else stanzas.push(part);
  }
  return stanzas;
}
