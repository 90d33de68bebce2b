/** What waits to be acknowledged keeps its own text in memory, and not all of what it was cut from. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { heapInUse } from "../../../test/support/heap.ts";
import { Acks } from "./acks.ts";

const COUNT = 400;
const RECEIVED = 65_536;

/** A small stanza of what was received in one piece. */
function cut(): string {
  const received = randomBytes(RECEIVED / 2).toString("hex");
  return ` id='x'>${received.slice(1000, 1200)}</message>`;
}

test("XEP-0198 §4: small stanzas of large pieces that wait for long cost what they say", async () => {
  const acks = new Acks(0);
  const before = await heapInUse();
  for (let n = 0; n < COUNT; n++) {
    acks.push({ name: "message", tail: cut(), at: 0, copies: undefined });
    acks.keep();
  }
  const grown = (await heapInUse()) - before;
  assert.equal(acks.waiting, COUNT);
  assert.ok(grown < (COUNT * RECEIVED) / 10, `${grown} octets`);
});
