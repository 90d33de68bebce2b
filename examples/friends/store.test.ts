import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "./store.ts";

const names = (store: Store, owner: string): string[] => store.friends(owner).map((friend) => friend.user);

test("a new database has four people, each with a password of their own", () => {
  const store = new Store(":memory:");
  assert.deepEqual(
    store.people().map((person) => person.user),
    ["john", "marie", "michael", "aaron"],
  );
  const passwords = new Set(store.people().map((person) => store.password(person.user)));
  assert.equal(passwords.size, 4);
  assert.ok([...passwords].every((password) => password !== undefined && password.length >= 12));
  assert.equal(store.password("nobody"), undefined);
  store.close();
});

test("befriending puts each into the other's list, once", () => {
  const store = new Store(":memory:");
  assert.equal(store.befriend("john", "michael"), true);
  assert.ok(names(store, "john").includes("michael"));
  assert.ok(names(store, "michael").includes("john"));
  assert.equal(store.befriend("michael", "john"), false);
  store.close();
});

test("nobody befriends themselves or a stranger", () => {
  const store = new Store(":memory:");
  assert.equal(store.befriend("john", "john"), false);
  assert.equal(store.befriend("john", "stranger"), false);
  assert.equal(store.befriend("__proto__", "john"), false);
  assert.deepEqual(names(store, "john"), ["marie"]);
  store.close();
});

test("parting takes each out of the other's list", () => {
  const store = new Store(":memory:");
  assert.equal(store.part("marie", "john"), true);
  assert.deepEqual(names(store, "john"), []);
  assert.deepEqual(names(store, "marie"), ["aaron"]);
  assert.equal(store.part("marie", "john"), false);
  store.close();
});

test("a label is one person's own: the friend's list and name stay", () => {
  const store = new Store(":memory:");
  assert.equal(store.label("john", "marie", "  Mimi\n ", ["Work", " Work ", "", "Friends"]), true);
  assert.deepEqual(store.friends("john"), [{ user: "marie", name: "Mimi", groups: ["Work", "Friends"] }]);
  assert.equal(store.person("marie")?.name, "Marie");
  assert.equal(store.friends("marie").find((friend) => friend.user === "john")?.name, "John");
  store.close();
});

test("an empty label is the friend's own name, and a stranger has none", () => {
  const store = new Store(":memory:");
  store.label("john", "marie", "Mimi", []);
  assert.equal(store.label("john", "marie", " ", []), true);
  assert.equal(store.friends("john")[0]?.name, "Marie");
  assert.equal(store.label("john", "aaron", "A", []), false);
  store.close();
});

test("a secret is made once", () => {
  const store = new Store(":memory:");
  const token = store.secret("token");
  assert.match(token, /^[A-Za-z0-9_-]{32}$/);
  assert.equal(store.secret("token"), token);
  assert.notEqual(store.secret("other"), token);
  store.close();
});
