import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "../../test/support/clock.ts";
import { type Fetch, FetchError, type FetchErrorKind, type FetchRequest, type FetchResponse } from "./fetch.ts";
import { httpSource } from "./http-source.ts";
import { type Answer, type ContactsFunction, inProcessSource } from "./source.ts";
import { contactsUrl } from "./url.ts";

const yieldNow = (): Promise<void> => Promise.resolve();
const open = new AbortController().signal;

function response(status: number, body: string | Uint8Array = "", headers: Record<string, string> = {}): FetchResponse {
  return { status, header: (name) => headers[name], body: typeof body === "string" ? Buffer.from(body) : body };
}

type Step = FetchResponse | FetchErrorKind | "silence";

/** The application answers these one after the other. */
function setUp(steps: Step[], more: { url?: string; bearer?: string } = {}) {
  const clock = new FakeClock();
  const requests: FetchRequest[] = [];
  const times: number[] = [];
  const fetch: Fetch = (request) => {
    requests.push(request);
    times.push(clock.now());
    const step = steps.shift() ?? "silence";
    if (step === "silence") {
      return new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(new FetchError("aborted", "ended")));
      });
    }
    return typeof step === "string" ? Promise.reject(new FetchError(step, `it is ${step}`)) : Promise.resolve(step);
  };
  const url = contactsUrl(more.url ?? "http://app.example/contacts/%s");
  assert.ok(url !== undefined);
  const source = httpSource({
    domain: "example.com",
    url,
    fetch,
    clock,
    random: () => 0.5,
    yieldNow,
    timeout: 5000,
    maxBytes: 8_388_608,
    bearer: more.bearer,
    userAgent: "Kith/1.2.3",
  });
  return { clock, requests, times, source };
}

async function answerOf(steps: Step[], etag?: string): Promise<Answer> {
  const { clock, source } = setUp(steps);
  const answer = source.ask("john", etag, open);
  await clock.advance(10_000);
  return answer;
}

async function failureOf(step: Step): Promise<string> {
  const answer = await answerOf([step, step]);
  return answer.kind === "failed" ? `${answer.failure} ${answer.health}` : answer.kind;
}

test("A2, contract §1: what is sent", async () => {
  const { requests, source } = setUp([response(200, "{}"), response(200, "{}")]);
  await source.ask("jürgen?x", undefined, open);
  await source.ask("john", '"v17"', open);
  assert.equal(requests[0]?.url, "http://app.example/contacts/j%C3%BCrgen%3Fx");
  assert.equal(requests[0]?.method, "GET");
  assert.deepEqual(requests[0]?.headers, {
    accept: "application/json, text/plain;q=0.9, */*;q=0.8",
    "accept-encoding": "identity",
    "user-agent": "Kith/1.2.3",
  });
  assert.equal(requests[0]?.maxBytes, 8_388_608);
  assert.equal(requests[1]?.headers["if-none-match"], '"v17"');
});

test("G31: contacts.bearer goes as Bearer; user:password@ goes as Basic and nowhere else", async () => {
  const bearer = setUp([response(200, "{}")], { bearer: "secret" });
  await bearer.source.ask("john", undefined, open);
  assert.equal(bearer.requests[0]?.headers["authorization"], "Bearer secret");
  const basic = setUp([response(500), response(500)], { url: "http://kith:secret@app.example/%s" });
  const answer = basic.source.ask("john", undefined, open);
  await basic.clock.advance(1000);
  assert.equal(basic.requests[0]?.headers["authorization"], `Basic ${btoa("kith:secret")}`);
  assert.doesNotMatch(JSON.stringify([basic.requests[0]?.url, await answer]), /secret/);
});

test("A3, contract §1: 200 with a map is a list, with its ETag and freshness", async () => {
  const answer = await answerOf([
    response(200, '\ufeff{"marie@example.com":{"name":"Marie"}}', {
      etag: 'W/"v18"',
      "cache-control": "max-age=60, stale-if-error=86400",
    }),
  ]);
  assert.ok(answer.kind === "list");
  assert.deepEqual(
    [...answer.list].map((contact) => contact.name),
    ["Marie"],
  );
  assert.equal(answer.etag, 'W/"v18"');
  assert.deepEqual(answer.freshness, { maxAge: 60_000, staleIfError: 86_400_000 });
});

test("contract §1: every other answer is a failed fetch, and says which", async () => {
  assert.equal(await failureOf(response(404)), "not-found");
  assert.equal(await failureOf(response(403)), "status alive");
  assert.equal(await failureOf(response(204)), "status alive");
  assert.equal(await failureOf(response(304)), "status alive");
  assert.equal(await failureOf(response(302, "", { location: "http://elsewhere/" })), "redirect alive");
  assert.equal(await failureOf(response(500)), "status sick");
  assert.equal(await failureOf(response(200, "<html>")), "not-json alive");
  assert.equal(await failureOf(response(200, "null")), "not-an-object alive");
  assert.equal(await failureOf(response(200, '["a"]')), "not-an-object alive");
  assert.equal(await failureOf(response(200, Buffer.from([0x7b, 0xff, 0x7d]))), "not-json alive");
  assert.equal(await failureOf(response(200, "x", { "content-encoding": "gzip" })), "encoding alive");
  assert.equal(await failureOf("too-large"), "too-large alive");
  assert.equal(await failureOf("refused"), "refused sick");
  assert.equal(await failureOf("reset"), "failed sick");
  assert.equal(await failureOf("dns"), "failed sick");
  assert.equal(await failureOf("tls"), "failed sick");
  assert.equal(await failureOf("silence"), "timeout sick");
});

test("G30: 304 counts where an ETag was sent", async () => {
  const answer = await answerOf([response(304, "", { "cache-control": "max-age=5" })], '"v1"');
  assert.deepEqual(answer, { kind: "not-modified", freshness: { maxAge: 5000, staleIfError: undefined } });
});

test("contract §1: one retry after 100 to 400 ms, only for refused, reset and 5xx", async () => {
  for (const [first, tries] of [
    ["refused", 2],
    ["reset", 2],
    [response(503), 2],
    ["dns", 1],
    ["tls", 1],
    ["too-large", 1],
    [response(404), 1],
    [response(429), 1],
    [response(200, "nonsense"), 1],
  ] as const) {
    const { clock, times, source } = setUp([first, response(200, "{}")]);
    const answer = source.ask("john", undefined, open);
    await clock.advance(1000);
    await answer;
    assert.equal(times.length, tries, JSON.stringify(first));
    if (tries === 2) assert.equal((times[1] ?? 0) - (times[0] ?? 0), 250);
  }
});

test("contract §1: the deadline is 5 s for both tries together", async () => {
  const { clock, source } = setUp(["refused", "silence"]);
  const answer = source.ask("john", undefined, open);
  await clock.advance(4999);
  assert.equal(await Promise.race([answer, settle()]), undefined);
  await clock.advance(1);
  assert.equal((await answer).kind, "failed");
  assert.equal(clock.pending, 0);
});

test("contract §1: . and .. are not fetched", async () => {
  const { requests, source } = setUp([]);
  assert.deepEqual(await source.ask("..", undefined, open), { kind: "unaddressable" });
  assert.equal(requests.length, 0);
});

function inProcess(give: ContactsFunction) {
  const clock = new FakeClock();
  return { clock, source: inProcessSource(give, { domain: "example.com", clock, timeout: 5000, yieldNow }) };
}

test("contract §1, in process: the same contract without HTTP", async () => {
  const good = inProcess(async (username) => ({ [`friend-of-${username}@example.com`]: { name: "F" }, bad: {} }));
  const answer = await good.source.ask("john", undefined, open);
  assert.ok(answer.kind === "list");
  assert.deepEqual(
    [...answer.list].map((contact) => contact.jid),
    ["friend-of-john@example.com"],
  );
  assert.deepEqual(
    answer.problems.map((problem) => problem.code),
    ["not-a-jid"],
  );
  assert.deepEqual(await inProcess(() => null).source.ask("john", undefined, open), { kind: "not-found" });
  for (const [value, expected] of [
    [new Map([["marie@example.com", {}]]), /a Map or something like it/],
    [new Set(["marie@example.com"]), /a Map or something like it/],
    [undefined, /the answer is nothing, not an object/],
  ] as const) {
    const wrong = await inProcess(() => value).source.ask("john", undefined, open);
    assert.ok(wrong.kind === "failed" && wrong.failure === "not-an-object");
    assert.match(wrong.message, expected);
  }
  const broken = await inProcess(() => {
    throw new TypeError("secret");
  }).source.ask("john", undefined, open);
  assert.ok(broken.kind === "failed");
  assert.match(broken.message, /^the contacts function failed: TypeError at .*http-source\.test\.ts:\d+/);
  const nothing = await inProcess(() => undefined).source.ask("john", undefined, open);
  assert.ok(nothing.kind === "failed" && nothing.failure === "not-an-object");
});

test("in process: a function that throws, rejects or never answers is a failed fetch that quotes nothing", async () => {
  const thrown: ContactsFunction = () => {
    throw new Error("secret");
  };
  for (const give of [thrown, () => Promise.reject(new Error("secret"))]) {
    const answer = await inProcess(give).source.ask("john", undefined, open);
    assert.ok(answer.kind === "failed" && answer.failure === "failed");
    assert.doesNotMatch(answer.message, /secret/);
  }
  let signalled = false;
  const silent = inProcess((_username, { signal }) => {
    signal.addEventListener("abort", () => {
      signalled = true;
    });
    return new Promise(() => undefined);
  });
  const answer = silent.source.ask("john", undefined, open);
  await silent.clock.advance(5000);
  const given = await answer;
  assert.ok(given.kind === "failed" && given.failure === "timeout");
  assert.equal(signalled, true);
});
