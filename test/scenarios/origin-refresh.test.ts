/** The rows of origin.md that are about refresh: its answers, its order, and what reaches the devices. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { askRoster, pushesOf, rosterOf } from "../support/roster.ts";
import { goOnline, startWorld, TOKEN, type World } from "../support/world.ts";

async function post(
  world: World,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string; json: Record<string, unknown> }> {
  const response = await world.http("/roster_admin/refresh", { method: "POST", body, headers });
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, type, json: (await response.json()) as Record<string, unknown> };
}

test("A11: the origin's exact answer", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  world.app.contacts.set("aaron", {});
  await world.online("john@localhost");
  await world.online("aaron@localhost");
  const { status, type, json } = await post(world, '["john","aaron"]', { "content-type": "text/plain" });
  assert.equal(status, 200);
  assert.match(type, /^application\/json/);
  assert.deepEqual(json, { status: "ok", message: "roster update complete", updated: 2, errors: 0 });
});

test("A12, A13, G25: the origin's GET form is off, and can be switched on", async () => {
  await using world = await startWorld();
  assert.equal((await world.http("/roster_admin/refresh/john")).status, 404);
  await using open = await startWorld({ http: { tokens: [TOKEN], getRefresh: true } });
  open.app.contacts.set("john doe", {});
  const answer = await open.http("/roster_admin/refresh/john%3Bdoe");
  assert.equal(answer.status, 200);
  assert.partialDeepStrictEqual(await answer.json(), { status: "ok" });
});

test("G24: the GET form says the truth about a failure", async () => {
  await using world = await startWorld({ http: { tokens: [TOKEN], getRefresh: true } });
  world.app.contacts.set("john", {});
  await world.online("john@localhost");
  world.app.answer = (_, response) => void response.writeHead(500).end();
  const answer = await world.http("/roster_admin/refresh/john");
  assert.equal(answer.status, 502);
  const body = (await answer.json()) as { status: string; message: string };
  assert.equal(body.status, "error");
  assert.notEqual(body.message, "roster update complete");
});

test("A14: offline and unknown users count as updated, and no fetch is made", async () => {
  await using world = await startWorld();
  assert.deepEqual(await world.refresh(["nobody", "noone"]), {
    status: "ok",
    message: "roster update complete",
    updated: 2,
    errors: 0,
  });
  assert.equal(world.app.requests.length, 0);
});

test("G18: a slow older answer never overwrites a newer one", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  const john = await world.online("john@localhost");
  const held: (() => void)[] = [];
  let arrived: () => void = () => undefined;
  const reaches = (count: number): Promise<void> =>
    new Promise((resolve) => {
      arrived = () => held.length >= count && resolve();
      arrived();
    });
  world.app.answer = (_, response) => {
    const body = held.length === 0 ? '{"old@localhost":{}}' : '{"new@localhost":{}}';
    held.push(() => void response.writeHead(200).end(body));
    arrived();
  };
  const first = world.refresh(["john"]);
  await reaches(1);
  const second = world.server.refresh(["john"]);
  const third = world.server.refresh(["john"]);
  held[0]?.();
  await reaches(2);
  held[1]?.();
  await Promise.all([first, second, third]);
  assert.equal(held.length, 2, "later refreshes share one following fetch");
  assert.deepEqual([...(await rosterOf(john)).keys()], ["new@localhost"]);
});

test("G19, G21, G22: what is no array of localparts is a 400 that says where", async () => {
  await using world = await startWorld();
  for (const body of [
    "",
    "not json",
    "{}",
    "false",
    "7",
    "null",
    '"john"',
    '[1,null,["x"]]',
    '["john","a@b"]',
    '["john",""]',
  ]) {
    const { status, type, json } = await post(world, body);
    assert.equal(status, 400, body);
    assert.match(type, /^application\/problem\+json/, body);
    assert.equal(typeof json["detail"], "string", body);
  }
  const { json } = await post(world, '["john","a@b"]');
  assert.match(String(json["detail"]), /1/);
});

test("G19: duplicates count once", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  await world.online("john@localhost");
  const before = world.app.asked("john");
  assert.partialDeepStrictEqual(await world.refresh(["john", "john", "JOHN"]), { updated: 1, errors: 0 });
  assert.equal(world.app.asked("john"), before + 1);
});

test("G21: an empty array is answered with zeroes", async () => {
  await using world = await startWorld();
  assert.deepEqual(await world.refresh([]), { status: "ok", message: "roster update complete", updated: 0, errors: 0 });
});

test("G5, G23: when all failed the status is error, and the answer comes", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  await world.online("john@localhost");
  await world.app.stop();
  const { status, json } = await post(world, '["john"]');
  assert.equal(status, 500);
  assert.partialDeepStrictEqual(json, { status: "error", updated: 0, errors: 1 });
});

test("G26: the answer can say what happened for each user", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": { name: "M" }, "old@localhost": {} });
  await world.online("john@localhost/phone");
  world.app.contacts.set("john", { "marie@localhost": { name: "Marie" }, "aaron@localhost": {} });
  const answer = (await world.refresh(["john"], "?results=1")) as { results: Record<string, unknown> };
  assert.deepEqual(answer.results["john"], {
    status: "ok",
    added: ["aaron@localhost"],
    changed: ["marie@localhost"],
    removed: ["old@localhost"],
    source: "app",
    stale: false,
    online: 1,
    problems: [],
  });
});

test("G27: nobody refreshes without a token", async () => {
  await using world = await startWorld();
  for (const headers of [
    { authorization: "" },
    { authorization: "Bearer wrong" },
    { authorization: `Basic ${TOKEN}` },
  ]) {
    assert.equal((await post(world, "[]", headers)).status, 401);
  }
});

test("G28: with one domain any Host header is served", async () => {
  await using world = await startWorld();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(
      {
        port: world.server.ports.http,
        host: "127.0.0.1",
        method: "POST",
        path: "/roster_admin/refresh",
        headers: { host: "kith.internal:9999", authorization: `Bearer ${TOKEN}` },
      },
      (response) => resolve(response.resume().statusCode),
    );
    call.on("error", reject);
    call.end("[]");
  });
  assert.equal(status, 200);
});

test("G20: a refresh while offline reaches the copy, whatever max-age said", async () => {
  await using world = await startWorld();
  world.app.headers = { "cache-control": "max-age=3600" };
  world.app.contacts.set("john", { "old@localhost": {} });
  (await world.online("john@localhost")).destroy();
  world.app.contacts.set("john", { "new@localhost": {} });
  const fresh = await world.login("john@localhost/a");
  assert.deepEqual([...(await rosterOf(fresh)).keys()], ["old@localhost"], "fresh by max-age: not asked again");
  fresh.close();
  await fresh.ended();
  await world.refresh(["john"]);
  const again = await world.login("john@localhost/b");
  assert.deepEqual([...(await rosterOf(again)).keys()], ["new@localhost"]);
});

test("G32: neither lists nor names of contacts reach the log", async () => {
  const lines: string[] = [];
  const keep = (text: string, fields?: unknown): void => void lines.push(`${text} ${JSON.stringify(fields)}`);
  await using world = await startWorld({ log: { error: keep, warn: keep, info: keep, debug: keep } });
  world.app.contacts.set("john", { "marie@localhost": { name: "Marie Curie", groups: ["Secret group"] } });
  await world.online("john@localhost");
  await world.refresh(["john"]);
  assert.doesNotMatch(lines.join("\n"), /Marie Curie|Secret group/);
});

test("G33, RFC 6121 §2.6: the version is a hash of the content, and a known one costs an empty result", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": {}, "aaron@localhost": { name: "Aaron" } });
  const john = await world.login("john@localhost/a");
  const first = await askRoster(john, "");
  const query = first.children[0];
  const ver = typeof query === "object" ? (query.attrs["ver"] ?? "") : "";
  assert.notEqual(ver, "");
  john.destroy();
  const again = await world.login("john@localhost/b");
  assert.deepEqual((await askRoster(again, ver)).children, []);
});

test("G34: a refresh pushes in the application's order, and each push carries the version after it", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  const john = await world.login("john@localhost");
  await rosterOf(john);
  world.app.contacts.set("john", { "c@localhost": {}, "a@localhost": {}, "b@localhost": {} });
  await world.refresh(["john"]);
  assert.deepEqual(
    (await pushesOf(john)).map(([jid]) => jid),
    ["c@localhost", "a@localhost", "b@localhost"],
  );
  const pushed = john.history
    .filter((s) => s.attrs["type"] === "set")
    .flatMap((s) => s.children.map((c) => (typeof c === "object" ? c.attrs["ver"] : undefined)));
  assert.equal(new Set(pushed).size, 3);
  assert.deepEqual(
    (await askRoster(john, pushed[2])).children,
    [],
    "the last push carries the version of the whole list",
  );
  assert.notEqual((await askRoster(john, pushed[1])).children.length, 0, "an earlier one does not");
});

test("G36: a user who leaves between fetch and answer costs nothing and the call is answered", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  const john = await world.online("john@localhost");
  let answerIt: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    world.app.answer = (_, response, username) => {
      answerIt = () => world.app.reply(response, username);
      resolve();
    };
  });
  const refresh = world.refresh(["john"]);
  await asked;
  john.close();
  await john.ended();
  answerIt();
  assert.partialDeepStrictEqual(await refresh, { status: "ok", updated: 1, errors: 0 });
});

test("G37: the copy of somebody offline can be read", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "marie@localhost": { name: "Marie" } });
  (await world.online("john@localhost")).destroy();
  const answer = await world.http("/roster_admin/rosters/john");
  assert.equal(answer.status, 200);
  const body = (await answer.json()) as { contacts: unknown; user: string; version: string };
  assert.deepEqual(body.contacts, { "marie@localhost": { name: "Marie" } });
  assert.equal(answer.headers.get("etag"), `"${body.version}"`);
  assert.equal((await world.http("/roster_admin/rosters/ghost")).status, 404);
});

test("G38: a contact on a server that Kith does not speak for shows no presence and is no error", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "pope@vatican.example": { name: "Francis" } });
  const john = await world.login("john@localhost");
  assert.deepEqual([...(await rosterOf(john)).keys()], ["pope@vatican.example"]);
  john.send("<presence/>");
  await john.next((s) => s.name === "presence" && s.attrs["from"] === john.jid);
  await john.sync();
  assert.equal(john.describeInbox(), "nothing");
  john.send('<message to="pope@vatican.example" type="chat" id="m"><body>hello</body></message>');
  const answer = await john.next((s) => s.name === "message");
  assert.equal(answer.attrs["type"], "error");
});

test("G39: what is done can be counted", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", {});
  await goOnline(await world.login("john@localhost"));
  await world.refresh(["john"]);
  const metrics = await (await world.http("/metrics")).text();
  assert.match(metrics, /^kith_contacts_fetches_total\{[^}]*\} \d+$/m);
});

test("G40: the user's own JID is no contact and nothing recurses", async () => {
  await using world = await startWorld();
  world.app.contacts.set("john", { "john@localhost": {}, "JOHN@localhost": {}, "marie@localhost": {} });
  const john = await world.online("john@localhost");
  john.send("<presence><show>away</show></presence>");
  await john.next((s) => s.name === "presence");
  await john.sync();
  assert.equal(john.describeInbox(), "nothing");
  assert.deepEqual([...(await rosterOf(john)).keys()], ["marie@localhost"]);
});
