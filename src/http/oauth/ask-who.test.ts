/** The log-in form: what the limits on guessing and the ways in say, as people and HTTP see it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TypedLogin, TypedOutcome } from "../../login/password-login.ts";
import { tryPassword } from "./ask-who.ts";
import type { Visit } from "./visit.ts";

const form = new URLSearchParams({ username: "John", password: "secret" });

function visit(outcome: TypedOutcome, asked: TypedLogin[] = []): Visit {
  const checkPassword = async (typed: TypedLogin): Promise<TypedOutcome> => {
    asked.push(typed);
    return outcome;
  };
  return { domain: { checkPassword }, address: "192.0.2.1" } as unknown as Visit;
}

test("a try is judged for the address it came from, and a right one is the account's", async () => {
  const asked: TypedLogin[] = [];
  const tried = await tryPassword(visit({ kind: "right", username: "john" }, asked), form);
  assert.deepEqual(tried, { ok: true, username: "john" });
  assert.deepEqual(asked, [{ username: "John", password: "secret", address: "192.0.2.1" }]);
});

test("a wrong one is 403 in words that do not say whether there is such a person", async () => {
  const tried = await tryPassword(visit({ kind: "wrong" }), form);
  assert.deepEqual(tried, { ok: false, problem: "The name or the password is wrong.", status: 403 });
});

test("RFC 6585 §4: too many tries, or nobody who could judge them, is 429", async () => {
  const tried = await tryPassword(visit({ kind: "busy" }), form);
  assert.equal(tried.ok === false && tried.status, 429);
});

test("an empty form is a wrong try", async () => {
  const asked: TypedLogin[] = [];
  await tryPassword(visit({ kind: "wrong" }, asked), new URLSearchParams());
  assert.deepEqual(asked, [{ username: "", password: "", address: "192.0.2.1" }]);
});
