import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../../test/support/clock.ts";
import { httpWorld, TOKEN } from "../../../test/support/http.ts";
import { type KeptAnswer, type KeptAnswers, memoryKeptAnswers } from "../../storage/kept-answers.ts";

const PATH = "/kith/app-passwords";
type Settings = Parameters<typeof httpWorld>[0];

function world(settings: Settings = {}) {
  const { app, clock } = httpWorld(settings);
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, json, headers: response.headers };
  };
  return { call, clock };
}

test("one is made, shown once, listed without it, and taken back", async () => {
  const { call, clock } = world();
  const made = await call("POST", PATH, { user: "John", name: "John's phone" });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("cache-control"), "no-store");
  const { id, password, created, ...rest } = made.json;
  assert.deepEqual(rest, { user: "john", name: "John's phone" });
  assert.match(String(password), /^[a-z2-9-]{29}$/);
  assert.equal(Date.parse(String(created)), clock.now());
  const listed = await call("GET", `${PATH}?user=john`);
  assert.deepEqual(listed.json, { user: "john", passwords: [{ id, name: "John's phone", created, lastUsed: null }] });
  assert.equal((await call("DELETE", `${PATH}/${id}?user=marie`)).status, 404);
  assert.deepEqual((await call("DELETE", `${PATH}/${id}?user=john`)).json, { removed: 1 });
  assert.equal((await call("DELETE", `${PATH}/${id}?user=john`)).status, 404);
});

test("all of one person are taken back at once, and nobody else's", async () => {
  const { call } = world();
  for (const user of ["john", "john", "marie"]) await call("POST", PATH, { user, name: "phone" });
  assert.deepEqual((await call("DELETE", `${PATH}?user=john`)).json, { removed: 2 });
  assert.deepEqual((await call("GET", `${PATH}?user=john`)).json["passwords"], []);
  assert.equal(((await call("GET", `${PATH}?user=marie`)).json["passwords"] as unknown[]).length, 1);
  assert.equal((await call("DELETE", `${PATH}/?user=marie`)).status, 404);
});

test("what is wrong is told: token, body, name, user, method", async () => {
  const { call } = world();
  const none = { authorization: "" };
  for (const [method, path] of [
    ["POST", PATH],
    ["GET", `${PATH}?user=john`],
    ["DELETE", `${PATH}?user=john`],
    ["DELETE", `${PATH}/x?user=john`],
  ] as const) {
    assert.equal((await call(method, path, method === "POST" ? {} : undefined, none)).status, 401, `${method} ${path}`);
  }
  for (const [body, said] of [
    [[], /The body is/],
    [{ user: "john" }, /The body is/],
    [{ user: "john", name: "x", password: "my own" }, /The body is/],
    [{ user: "jo hn", name: "x" }, /user is no username/],
    [{ user: "john", name: "a\nb" }, /name has to be 1 to 64 characters/],
  ] as const) {
    const { status, json } = await call("POST", PATH, body);
    assert.equal(status, 400);
    assert.match(String(json["detail"]), said);
  }
  assert.equal((await call("GET", PATH)).status, 400);
  assert.equal((await call("GET", `${PATH}?user=a&user=b`)).status, 400);
  const put = await call("PUT", PATH, {});
  assert.equal(put.status, 405);
  assert.equal(put.headers.get("allow"), "POST, GET, HEAD, DELETE, OPTIONS");
});

test('http.auth "none": a token is needed all the same', async () => {
  const { call } = world({ auth: "none" });
  assert.equal((await call("GET", `${PATH}?user=john`, undefined, { authorization: "" })).status, 401);
  assert.equal((await call("GET", `${PATH}?user=john`)).status, 200);
});

test("with several domains ?domain= says which", async () => {
  const { call } = world({ names: ["a.example", "b.example"] });
  assert.equal((await call("POST", `${PATH}?domain=a.example`, { user: "john", name: "phone" })).status, 201);
  assert.equal(((await call("GET", `${PATH}?user=john&domain=a.example`)).json["passwords"] as unknown[]).length, 1);
  assert.deepEqual((await call("GET", `${PATH}?user=john&domain=b.example`)).json["passwords"], []);
  assert.equal((await call("GET", `${PATH}?user=john`)).status, 404);
});

test("the 51st is refused", async () => {
  const { call } = world();
  const statuses: number[] = [];
  for (let n = 0; n < 51; n++) statuses.push((await call("POST", PATH, { user: "john", name: `phone ${n}` })).status);
  assert.deepEqual([statuses.filter((status) => status === 201).length, statuses.at(-1)], [50, 409]);
});

test("Idempotency-Key: the same password for ten minutes, from memory; then 409, nothing made, and no secret in storage", async () => {
  const onDisk: KeptAnswer[] = [];
  const disk = memoryKeptAnswers(new FakeClock());
  const keptAnswers: KeptAnswers = {
    get: disk.get,
    put(key, answer) {
      onDisk.push(answer);
      return disk.put(key, answer);
    },
  };
  const { call, clock } = world({ keptAnswers });
  const key = { "idempotency-key": "k" };
  const post = (name: string) => call("POST", PATH, { user: "john", name }, key);
  const made = await post("phone");
  await clock.advance(599_999);
  const again = await post("phone");
  assert.deepEqual([again.status, again.json], [201, made.json]);
  assert.equal((await post("another")).status, 422);
  await clock.advance(1);
  const late = await post("phone");
  assert.equal(late.status, 409);
  assert.match(String(late.json["detail"]), /made already.*forgotten/);
  assert.equal(((await call("GET", `${PATH}?user=john`)).json["passwords"] as unknown[]).length, 1);
  assert.equal(onDisk.length, 1);
  assert.doesNotMatch(new TextDecoder().decode(onDisk[0]?.body), new RegExp(String(made.json["password"])));
  const refused = await call("POST", PATH, { user: "john", name: "" }, { "idempotency-key": "other" });
  assert.equal(refused.status, 400);
});
