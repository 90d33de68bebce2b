import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../../test/support/clock.ts";
import { FetchError, type FetchRequest } from "../../contacts/fetch.ts";
import { createIntrospection } from "./introspection.ts";

function begin(answers: (() => { status: number; body: unknown })[]) {
  const clock = new FakeClock();
  const requests: FetchRequest[] = [];
  const check = createIntrospection({
    domain: "example.com",
    clock,
    url: "https://idp.example/introspect",
    clientId: "kith:1",
    clientSecret: "s e",
    cache: 60_000,
    deadline: 5000,
    userClaim: "sub",
    issuer: "https://idp.example",
    audience: "kith",
    async fetch(request) {
      requests.push(request);
      const answer = answers.shift();
      if (answer === undefined) return new Promise(() => undefined);
      const { status, body } = answer();
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return { status, header: () => undefined, body: new TextEncoder().encode(text) };
    },
  });
  return { clock, requests, check };
}

const active =
  (more: object = {}) =>
  () => ({ status: 200, body: { active: true, sub: "John", ...more } });

test("RFC 7662 §2.1: asked by POST with Basic; an active token is not asked about again for a while", async () => {
  const { clock, requests, check } = begin([active(), active()]);
  assert.deepEqual(await check("a+b"), { kind: "right", username: "john", expires: undefined });
  assert.deepEqual(await check("a+b"), { kind: "right", username: "john", expires: undefined });
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.body, "token=a%2Bb&token_type_hint=access_token");
  assert.equal(requests[0]?.headers["authorization"], `Basic ${Buffer.from("kith%3A1:s+e").toString("base64")}`);
  await clock.advance(60_000);
  await check("a+b");
  assert.equal(requests.length, 2);
});

test("the cache ends with the token", async () => {
  const { clock, requests, check } = begin([active({ exp: Date.UTC(2026, 0, 1) / 1000 + 10 }), active()]);
  assert.equal((await check("t")).kind, "right");
  await clock.advance(10_000);
  await check("t");
  assert.equal(requests.length, 2);
});

test("RFC 7662 §2.2: inactive, expired, of another issuer or audience, without a user: wrong, and asked again", async () => {
  const bodies = [
    { active: false },
    { active: "true", sub: "john" },
    { active: true, sub: "john", exp: 1 },
    { active: true, sub: "john", iss: "https://evil.example" },
    { active: true, sub: "john", aud: ["other"] },
    { active: true },
    { active: true, sub: "john@b.example" },
  ];
  const { requests, check } = begin(bodies.map((body) => () => ({ status: 200, body })));
  for (const body of bodies) assert.equal((await check("t")).kind, "wrong", JSON.stringify(body));
  assert.equal(requests.length, bodies.length);
});

test("an endpoint that is down, slow or talks nonsense is a temporary failure", async () => {
  const refused = () => {
    throw new FetchError("refused", "the connection was refused");
  };
  const { clock, check } = begin([
    () => ({ status: 500, body: "" }),
    () => ({ status: 401, body: "" }),
    () => ({ status: 200, body: "<html>" }),
    () => ({ status: 200, body: [] }),
    refused,
  ]);
  for (const _ of [1, 2, 3]) assert.equal((await check("t")).kind, "unavailable");
  assert.equal((await check("t")).kind, "wrong"); // an array says nothing of a token that is active
  assert.equal((await check("t")).kind, "unavailable");
  const slow = check("t");
  await clock.advance(5000);
  assert.equal((await slow).kind, "unavailable");
});
