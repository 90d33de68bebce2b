/** The rows of origin.md that are about asking the application: how it is asked, and what it may answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pushesOf, rosterOf } from "../support/roster.ts";
import { startWorld, type World } from "../support/world.ts";

async function rosterFor(world: World, username: string): Promise<unknown> {
  const client = await world.login(`${username}@localhost`);
  const roster = await rosterOf(client);
  client.destroy();
  return Object.fromEntries([...roster].map(([jid, item]) => [jid, item.name]));
}

test("A1, G1: the username is percent-encoded, so a name cannot choose path or query", async () => {
  await using world = await startWorld();
  const paths: Record<string, string> = {
    john: "/contacts/john",
    "q?x=1": "/contacts/q%3Fx%3D1",
    "a#b": "/contacts/a%23b",
    "a%b": "/contacts/a%25b",
    "a;b+c": "/contacts/a%3Bb%2Bc",
    "it!(is)*": "/contacts/it%21%28is%29%2A",
    jürgen: "/contacts/j%C3%BCrgen",
    "~x.y-z_": "/contacts/~x.y-z_",
  };
  for (const [username, path] of Object.entries(paths)) {
    world.app.contacts.set(username, { "marie@localhost": { name: "Marie" } });
    assert.deepEqual(await rosterFor(world, username), { "marie@localhost": "Marie" }, username);
    assert.equal(world.app.requests.at(-1)?.path, path);
  }
});

test("G1: the names . and .. are never fetched, their lists are empty", async () => {
  await using world = await startWorld();
  assert.deepEqual(await rosterFor(world, ".."), {});
  assert.deepEqual(await rosterFor(world, "."), {});
  assert.deepEqual(world.app.requests, []);
});

test("G2: any other % in the configured URL stays as it is", async () => {
  await using world = await startWorld();
  await using second = await startWorld({ contacts: { url: `${world.app.url}?of=%20%s&x=%7B` } });
  world.app.contacts.set("john", { "marie@localhost": {} });
  assert.deepEqual(await rosterFor(second, "john"), { "marie@localhost": undefined });
  assert.equal(world.app.requests[0]?.path, "/contacts/john?of=%20john&x=%7B");
});

test("A2: an application that wants the origin's Accept header gets what it looks for", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  await rosterFor(world, "john");
  const headers = world.app.requests[0]?.headers ?? {};
  assert.match(headers.accept ?? "", /application\/json/);
  assert.equal(headers["accept-encoding"], "identity");
  assert.equal(headers.authorization, undefined);
});

test("A2, G31: a password in the URL is sent as Basic and never logged", async () => {
  const lines: string[] = [];
  const keep = (text: string, fields?: unknown): void => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const log = { error: keep, warn: keep, info: keep, debug: keep };
  await using world = await startWorld();
  const url = world.app.url.replace("http://", "http://kith:s3cret@");
  await using second = await startWorld({ contacts: { url }, log });
  world.app.answer = (request, response) => void response.writeHead(500).end(String(request.headers.authorization));
  const client = await second.login("john@localhost");
  await assert.rejects(rosterOf(client));
  const basic = `Basic ${Buffer.from("kith:s3cret").toString("base64")}`;
  assert.equal(world.app.requests[0]?.headers.authorization, basic);
  assert.doesNotMatch(lines.join("\n"), /s3cret|a2l0aD/);
});

test("A3, A4, A5, G11: name and groups are read, unknown members ignored, and every contact is both", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {
    "marie@localhost": { name: "Marie", groups: { Friends: true, Work: true }, avatar: "x", nested: { a: [1] } },
    "michael@localhost": { groups: ["Friends"] },
  });
  const client = await world.login("john@localhost");
  assert.deepEqual(Object.fromEntries(await rosterOf(client)), {
    "marie@localhost": { name: "Marie", subscription: "both", ask: undefined, groups: ["Friends", "Work"] },
    "michael@localhost": { name: undefined, subscription: "both", ask: undefined, groups: ["Friends"] },
  });
});

test("A7: two devices at the same moment share one fetch and see the same list", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": {} });
  const answers: (() => void)[] = [];
  world.app.answer = (_, response, username) => void answers.push(() => world.app.reply(response, username));
  await world.addUser("john@localhost");
  const phone = await world.login("john@localhost/phone");
  const laptop = await world.login("john@localhost/laptop");
  const both = Promise.all([rosterOf(phone), rosterOf(laptop)]);
  await phone.sync();
  await laptop.sync();
  assert.equal(answers.length, 1);
  answers[0]?.();
  const [first, second] = await both;
  assert.deepEqual(first, second);
  assert.equal(world.app.asked("john"), 1);
});

test("A19, A20: the last good copy outlives the session, and nothing beside the application is needed", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": { name: "Marie" } });
  assert.deepEqual(await rosterFor(world, "john"), { "marie@localhost": "Marie" });
  world.app.answer = (_, response) => void response.writeHead(503).end();
  assert.deepEqual(await rosterFor(world, "john"), { "marie@localhost": "Marie" });
});

const NONSENSE: Record<string, string> = {
  "G9: broken JSON": '{"marie@localhost": {',
  "G10: null": "null",
  "G10: an array of JIDs": '["marie@localhost"]',
  "G10: a number": "7",
  "G10: a string": '"marie@localhost"',
};
for (const [title, body] of Object.entries(NONSENSE)) {
  test(`${title}: a counted failure, everybody is answered, the last good copy stays`, async () => {
    await using world = await startWorld();
    world.app.contacts.set("john", { "marie@localhost": { name: "Marie" } });
    const john = await world.online("john@localhost/phone");
    world.app.contacts.set("john", body);
    assert.deepEqual(await world.refresh(["john"]), {
      status: "error",
      message: ((await world.refresh(["john"])) as { message: string }).message,
      updated: 0,
      errors: 1,
    });
    assert.deepEqual(await pushesOf(john), []);
    assert.deepEqual(Object.fromEntries([...(await rosterOf(john))].map(([jid, i]) => [jid, i.name])), {
      "marie@localhost": "Marie",
    });
  });
}

test("G10: an empty array is an empty list, as PHP writes an empty map", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", "[]");
  assert.deepEqual(await rosterFor(world, "john"), {});
});

test("G8: an error page is never taken for a list", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": {} });
  const john = await world.online("john@localhost");
  world.app.answer = (_, response) => void response.writeHead(500).end('{"evil@localhost":{}}');
  assert.partialDeepStrictEqual(await world.refresh(["john"]), { status: "error", updated: 0, errors: 1 });
  assert.deepEqual([...(await rosterOf(john)).keys()], ["marie@localhost"]);
});

test("G29: eighty names are asked for with a limit on calls at once, on kept connections", async () => {
  const limit = 8;
  await using world = await startWorld();
  await using second = await startWorld({ contacts: { url: world.app.url, concurrency: limit } });
  const names = Array.from({ length: 40 }, (_, index) => `user${index}`);
  for (const name of names) world.app.contacts.set(name, {});
  await Promise.all(names.map((name) => second.login(`${name}@localhost`)));
  const before = world.app.requests.length;
  assert.partialDeepStrictEqual(await second.refresh([...names, ...names]), { updated: 40, errors: 0 });
  assert.equal(world.app.requests.length - before, 40);
  assert.ok(world.app.peak <= limit, `${world.app.peak} at once`);
});

test("G30: a list that has not changed costs a 304", async () => {
  await using world = await startWorld();
  let full = 0;
  world.app.answer = (request, response) => {
    if (request.headers["if-none-match"] === '"v1"') {
      response.writeHead(304, { etag: '"v1"' }).end();
      return;
    }
    full++;
    response.writeHead(200, { etag: '"v1"' }).end('{"marie@localhost":{}}');
  };
  const john = await world.online("john@localhost");
  assert.partialDeepStrictEqual(await world.refresh(["john"]), { status: "ok", updated: 1 });
  assert.deepEqual([...(await rosterOf(john)).keys()], ["marie@localhost"]);
  assert.equal(full, 1);
});

test("G31: a bearer token for the application", async () => {
  await using world = await startWorld();
  await using second = await startWorld({ contacts: { url: world.app.url, bearer: "app-token" } });
  world.app.contacts.set("john", {});
  await rosterFor(second, "john");
  assert.equal(world.app.requests[0]?.headers.authorization, "Bearer app-token");
});
