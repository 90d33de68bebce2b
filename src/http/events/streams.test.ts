import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../../test/support/clock.ts";
import { DOMAIN, type EventWorldOptions, eventWorld, sessionEvent } from "../../../test/support/events.ts";
import { silentLog } from "../../log.ts";
import { Metrics } from "../../metrics.ts";
import { EventStreams } from "./streams.ts";

function setUp(options: EventWorldOptions = {}, most = 3) {
  const clock = options.clock ?? new FakeClock();
  const { hub, log } = eventWorld({ ...options, clock });
  const metrics = new Metrics();
  const streams = new EventStreams({ hub, most, clock, log: silentLog, metrics });
  const open = (since?: string) => {
    const state = { wasCut: false };
    const cut = (): void => {
      state.wasCut = true;
    };
    const body = streams.open({ domain: DOMAIN, since, cut });
    if (body === undefined) return undefined;
    const reader = body.getReader();
    return {
      state,
      cancel: () => reader.cancel(),
      /** The next piece as text; undefined: the end. */
      async read(): Promise<string | undefined> {
        const read = await reader.read();
        return read.done ? undefined : new TextDecoder().decode(read.value);
      },
    };
  };
  const must = (since?: string) => {
    const opened = open(since);
    assert.ok(opened);
    return opened;
  };
  return { clock, hub, log, streams, open, must, metrics };
}

const idsIn = (text: string | undefined): string[] =>
  [...(text ?? "").matchAll(/^id: (.*)$/gm)].map((match) => match[1] ?? "");

test("each event has its id, its type and one line of data; those of one moment leave together", async () => {
  const { hub, log, must } = setUp();
  const reader = must();
  assert.equal(await reader.read(), "retry: 3000\n:\n\n");
  const pending = reader.read();
  hub.emit(DOMAIN, sessionEvent("john", "a\nb"));
  hub.emit(DOMAIN, sessionEvent("marie", "c"));
  const text = (await pending) ?? "";
  assert.equal(idsIn(text).length, 2);
  const [first] = text.split("\n\n");
  const [id, type, data, ...more] = first?.split("\n") ?? [];
  assert.equal(id, `id: ${log.epoch}-${log.last - 1}`);
  assert.equal(type, "event: session");
  assert.deepEqual(more, []);
  const body = JSON.parse(data?.slice("data: ".length) ?? "");
  assert.deepEqual([body.id, body.user, body.data.resource], [id?.slice(4), "john", "a\nb"]);
});

test("resumed after an id, everything that came since is told, in order and once", async () => {
  const { hub, must } = setUp();
  const first = must();
  await first.read();
  for (let n = 0; n < 250; n++) hub.emit(DOMAIN, sessionEvent(`u${n}`, "x"));
  await settle();
  const some = idsIn(await first.read());
  assert.equal(some.length, 100, "a piece is bounded");
  await first.cancel();
  const second = must(some.at(-1));
  const rest = [...idsIn(await second.read()), ...idsIn(await second.read())];
  assert.equal(rest.length, 150);
  assert.equal(new Set([...some, ...rest]).size, 250);
});

test("since=oldest tells all that is kept", async () => {
  const { hub, must } = setUp({ isQueued: true });
  for (let n = 0; n < 3; n++) hub.emit(DOMAIN, sessionEvent(`u${n}`, "x"));
  await settle();
  assert.equal(idsIn(await must("oldest").read()).length, 3);
});

test("a position that is too old is answered with reset, and the stream goes on from now", async () => {
  const { hub, log, must } = setUp({ isQueued: true, limits: { count: 1000 } });
  hub.emit(DOMAIN, sessionEvent("john", "first"));
  await settle();
  const old = `${log.epoch}-${log.last}`;
  for (let n = 0; n < 1500; n++) hub.emit(DOMAIN, sessionEvent("john", `${n}`));
  await settle();
  const reader = must(old);
  const text = (await reader.read()) ?? "";
  assert.match(text, /event: reset\ndata: \{"reason":"too-old"\}/);
  assert.deepEqual(idsIn(text), [`${log.epoch}-${log.last}`], "from where to go on");
  const next = reader.read();
  hub.emit(DOMAIN, sessionEvent("john", "new"));
  assert.match((await next) ?? "", /"resource":"new"/);
});

test("an id of another log, of the future, or no id at all is answered with reset", async () => {
  const { log, must } = setUp({ isQueued: true }, 10);
  for (const since of [
    `${log.epoch}-${log.last + 1}`,
    "0123456789-1",
    "nonsense",
    `${log.epoch}-`,
    `${log.epoch}--1`,
  ]) {
    assert.match((await must(since).read()) ?? "", /"reason":"unknown"/, since);
  }
});

test("a reader that has nothing to hear gets a sign of life", async () => {
  const { clock, must } = setUp();
  const reader = must();
  await reader.read();
  const pending = reader.read();
  await clock.advance(15_000);
  assert.equal(await pending, ":\n\n");
});

test("a reader that takes nothing is cut after 30 s, and meanwhile nothing is held for it", async () => {
  const { clock, hub, must, open, metrics } = setUp({}, 1);
  const reader = must();
  await reader.read();
  for (let n = 0; n < 1000; n++) hub.emit(DOMAIN, sessionEvent(`u${n}`, "x"));
  await clock.advance(29_000);
  assert.equal(reader.state.wasCut, false);
  assert.equal(open(), undefined, "its place is taken");
  await clock.advance(20_000);
  assert.equal(reader.state.wasCut, true);
  assert.match((await metrics.render()).body, /^kith_event_streams 0$/m);
  assert.ok(open());
});

test("a reader so slow that the log has gone on without it hears reset", async () => {
  const { hub, log, must } = setUp({ isQueued: true, limits: { count: 1000 } });
  const reader = must();
  await reader.read();
  for (let n = 0; n < 2500; n++) hub.emit(DOMAIN, sessionEvent("john", `${n}`));
  await settle();
  const text = (await reader.read()) ?? "";
  assert.match(text, /event: reset\ndata: \{"reason":"too-old"\}/);
  assert.deepEqual(idsIn(text), [`${log.epoch}-${log.last}`]);
});

test("who leaves makes room, and leaves no timer", async () => {
  const { clock, must, open } = setUp({}, 1);
  const reader = must();
  assert.equal(open(), undefined);
  await reader.cancel();
  assert.equal(clock.pending, 0);
  assert.ok(open());
});

test("a reader who comes back after a restart goes on where it was, if its time is not over", async () => {
  const clock = new FakeClock();
  const first = eventWorld({ clock });
  const one = new EventStreams({ hub: first.hub, most: 1, clock, log: silentLog, metrics: new Metrics() });
  const body = one.open({ domain: DOMAIN, since: undefined, cut: () => undefined });
  assert.ok(body);
  first.hub.emit(DOMAIN, sessionEvent("john", "before"));
  await settle();
  const id = `${first.log.epoch}-${first.log.last}`;
  await body.cancel();
  const second = setUp({ clock, storage: first.storage });
  second.hub.emit(DOMAIN, sessionEvent("john", "while it was away"));
  await settle();
  assert.match((await second.must(id).read()) ?? "", /while it was away/);
  await clock.advance(30 * 86_400_000);
  const third = setUp({ clock, storage: first.storage });
  third.hub.emit(DOMAIN, sessionEvent("john", "nobody wanted it"));
  await settle();
  assert.match((await third.must(id).read()) ?? "", /event: reset/);
});
