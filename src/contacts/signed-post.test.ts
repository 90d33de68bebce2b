import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { FakeClock } from "../../test/support/clock.ts";
import { type Fetch, FetchError, type FetchErrorKind, type FetchRequest, type FetchResponse } from "./fetch.ts";
import { type PostAnswer, signedPost } from "./signed-post.ts";

const SECRET = `whsec_${Buffer.from("a secret of two dozen octets").toString("base64")}`;
const LIMITS = { deadlineMs: 5000, maxBytes: 1000 };

type Step = FetchResponse | FetchErrorKind | "silence";

function response(status: number, body = "", headers: Record<string, string> = {}): FetchResponse {
  return { status, header: (name) => headers[name], body: Buffer.from(body) };
}

function setUp(steps: Step[], more: { secret?: string; bearer?: string } = {}) {
  const clock = new FakeClock(Date.now());
  const requests: FetchRequest[] = [];
  const fetch: Fetch = (request) => {
    requests.push(request);
    const step = steps.shift() ?? "silence";
    if (step === "silence") return new Promise(() => undefined);
    return typeof step === "string" ? Promise.reject(new FetchError(step, `it is ${step}`)) : Promise.resolve(step);
  };
  const post = signedPost({
    fetch,
    clock,
    random: () => 0.5,
    secret: more.secret,
    bearer: more.bearer,
    userAgent: "Kith/1",
  });
  return { clock, requests, post };
}

async function answerOf(steps: Step[]): Promise<PostAnswer> {
  const { clock, post } = setUp(steps);
  const answer = post("http://app.example/hook", "one", {}, LIMITS);
  await clock.advance(10_000);
  return answer;
}

test("Standard Webhooks: what is posted verifies with the secret, by the package that applications use", async () => {
  const { requests, post } = setUp([response(200, '{"a":1}')], { secret: SECRET, bearer: "xyz" });
  const answer = await post("http://app.example/hook?x=1", "msg_1", { user: "jürgen" }, LIMITS);
  assert.ok(answer.ok);
  assert.deepEqual(answer.json, { a: 1 });
  const [request] = requests;
  assert.ok(request?.body !== undefined);
  assert.equal(request.method, "POST");
  assert.equal(request.url, "http://app.example/hook?x=1");
  assert.equal(request.headers["authorization"], "Bearer xyz");
  assert.equal(request.headers["webhook-id"], "msg_1");
  assert.deepEqual(new Webhook(SECRET).verify(request.body, { ...request.headers }), { user: "jürgen" });
  assert.throws(() => new Webhook(SECRET).verify(`${request.body} `, { ...request.headers }));
});

test("without a secret there is no signature; user and password of the URL are sent as Basic and shown nowhere", async () => {
  const { requests, post } = setUp([response(204)]);
  const answer = await post("http://me:pw@app.example/hook", "msg_1", {}, LIMITS);
  assert.ok(answer.ok);
  assert.equal(answer.json, undefined);
  assert.equal(requests[0]?.headers["webhook-signature"], undefined);
  assert.equal(requests[0]?.headers["authorization"], `Basic ${btoa("me:pw")}`);
  assert.equal(requests[0]?.url, "http://app.example/hook");
});

test("contract §1: one retry for refused, reset and 5xx, with the same id and body", async () => {
  for (const first of ["refused", "reset", response(503)] as const) {
    const { clock, requests, post } = setUp([first, response(200, "[]")], { secret: SECRET });
    const answer = post("http://app.example/", "msg_1", [1], LIMITS);
    await clock.advance(400);
    assert.ok((await answer).ok);
    assert.equal(requests.length, 2);
    assert.deepEqual(requests[1]?.headers, requests[0]?.headers);
    assert.equal(requests[1]?.body, "[1]");
  }
});

test("where nobody reads the answer, any 2xx is a good one, whatever its body is", async () => {
  const strange = [
    response(200, "<html>", { "content-encoding": "gzip" }),
    { ...response(202), body: Uint8Array.of(0xe9, 0xff) },
    response(200, "x".repeat(2000)),
  ];
  for (const step of strange) {
    const { requests, post } = setUp([step]);
    const answer = await post("http://app.example/hook", "one", {}, { ...LIMITS, unread: true });
    assert.ok(answer.ok);
    assert.equal(requests[0]?.unread, true);
  }
  const { post } = setUp([response(302)]);
  const refused = await post("http://app.example/hook", "one", {}, { ...LIMITS, unread: true });
  assert.equal(refused.ok, false);
});

test("a failure says what it was, with the status if there was one", async () => {
  const of = async (...steps: Step[]): Promise<unknown[]> => {
    const answer = await answerOf(steps);
    return answer.ok ? ["ok"] : [answer.failure, answer.status, answer.health];
  };
  assert.deepEqual(await of(response(410)), ["status", 410, "alive"]);
  assert.deepEqual(await of(response(302)), ["redirect", 302, "alive"]);
  assert.deepEqual(await of(response(500), response(502)), ["status", 502, "sick"]);
  assert.deepEqual(await of("refused", "refused"), ["refused", undefined, "sick"]);
  assert.deepEqual(await of("too-large"), ["too-large", undefined, "alive"]);
  assert.deepEqual(await of(response(200, "{}", { "content-encoding": "gzip" })), ["encoding", 200, "alive"]);
  assert.deepEqual(await of("silence"), ["timeout", undefined, "sick"]);
});

test("what is not JSON is no failure of the post: its json is undefined", async () => {
  const answer = await answerOf([response(200, "<html>")]);
  assert.ok(answer.ok);
  assert.equal(answer.json, undefined);
  assert.equal(answer.text, "<html>");
});

test("a signal from outside ends it", async () => {
  const { post } = setUp(["silence"]);
  const closing = new AbortController();
  const answer = post("http://app.example/", "one", {}, { ...LIMITS, signal: closing.signal });
  closing.abort();
  assert.deepEqual(await answer, {
    ok: false,
    failure: "failed",
    message: "the server is closing",
    health: "unknown",
    status: undefined,
  });
});
