/** The stream of events: read from pieces, resumed where it was cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fakeKith } from "../test/support/fake-kith.ts";
import { createKith } from "./index.ts";
import { type SseMessage, SseReader } from "./sse.ts";

function kithOf(fake: { readonly fetch: typeof fetch }) {
  return createKith({ url: "http://kith.test:5280", token: "t", fetch: fake.fetch, backoff: 1, retries: 0 });
}

const event = (id: string, data: unknown, type = "presence"): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

const stream = (text: string): Response => new Response(text, { headers: { "content-type": "text/event-stream" } });

/** Sends `text` and then nothing, until the caller hangs up. */
function silentAfter(text: string, signal: AbortSignal): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        signal.addEventListener("abort", () => controller.error(signal.reason));
      },
    }),
  );
}

test("events come in order, with their ids; a cut stream is continued after the last one", async () => {
  const fake = fakeKith(
    () => stream(`: hello\n\n${event("1", { user: "john", state: "online" })}${event("2", { n: 2 }, "session")}`),
    503,
    new TypeError("fetch failed"),
    () => stream(event("3", { n: 3 })),
  );
  const found: unknown[] = [];
  for await (const one of kithOf(fake).events({ since: "0" })) {
    found.push(one);
    if (one.id === "3") break;
  }
  assert.deepEqual(found, [
    { id: "1", type: "presence", user: "john", state: "online" },
    { id: "2", type: "session", n: 2 },
    { id: "3", type: "presence", n: 3 },
  ]);
  assert.deepEqual(
    fake.asked.map(({ headers }) => headers.get("last-event-id")),
    ["0", "2", "2", "2"],
  );
  assert.equal(fake.asked[0]?.headers.get("authorization"), "Bearer t");
  assert.equal(fake.asked[0]?.headers.get("accept"), "text/event-stream");
});

test("an event that was cut in the middle is not told, but asked for again", async () => {
  const fake = fakeKith(
    () => stream(`${event("1", { n: 1 })}id: 2\ndata: {"n":2}`),
    () => stream(event("2", { n: 2 })),
  );
  const ids: string[] = [];
  for await (const { id } of kithOf(fake).events()) {
    ids.push(id);
    if (id === "2") break;
  }
  assert.deepEqual(ids, ["1", "2"]);
  assert.equal(fake.asked[1]?.headers.get("last-event-id"), "1");
});

test("an id without data is where to continue, before the first event", async () => {
  const fake = fakeKith(
    () => stream("retry: 1\nid: 7\n\n: alive\n\n"),
    () => stream(event("8", {})),
  );
  for await (const { id } of kithOf(fake).events()) {
    assert.equal(id, "8");
    break;
  }
  assert.deepEqual(
    fake.asked.map(({ headers }) => headers.get("last-event-id")),
    [null, "7"],
  );
});

test("a signal ends the iteration without an error and hangs up, as a break does", async () => {
  const ended: string[] = [];
  for (const how of ["signal", "break"]) {
    const end = new AbortController();
    const fake = fakeKith(({ signal }) => {
      signal.addEventListener("abort", () => ended.push(how));
      return silentAfter(event("1", {}), signal);
    });
    for await (const _ of kithOf(fake).events({ signal: end.signal })) {
      if (how === "break") break;
      setImmediate(() => end.abort());
    }
  }
  assert.deepEqual(ended, ["signal", "break"]);
});

test("a connection without a sign of life is given up for another", async () => {
  const fake = fakeKith(
    ({ signal }) => silentAfter(event("1", {}), signal),
    () => stream(event("2", {})),
  );
  const ids: string[] = [];
  for await (const { id } of kithOf(fake).events({ idle: 20 })) {
    ids.push(id);
    if (id === "2") break;
  }
  assert.deepEqual(ids, ["1", "2"]);
});

test("what Kith refuses is an error: trying again would not mend it", async () => {
  const fake = fakeKith([401, { detail: "The token is not one of http.tokens." }]);
  await assert.rejects(kithOf(fake).events().next(), { name: "KithApiError", status: 401 });
  assert.equal(fake.asked.length, 1);
});

test("any split of the text gives the same events, whatever ends its lines", () => {
  const text = `\ufeff: x\r\n\r\nid: 1\r\nevent: a\r\ndata: one\r\ndata: two\r\n\r\nid\rdata:three\r\r${event("2", "ü")}data: cut`;
  const read = (pieces: readonly string[]): readonly SseMessage[] => {
    const reader = new SseReader("0");
    return pieces.flatMap((piece) => reader.push(piece));
  };
  const whole = read([text.slice(1)]);
  assert.deepEqual(whole, [
    { id: "1", event: "a", data: "one\ntwo" },
    { id: "", event: "message", data: "three" },
    { id: "2", event: "presence", data: '"ü"' },
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
      const at = [1, ...cuts.filter((cut) => cut > 1).sort((a, b) => a - b), text.length];
      assert.deepEqual(read(at.slice(1).map((end, n) => text.slice(at[n], end))), whole);
    }),
  );
});

test("a line or an event without end is refused, not kept", () => {
  const long = "x".repeat(1024 * 1024);
  const push = (prefix: string, end: string): void => {
    const reader = new SseReader("");
    for (let n = 0; n < 8; n++) reader.push(`${prefix}${long}${end}`);
  };
  assert.throws(() => push("", ""), RangeError);
  assert.throws(() => push("data:", "\n"), RangeError);
  push(":", "\n");
});
