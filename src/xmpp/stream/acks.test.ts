/** XEP-0198 §4: the counters and the queue, and their laws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Acks, type Sent } from "./acks.ts";
import { Run } from "./run.ts";

const ROUND = 2 ** 32;

function sent(tail: string): Sent {
  return { name: "message", tail, at: 0, copies: undefined };
}

function textsOf(acks: Acks): string[] {
  return [...acks].flatMap((item) => (item instanceof Run ? [...item.pieces()] : [item.tail]));
}

test("XEP-0198 §4: h starts anew behind 2^32 - 1, for what is handled and for what is acknowledged", () => {
  const acks = new Acks(100, ROUND - 2);
  for (let n = 0; n < 3; n++) acks.handle();
  assert.equal(acks.handled, 1);
  for (const tail of [" a", " b", " c", " d"]) acks.push(sent(tail));
  assert.equal(acks.sent, 2);
  assert.equal(acks.acknowledge(ROUND - 1), "right");
  assert.equal(acks.acknowledge(1), "right");
  assert.deepEqual(textsOf(acks), [" d"]);
  assert.equal(acks.acknowledge(3), "too-high");
  assert.equal(acks.acknowledge(0), "too-low");
  assert.equal(acks.acknowledge(1), "right", "nothing new is nothing wrong");
  assert.deepEqual([acks.waiting, acks.length], [1, 2]);
});

test("law: acknowledged + waiting = sent, in order, wherever the counters start; what is not right changes nothing", () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), text: fc.string({ maxLength: 20, unit: "binary" }) }),
    fc.record({ kind: fc.constant("ack" as const), count: fc.nat(12) }),
    fc.record({ kind: fc.constant("keep" as const) }),
    fc.record({ kind: fc.constant("wrong" as const), by: fc.integer({ min: 1, max: 2 ** 31 - 100 }) }),
  );
  const start = fc.oneof(fc.constant(0), fc.integer({ min: ROUND - 20, max: ROUND - 1 }), fc.nat(ROUND - 1));
  fc.assert(
    fc.property(start, fc.array(act, { maxLength: 300 }), (from, acts) => {
      const acks = new Acks(0, from);
      const all: string[] = [];
      let acknowledged = 0;
      for (const one of acts) {
        const waiting = all.length - acknowledged;
        if (one.kind === "push") {
          all.push(` ${one.text}`);
          acks.push(sent(` ${one.text}`));
        } else if (one.kind === "keep") {
          acks.keep();
        } else if (one.kind === "ack") {
          const count = Math.min(one.count, waiting);
          acknowledged += count;
          assert.equal(acks.acknowledge((from + acknowledged) % ROUND), "right");
        } else {
          assert.equal(acks.acknowledge((from + all.length + one.by) % ROUND), "too-high");
        }
        assert.equal(acks.waiting, all.length - acknowledged);
        assert.equal(acks.sent, (from + all.length) % ROUND);
        assert.deepEqual(textsOf(acks), all.slice(acknowledged));
        assert.equal(acks.length, all.slice(acknowledged).join("").length);
      }
    }),
  );
});

test("law: a run is said again from its first stanza that was not acknowledged, wherever the line broke", () => {
  const stanzas = fc.array(fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(stanzas, fc.nat(30), fc.nat(8), (given, pulls, count) => {
      const pieces = given.flatMap((parts, n) => [` id='${n}'>`, ...parts.map((part) => `<${part}`)]);
      const whole = given.map((parts, n) => [` id='${n}'>`, ...parts.map((part) => `<${part}`)].join(""));
      const acks = new Acks(1_000_000);
      const run = acks.pushRun("iq", pieces.values());
      acks.push(sent(" behind"));
      const line = run.pieces();
      let complete = 0;
      for (let n = 0; n < pulls; n++) {
        const next = line.next();
        if (next.done === true) complete = given.length;
        else if (next.value.startsWith(" ")) complete = Math.max(0, acks.waiting - 2);
      }
      line.return(undefined); // as an outbox does that drops what waits
      const handled = Math.min(count, complete);
      assert.equal(acks.acknowledge(handled), "right");
      assert.equal(textsOf(acks).join(""), `${whole.slice(handled).join("")} behind`);
      assert.equal(acks.waiting, given.length - handled + 1);
      assert.equal(acks.acknowledge(given.length + 1), "right");
      assert.deepEqual([acks.waiting, textsOf(acks)], [0, []]);
    }),
  );
});

test("a run that is too much to be kept is counted all the same, and nothing is whole until it is acknowledged", () => {
  const acks = new Acks(10);
  const run = acks.pushRun("iq", [" first", "<12345678", "<more", " second"].values());
  assert.deepEqual([...run.pieces()], [" first", "<12345678", "<more", " second"]);
  assert.deepEqual([acks.waiting, acks.isWhole, run.length], [2, false, 0]);
  assert.equal(acks.acknowledge(1), "right");
  assert.equal(acks.isWhole, false);
  assert.equal(acks.acknowledge(2), "right");
  assert.equal(acks.isWhole, true);
});

test("what stands behind a run that is not at its end has not left: to acknowledge it is too high", () => {
  const acks = new Acks(100);
  const run = acks.pushRun("iq", [" one", " two"].values());
  acks.push(sent(" behind"));
  run.pieces().next();
  assert.equal(acks.acknowledge(2), "too-high");
});

test("take: what waits is given out once; what the server made in runs is nobody else's", () => {
  const acks = new Acks(100);
  acks.push(sent(" a"));
  acks.pushRun("iq", [" push"].values());
  acks.push(sent(" b"));
  assert.deepEqual(
    acks.take().map(({ tail }) => tail),
    [" a", " b"],
  );
  assert.deepEqual([acks.take(), acks.waiting, acks.length], [[], 0, 0]);
});
