/** The SDK and the server, each against the other: every call, and every question that Kith asks. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import {
  batchHandler,
  type Contacts,
  contactsHandler,
  createKith,
  type Disagreement,
  type Kith,
  KithApiError,
  type KithEvent,
  KithRefreshError,
  oneByOne,
  toNodeHandler,
  verifyWebhook,
} from "../../sdk/index.ts";
import { startWorld, TOKEN, type World } from "../support/world.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

function kithOf(world: World): Kith {
  return createKith({ url: `http://127.0.0.1:${world.server.ports.http}`, token: TOKEN });
}

/** An application made of handlers, at the address that `use` gets. */
async function withApp(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("refresh tells what it did, what it would do, and who failed", async () => {
  await using world = await startWorld();
  const kith = kithOf(world);
  world.app.contacts.set("john", { "marie@localhost": {} });
  await world.online("john@localhost");
  world.app.contacts.set("john", { "marie@localhost": {}, "aaron@localhost": {} });
  const dry = await kith.refresh(["john"], { dryRun: true });
  const wet = await kith.refresh(["john"], { results: true });
  for (const { results } of [dry, wet]) {
    const { john } = results;
    assert.ok(john?.status === "ok");
    assert.deepEqual([john.added, john.source, john.online], [["aaron@localhost"], "app", 1]);
  }
  assert.deepEqual(await kith.refresh([]), {
    status: "ok",
    message: "roster update complete",
    updated: 0,
    errors: 0,
  });
  world.app.answer = (_, response) => response.writeHead(200).end("nonsense");
  await assert.rejects(
    kith.refresh(["john"]),
    (error) => error instanceof KithRefreshError && error.answer.errors === 1,
  );
  await assert.rejects(kith.refresh(["a@b"]), (error) => error instanceof KithApiError && error.status === 400);
});

test("a secret instead of a token: refresh and edges are signed", async () => {
  await using world = await startWorld({ http: { tokens: [TOKEN], secrets: [SECRET] } });
  const kith = createKith({ url: `http://127.0.0.1:${world.server.ports.http}`, secret: SECRET });
  assert.equal((await kith.refresh(["john"])).updated, 1);
  assert.equal((await kith.connect([["john", "aaron"]])).connected, 1);
  const other = createKith({ url: `http://127.0.0.1:${world.server.ports.http}`, secret: `whsec_${btoa("another")}` });
  await assert.rejects(other.refresh(["john"]), { status: 401 });
});

test("contacts come from the handlers: singly with a bearer and 304, in batches with a signature", async () => {
  const asked: string[] = [];
  const find = (user: string): Contacts => ({ [`friend-of-${user}@localhost`]: {} });
  const single = toNodeHandler(contactsHandler(find, { bearer: "app-token" }));
  const batch = toNodeHandler(batchHandler(oneByOne(find), { secret: SECRET, bearer: "app-token" }));
  const listener: RequestListener = (request, response) => {
    response.on("finish", () => asked.push(`${request.method} ${request.url} ${response.statusCode}`));
    (request.method === "POST" ? batch : single)(request, response);
  };
  await withApp(listener, async (url) => {
    const contacts = { url: `${url}/contacts/%s`, bearer: "app-token", secret: SECRET };
    {
      await using world = await startWorld({ contacts });
      await world.online("jöhn@localhost");
      await kithOf(world).refresh(["jöhn"]);
      assert.deepEqual(Object.keys((await kithOf(world).roster("jöhn"))?.contacts ?? {}), ["friend-of-jöhn@localhost"]);
    }
    assert.deepEqual(asked.splice(0), ["GET /contacts/j%C3%B6hn 200", "GET /contacts/j%C3%B6hn 304"]);
    await using world = await startWorld({ contacts: { ...contacts, batchUrl: `${url}/batch` } });
    for (const user of ["john", "marie"]) await world.online(`${user}@localhost`);
    asked.length = 0;
    assert.equal((await kithOf(world).refresh(["john", "marie"])).updated, 2);
    assert.deepEqual(asked, ["POST /batch 200"]);
  });
});

test("a list is set, patched and guarded by its version", async () => {
  await using world = await startWorld();
  const kith = kithOf(world);
  assert.equal(await kith.roster("john"), undefined);
  const set = await kith.setContacts("john", { "marie@localhost": { name: "Marie" }, "tim@localhost": {} });
  assert.deepEqual(set.contacts, { "marie@localhost": { name: "Marie" }, "tim@localhost": {} });
  const patch = { "tim@localhost": null, "marie@localhost": { groups: ["Friends"] } };
  const patched = await kith.patchContacts("john", patch, { ifMatch: set.version });
  assert.deepEqual(patched.contacts, { "marie@localhost": { name: "Marie", groups: ["Friends"] } });
  await assert.rejects(kith.setContacts("john", {}, { ifMatch: set.version }), { status: 412 });
  assert.equal((await kith.roster("john"))?.version, patched.version);
});

test("the same key and body have one effect; another body under it is refused", async () => {
  await using world = await startWorld();
  const kith = kithOf(world);
  const idempotencyKey = crypto.randomUUID();
  const one = await kith.setContacts("john", { "marie@localhost": {} }, { idempotencyKey });
  await kith.setContacts("john", {});
  assert.deepEqual(await kith.setContacts("john", { "marie@localhost": {} }, { idempotencyKey }), one);
  assert.deepEqual((await kith.roster("john"))?.contacts, {});
  await assert.rejects(kith.setContacts("john", { "tim@localhost": {} }, { idempotencyKey }), { status: 422 });
});

test("pairs are connected and disconnected; who is online and why they see each other is told", async () => {
  await using world = await startWorld();
  const kith = kithOf(world);
  world.app.contacts.set("john", {});
  world.app.contacts.set("aaron", {});
  await world.online("john@localhost/phone");
  await world.online("aaron@localhost");
  assert.deepEqual(await kith.connect([["john", "aaron"]]), { status: "ok", connected: 1, disconnected: 0 });
  const explained = await kith.explain("john", "aaron@localhost");
  assert.equal(explained.allowed, true);
  assert.equal(explained.user.entry?.subscription, "both");
  const present = await kith.presence(["john", "ghost"]);
  assert.deepEqual(present["john"]?.resources, [{ resource: "phone", show: null, priority: 0 }]);
  assert.equal(present["ghost"]?.online, false);
  assert.equal((await kith.disconnect([["aaron", "john"]])).disconnected, 1);
  assert.equal((await kith.explain("john", "aaron@localhost")).visible, false);
});

test("events are streamed and posted, signed, and the stream goes on where it was left", async () => {
  const posted: KithEvent[] = [];
  const first = Promise.withResolvers<void>();
  const receive = async (request: Request): Promise<Response> => {
    if (request.method === "GET") return Response.json({});
    const { id, payload } = await verifyWebhook<KithEvent>(request, SECRET);
    assert.equal(id, payload.id);
    posted.push(payload);
    first.resolve();
    return new Response(null, { status: 204 });
  };
  await withApp(toNodeHandler(receive), async (url) => {
    await using world = await startWorld({
      contacts: { url: `${url}/contacts/%s`, secret: SECRET },
      events: { url: `${url}/events` },
    });
    const kith = kithOf(world);
    let since = "oldest";
    for (const resource of ["phone", "tablet"]) {
      await world.login(`john@localhost/${resource}`);
      for await (const event of kith.events({ since, signal: AbortSignal.timeout(20_000) })) {
        since = event.id;
        if (event.type !== "session") continue;
        assert.deepEqual([event.user, event.domain, event.data.resource], ["john", "localhost", resource]);
        break;
      }
    }
    await first.promise;
    assert.equal(posted[0]?.type, "session");
  });
});

test("the audit names lists that do not agree, over all pages", async () => {
  await using world = await startWorld();
  const kith = kithOf(world);
  await kith.connect(Array.from({ length: 1200 }, (_, n) => ["john", `u${n}`] as const));
  await kith.setContacts("john", { "u7@localhost": {} });
  await kith.setContacts("u8", {});
  await kith.setContacts("john", { "u7@localhost": {}, "u8@localhost": {} });
  const found: Disagreement[] = [];
  for await (const one of kith.audit()) found.push(one);
  assert.equal(found.length, 1199);
  assert.deepEqual(
    found.find(({ a, b }) => [a, b].includes("u8")),
    { a: "john", b: "u8", a_lists_b: "both", b_lists_a: null },
  );
  assert.deepEqual(
    found.find(({ a, b }) => [a, b].includes("u9")),
    { a: "john", b: "u9", a_lists_b: null, b_lists_a: "both" },
  );
  assert.equal(
    found.some(({ a, b }) => [a, b].includes("u7")),
    false,
  );
});
