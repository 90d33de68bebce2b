/** Events reach the application: as signed webhooks, as a stream, and in the same process. docs/events.md */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { ServerOptions } from "../../src/server.ts";
import type { App } from "../support/app.ts";
import { startWorld, type World } from "../support/world.ts";

const SECRET = `whsec_${Buffer.from("a secret of these tests").toString("base64")}`;
/** Fast enough to be waited for. */
const EVENTS = { settle: "1ms", grace: "1ms" } as const;

interface Event {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly domain: string;
  readonly user: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The application's side of the webhooks. */
class Hooks {
  readonly events: Event[] = [];
  /** What it answers. */
  status: (event: Event) => number = () => 204;
  readonly headers: IncomingMessage["headers"][] = [];
  readonly #server: Server;
  #heard: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(t: TestContext): Promise<Hooks> {
    const server = createServer();
    const hooks = new Hooks(server);
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => {
        body += piece;
      });
      request.on("end", () => {
        const event = new Webhook(SECRET).verify(body, request.headers as Record<string, string>) as Event;
        assert.equal(request.headers["webhook-id"], event.id);
        hooks.headers.push(request.headers);
        hooks.events.push(event);
        response.writeHead(hooks.status(event)).end();
        for (const heard of hooks.#heard.splice(0)) heard();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return hooks;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async until(isThere: (events: readonly Event[]) => boolean): Promise<void> {
    while (!isThere(this.events)) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }
}

/** One reader of `GET /events`. */
async function readStream(world: World, headers: Record<string, string> = {}, query = "") {
  const abort = new AbortController();
  const response = await world.http(`/events${query}`, { headers, signal: abort.signal });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let text = "";
  return {
    /** The next event; signs of life are passed over. */
    async next(): Promise<{ readonly id: string; readonly event: string; readonly data: Event }> {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end >= 0) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const field = (name: string): string =>
            lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
          if (field("data") !== "") return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
          continue;
        }
        const read = await reader.read();
        assert.ok(!read.done, "the stream ended");
        text += read.value;
      }
    },
    end: () => abort.abort(),
  };
}

async function world(t: TestContext, options: Parameters<typeof startWorld>[0] = {}): Promise<World> {
  const started = await startWorld(options);
  t.after(() => started[Symbol.asyncDispose]());
  return started;
}

const told = (events: readonly Event[], user: string): string[] =>
  events.filter((event) => event.user === user).map((event) => `${event.type} ${event.data["state"]}`);

/** Lists are asked for, and posts signed. */
function withHooks(hooks: Hooks, options: Partial<ServerOptions> = {}): (app: App) => Partial<ServerOptions> {
  return (app) => ({
    contacts: { url: app.url, secret: SECRET },
    events: { ...EVENTS, url: hooks.url },
    ...options,
  });
}

function sqliteFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-events-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, "kith.sqlite")}`;
}

test("a login and a logout are posted, signed, in order", async (t) => {
  const hooks = await Hooks.start(t);
  const w = await world(t, withHooks(hooks));
  w.app.contacts.set("john", {});
  const john = await w.online("john@localhost/phone");
  await hooks.until((events) => told(events, "john").includes("presence online"));
  john.send("<presence><show>away</show></presence>");
  await hooks.until((events) => told(events, "john").includes("presence away"));
  john.close();
  await hooks.until((events) => told(events, "john").includes("presence offline"));
  assert.deepEqual(told(hooks.events, "john"), [
    "session started",
    "presence online",
    "presence away",
    "session ended",
    "presence offline",
  ]);
  const [started] = hooks.events;
  assert.ok(started);
  assert.match(started.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.equal(started.domain, "localhost");
  assert.deepEqual(started.data, { state: "started", resource: "phone", transport: "tcp" });
  const metrics = await (await w.http("/metrics")).text();
  assert.match(metrics, /^kith_events_total\{type="presence"\} 3$/m);
  assert.match(metrics, /^kith_event_delivery_seconds_count 5$/m);
  assert.match(metrics, /^kith_events_dead 0$/m);
});

test("what is wrong in a list is told once for each change, and when it is mended", async (t) => {
  const hooks = await Hooks.start(t);
  const w = await world(t, withHooks(hooks));
  const problems = (): readonly Event[] => hooks.events.filter((event) => event.type === "contacts.problems");
  w.app.contacts.set("john", { "marie@localhost": { name: 7 }, "secret friend@localhost": {}, "aaron@localhost": {} });
  await w.online("john@localhost/phone");
  await w.refresh(["john"]);
  await w.refresh(["john"]);
  await hooks.until(() => problems().length === 1);
  const text = JSON.stringify(problems()[0]);
  assert.match(text, /"member":"name"/);
  assert.match(text, /marie@localhost/);
  assert.doesNotMatch(text, /aaron/, "never the list");
  w.app.contacts.set("john", { "marie@localhost": {} });
  await w.refresh(["john"]);
  await hooks.until(() => problems().length === 2);
  assert.deepEqual(problems()[1]?.data, { problems: [], more: 0 });
});

test("an application that answers 500 gets the same event again, with the same id", async (t) => {
  const hooks = await Hooks.start(t);
  let refusals = 1;
  hooks.status = () => (refusals-- > 0 ? 500 : 200);
  const w = await world(t, withHooks(hooks));
  w.app.contacts.set("john", {});
  await w.login("john@localhost/phone");
  await hooks.until((events) => events.length >= 2);
  assert.equal(new Set(hooks.events.map((event) => event.id)).size, 1);
});

test("events that wait survive a restart, in their order", async (t) => {
  const hooks = await Hooks.start(t);
  hooks.status = () => 503;
  const storage = sqliteFile(t);
  const options = withHooks(hooks, { storage });
  const first = await startWorld(options);
  first.app.contacts.set("john", {});
  await first.online("john@localhost/phone");
  await hooks.until((events) => events.length > 0);
  await first[Symbol.asyncDispose]();
  const before = hooks.events.length;
  hooks.status = () => 200;
  await world(t, options);
  await hooks.until((events) => told(events.slice(before), "john").includes("session ended"));
  const after = told(hooks.events.slice(before), "john");
  assert.equal(after[0], "session started");
  assert.equal(after.at(-1), "session ended");
});

test("GET /events: from now on, resumed after an id, and reset where that is not possible", async (t) => {
  const w = await world(t, { events: EVENTS });
  for (const name of ["john", "marie"]) w.app.contacts.set(name, {});
  const reader = await readStream(w);
  const john = await w.online("john@localhost/phone");
  const started = await reader.next();
  assert.equal(started.event, "session");
  assert.equal(started.id, started.data.id);
  assert.deepEqual(started.data.data, { state: "started", resource: "phone", transport: "tcp" });
  assert.equal((await reader.next()).data.data["state"], "online");
  reader.end();
  john.close();
  await w.login("marie@localhost/web");
  const again = await readStream(w, { "last-event-id": started.id });
  const types: string[] = [];
  for (let n = 0; n < 4; n++) types.push(...told([(await again.next()).data], "john"));
  assert.deepEqual(types.slice(0, 2), ["presence online", "session ended"]);
  again.end();
  const unknown = await readStream(w, {}, "?since=elsewhere-17");
  const reset = await unknown.next();
  assert.equal(reset.event, "reset");
  assert.deepEqual(reset.data, { reason: "unknown" });
  await w.login("marie@localhost/phone");
  const next = await unknown.next();
  assert.equal(next.data.data["resource"], "phone");
  unknown.end();
});

test("GET /events: a token is needed, readers are limited, HEAD holds none", async (t) => {
  const w = await world(t, { limits: { events: { streams: 2 } } });
  const address = `http://127.0.0.1:${w.server.ports.http}/events`;
  assert.equal((await fetch(address)).status, 401);
  for (let n = 0; n < 4; n++) assert.equal((await w.http("/events", { method: "HEAD" })).status, 200);
  const readers = [await readStream(w), await readStream(w)];
  const refused = await w.http("/events");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "30");
  await refused.body?.cancel();
  for (const reader of readers) reader.end();
});

test("dead events are seen, and may be tried again", async (t) => {
  const hooks = await Hooks.start(t);
  hooks.status = () => 500;
  const w = await world(t, withHooks(hooks, { events: { ...EVENTS, url: hooks.url, retryFor: "1ms" } }));
  w.app.contacts.set("john", {});
  await w.login("john@localhost/phone");
  let answer: { dead: { event: Event; reason: string }[]; next: string | null };
  do {
    await hooks.until((events) => events.length > 0);
    answer = (await (await w.http("/roster_admin/events/dead")).json()) as typeof answer;
  } while (answer.dead.length === 0);
  assert.equal(answer.dead[0]?.event.type, "session");
  assert.equal(answer.dead[0]?.reason, "the application answered 500");
  assert.equal(answer.next, null);
  hooks.status = () => 200;
  const before = hooks.events.length;
  const retried = await w.http("/roster_admin/events/dead/retry", { method: "POST" });
  assert.deepEqual(await retried.json(), { retried: 1 });
  await hooks.until((events) => events.length > before);
  assert.equal(hooks.events.at(-1)?.id, answer.dead[0]?.event.id);
  const wrong = await w.http("/roster_admin/events/dead/retry", { method: "POST", body: '{"ids":["x"]}' });
  assert.equal(wrong.status, 400);
});

test("listeners in the same process: told without any configuration, one that throws harms nobody", async (t) => {
  const w = await world(t, { events: EVENTS });
  w.app.contacts.set("john", {});
  const heard: string[] = [];
  const online = Promise.withResolvers<void>();
  w.server.on("presence", () => {
    throw new Error("of a listener");
  });
  const off = w.server.on("session", (event) => heard.push(`${event.user} ${event.data.state}`));
  w.server.on("presence", (event) => {
    heard.push(`${event.user} ${event.data.state}`);
    online.resolve();
  });
  await w.online("john@localhost/phone");
  await online.promise;
  assert.deepEqual(heard, ["john started", "john online"]);
  off();
  await w.login("john@localhost/web");
  assert.equal(heard.length, 2);
});

test("goodbye: readers get what happened last, and the end comes at once", async () => {
  const w = await startWorld({ events: EVENTS });
  w.app.contacts.set("john", {});
  const reader = await readStream(w);
  await w.login("john@localhost/phone");
  assert.equal((await reader.next()).data.data["state"], "started");
  const closed = w[Symbol.asyncDispose]();
  assert.equal((await reader.next()).data.data["state"], "ended");
  await closed;
});
