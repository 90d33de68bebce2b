import assert from "node:assert/strict";
import { test } from "node:test";
import type { Contacts, RefreshResult } from "./contacts.ts";
import { readUsernames, refreshContacts } from "./refresh.ts";

const yieldNow = (): Promise<void> => Promise.resolve();
const good: RefreshResult = {
  status: "ok",
  added: ["aaron@example.com"],
  changed: [],
  removed: [],
  source: "app",
  stale: false,
  problems: [],
};
const bad: RefreshResult = { status: "error", failure: "status", message: "the application answered 500", stale: true };

/** Only what a refresh calls. */
function contacts(resultOf: (username: string) => RefreshResult): Contacts {
  const given: Pick<Contacts, "refreshMany"> = {
    refreshMany: async (usernames) => new Map(usernames.map((username) => [username, resultOf(username)])),
  };
  return given as Contacts;
}

const options = { online: () => 2, yieldNow };

test("G19: names are checked with their position, prepared, and count once", async () => {
  const names = async (value: unknown) => {
    const reading = await readUsernames(value, yieldNow);
    return reading.ok ? reading.usernames : reading.message;
  };
  assert.deepEqual(await names(["john", "John", "aaron", "john"]), ["john", "aaron"]);
  assert.deepEqual(await names(["__proto__"]), ["__proto__"]);
  assert.deepEqual(await names([]), []);
  assert.equal(await names([1, null, ["x"]]), "[0] is not a string");
  assert.equal(await names(["john", null]), "[1] is not a string");
  assert.match(String(await names(["john", "a@b"])), /^\[1\] is not a username/);
  assert.match(String(await names([""])), /^\[0\] is not a username/);
  assert.match(String(await names({})), /JSON array/);
});

test("A11, G21: the origin's four members, [] included", async () => {
  assert.deepEqual(
    await refreshContacts(
      contacts(() => good),
      ["john", "aaron"],
      options,
    ),
    {
      status: "ok",
      message: "roster update complete",
      updated: 2,
      errors: 0,
    },
  );
  assert.deepEqual(
    await refreshContacts(
      contacts(() => good),
      [],
      options,
    ),
    {
      status: "ok",
      message: "roster update complete",
      updated: 0,
      errors: 0,
    },
  );
});

test("G23, G24: some failed is ok with a count, all failed is an error with a true message", async () => {
  const some = await refreshContacts(
    contacts((name) => (name === "john" ? bad : good)),
    ["john", "aaron"],
    options,
  );
  assert.deepEqual(some, { status: "ok", message: "roster update complete", updated: 1, errors: 1 });
  const none = await refreshContacts(
    contacts(() => bad),
    ["john", "aaron"],
    options,
  );
  assert.deepEqual(none, {
    status: "error",
    message: "no roster was updated; john: the application answered 500",
    updated: 0,
    errors: 2,
  });
});

test("G26: a result for each user, whatever they are called", async () => {
  const answer = await refreshContacts(
    contacts((name) => (name === "john" ? bad : good)),
    ["john", "__proto__"],
    {
      ...options,
      results: true,
    },
  );
  assert.deepEqual(JSON.parse(JSON.stringify(answer)).results.john, { ...bad, online: 2 });
  assert.match(
    JSON.stringify(answer),
    /"__proto__":\{"status":"ok","added":\["aaron@example.com"\],.*"online":2,"problems":\[\]\}/,
  );
});
