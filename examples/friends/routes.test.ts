import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hono } from "hono";
import { Webhook } from "standardwebhooks";
import type { Refreshed } from "./kith.ts";
import { createApp } from "./routes.ts";
import { Store } from "./store.ts";

const SECRET = `whsec_${Buffer.from("of these tests").toString("base64")}`;
const BASE = "http://127.0.0.1:3000";

interface Setup {
  readonly app: Hono;
  readonly store: Store;
  /** The lists of names that Kith was told, in order. */
  readonly told: (readonly string[])[];
}

function setup(answer: Refreshed = { ok: true, updated: 2 }): Setup {
  const store = new Store(":memory:");
  const told: (readonly string[])[] = [];
  const app = createApp({
    store,
    domain: "localhost",
    guestUrl: "http://127.0.0.1:3001",
    accountUrl: "http://127.0.0.1:5280/oauth2/account",
    websocketUrl: "ws://127.0.0.1:5280/xmpp-websocket",
    secret: SECRET,
    loginToken: async (user) => `a token for ${user}`,
    refresh: async (users) => {
      told.push(users);
      return answer;
    },
  });
  return { app, store, told };
}

const get = (app: Hono, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(app.request(`${BASE}${path}`, { headers }));

const post = (app: Hono, path: string, form: Record<string, string> = {}, headers = {}): Promise<Response> =>
  Promise.resolve(
    app.request(`${BASE}${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { Accept: "application/json", ...headers },
    }),
  );

test("GET /contacts/:user is the contract's map", async () => {
  const { app } = setup();
  const response = await get(app, "/contacts/john");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { "marie@localhost": { name: "Marie", groups: ["Friends"] } });
  const etag = response.headers.get("etag") ?? "";
  assert.equal((await get(app, "/contacts/john", { "If-None-Match": etag })).status, 304);
});

test("GET /contacts of somebody unknown is 404", async () => {
  const { app } = setup();
  assert.equal((await get(app, "/contacts/nobody")).status, 404);
  assert.equal((await get(app, "/contacts/__proto__")).status, 404);
});

test("befriending and parting tell Kith both names, after the change", async () => {
  const { app, told, store } = setup();
  const response = await post(app, "/john/friends/michael/befriend");
  assert.deepEqual(await response.json(), { ok: true, updated: 2 });
  assert.ok("john@localhost" in ((await (await get(app, "/contacts/michael")).json()) as object));
  await post(app, "/john/friends/michael/part");
  assert.deepEqual(told, [
    ["john", "michael"],
    ["john", "michael"],
  ]);
  assert.deepEqual(store.friends("michael"), []);
});

test("a label touches one list, so one name is told", async () => {
  const { app, told } = setup();
  await post(app, "/john/friends/marie/label", { name: "Mimi", groups: "Work, Friends" });
  assert.deepEqual(told, [["john"]]);
  assert.deepEqual(await (await get(app, "/contacts/john")).json(), {
    "marie@localhost": { name: "Mimi", groups: ["Work", "Friends"] },
  });
});

test("what changes nothing is not told", async () => {
  const { app, told } = setup();
  assert.equal((await post(app, "/john/friends/marie/befriend")).status, 409);
  assert.equal((await post(app, "/john/friends/nobody/befriend")).status, 409);
  assert.equal((await post(app, "/john/friends/michael/explode")).status, 409);
  assert.deepEqual(told, []);
});

test("a failed refresh keeps the change and is shown on the page", async () => {
  const { app, store } = setup({ ok: false, reason: "connection <refused>" });
  assert.equal((await post(app, "/john/friends/aaron/befriend")).status, 502);
  assert.ok(store.friends("john").some((friend) => friend.user === "aaron"));
  assert.match(await (await get(app, "/john")).text(), /failed: connection &lt;refused&gt;/);
});

test("without script a form leads back to the page", async () => {
  const { app } = setup();
  const response = await post(app, "/john/friends/aaron/befriend", {}, { Accept: "text/html" });
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/john");
});

test("names are escaped in the page", async () => {
  const { app } = setup();
  await post(app, "/john/friends/marie/label", { name: "<script>alert(1)</script>", groups: '"><b>' });
  const page = await (await get(app, "/john")).text();
  assert.ok(!page.includes("<script>alert"));
  assert.ok(!page.includes('"><b>,'));
  assert.match(page, /&lt;script&gt;alert/);
});

test("an open page hears of a change that another page made", async () => {
  const { app } = setup();
  const response = await get(app, "/michael/live");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let heard = "";
  const until = async (text: string): Promise<void> => {
    while (!heard.includes(text)) heard += (await reader.read()).value ?? assert.fail("the stream ended");
  };
  await until("Nobody yet");
  await post(app, "/john/friends/michael/befriend");
  await until("Unfriend John");
  await until("2 updated");
  await reader.cancel();
});

test("the chat page may reach Kith and nothing else; the other pages nothing", async () => {
  const { app } = setup();
  const chat = (await get(app, "/john/chat")).headers.get("content-security-policy") ?? "";
  assert.match(chat, /connect-src 'self' ws:\/\/127\.0\.0\.1:5280;/);
  assert.match(chat, /script-src 'self';/);
  const page = (await get(app, "/john")).headers.get("content-security-policy") ?? "";
  assert.doesNotMatch(page, /unsafe|ws:/);
});

test("a page hands its person a login token, and no password", async () => {
  const { app } = setup();
  assert.deepEqual(await (await get(app, "/marie/credentials")).json(), {
    jid: "marie@localhost",
    password: "a token for marie",
  });
});

test("other sites can neither read nor change", async () => {
  const { app, told } = setup();
  assert.equal((await app.request("http://evil.example:3000/john/credentials")).status, 403);
  const headers = { Origin: "http://evil.example" };
  assert.equal((await post(app, "/john/friends/michael/befriend", {}, headers)).status, 403);
  assert.deepEqual(told, []);
});

test("files come from their two folders only", async () => {
  const { app } = setup();
  assert.equal((await get(app, "/public/app.css")).headers.get("content-type"), "text/css; charset=utf-8");
  assert.equal((await get(app, "/converse/converse.min.js")).status, 200);
  assert.equal((await get(app, "/public/..%2froutes.ts")).status, 404);
  assert.equal((await get(app, "/public/..%2f..%2f..%2fpackage.json")).status, 404);
  assert.equal((await get(app, "/converse/%2e%2e/package.json")).status, 404);
});

test("pages of unknown people are not found", async () => {
  const { app } = setup();
  for (const path of ["/nobody", "/nobody/chat", "/nobody/live", "/nobody/credentials", "/beside/john/nobody"]) {
    assert.equal((await get(app, path)).status, 404, path);
  }
});

function presenceEvent(user: string, state: string, time: string, secret = SECRET): RequestInit {
  return signed({ id: "e-1", type: "presence", time, user, data: { state, lastActivity: time } }, secret);
}

function signed(content: object, secret = SECRET): RequestInit {
  const body = JSON.stringify(content);
  const now = new Date();
  const headers = {
    "webhook-id": "e-1",
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign("e-1", now, body),
  };
  return { method: "POST", body, headers };
}

test("an event of Kith puts a dot beside a friend; an older one that comes late changes nothing", async () => {
  const { app } = setup();
  const path = `${BASE}/kith/events`;
  assert.doesNotMatch(await (await get(app, "/john")).text(), /data-state="online"/);
  assert.equal((await app.request(path, presenceEvent("marie", "online", "2026-01-01T00:00:02.000Z"))).status, 204);
  assert.equal((await app.request(path, presenceEvent("marie", "offline", "2026-01-01T00:00:01.000Z"))).status, 204);
  assert.match(await (await get(app, "/john")).text(), /data-state="online"/);
  assert.doesNotMatch(await (await get(app, "/michael")).text(), /data-state="online"/, "no friend of hers");
  assert.equal((await app.request(path, presenceEvent("nobody", "online", "2026-01-01T00:00:03.000Z"))).status, 204);
});

test("an event that Kith did not sign is refused", async () => {
  const { app, store } = setup();
  const other = `whsec_${Buffer.from("of somebody else").toString("base64")}`;
  const forged = presenceEvent("marie", "online", "2026-01-01T00:00:02.000Z", other);
  assert.equal((await app.request(`${BASE}/kith/events`, forged)).status, 401);
  assert.equal(store.presence().size, 0);
});

async function propose(app: Hono, type: string, user: string, contact: string, more = {}): Promise<unknown> {
  const proposal = { id: "p-1", type, user, contact, name: null, groups: [], message: null, ...more };
  return (await app.request(`${BASE}/kith/proposals`, signed(proposal))).json();
}

test("who adds a contact in the chat asks: the other accepts in the application", async () => {
  const { app, told } = setup();
  const wish = { name: "Mike", groups: ["Work"] };
  assert.deepEqual(await propose(app, "add", "john", "michael@localhost", wish), { decision: "later" });
  const asked = { ...wish, subscription: "none", ask: "subscribe" };
  const contacts = (await (await get(app, "/contacts/john")).json()) as Record<string, unknown>;
  assert.deepEqual(contacts["michael@localhost"], asked);
  assert.deepEqual(await (await get(app, "/contacts/michael")).json(), {});
  assert.match(await (await get(app, "/michael")).text(), /Accept John/);
  assert.match(await (await get(app, "/john")).text(), /Withdraw the request to Michael/);
  await post(app, "/michael/friends/john/befriend");
  assert.deepEqual(told, [["michael", "john"]]);
  const after = (await (await get(app, "/contacts/john")).json()) as Record<string, unknown>;
  assert.deepEqual(after["michael@localhost"], wish);
  assert.doesNotMatch(await (await get(app, "/michael")).text(), /Accept John/);
});

test("a request is declined or withdrawn, and the one whose chat shows it is told", async () => {
  const { app, told, store } = setup();
  await propose(app, "add", "john", "michael@localhost");
  await post(app, "/michael/friends/john/decline");
  await propose(app, "add", "john", "aaron@localhost");
  await post(app, "/john/friends/aaron/withdraw");
  assert.deepEqual(told, [["john"], ["john"]]);
  assert.deepEqual(store.requests(), []);
  assert.equal((await post(app, "/john/friends/aaron/withdraw")).status, 409);
});

test("every kind of proposal has its decision", async () => {
  const { app, store } = setup();
  const accept = { decision: "accept" };
  assert.deepEqual(await propose(app, "add", "john", "marie@localhost"), accept);
  assert.deepEqual(await propose(app, "rename", "john", "marie@localhost", { name: "Mimi", groups: ["Work"] }), accept);
  assert.deepEqual(store.friends("john"), [{ user: "marie", name: "Mimi", groups: ["Work"] }]);
  assert.deepEqual(await propose(app, "remove", "john", "marie@localhost"), accept);
  assert.deepEqual(store.friends("john"), []);
  await propose(app, "add", "john", "michael@localhost");
  assert.deepEqual(await propose(app, "accept", "michael", "john@localhost"), accept);
  assert.equal(store.friends("michael").length, 1);
  await propose(app, "add", "john", "aaron@localhost");
  assert.deepEqual(await propose(app, "add", "aaron", "john@localhost"), accept, "each asked the other");
  await propose(app, "add", "marie", "michael@localhost");
  assert.deepEqual(await propose(app, "decline", "michael", "marie@localhost"), accept);
  assert.deepEqual(store.requests(), []);
  for (const [type, contact] of [
    ["add", "nobody@localhost"],
    ["add", "john@elsewhere.example"],
    ["accept", "marie@localhost"],
    ["rename", "marie@localhost"],
  ] as const) {
    const decision = (await propose(app, type, "john", contact)) as { decision: string; reason: string };
    assert.equal(decision.decision, "deny", `${type} ${contact}`);
    assert.ok(decision.reason.length > 0);
  }
});

test("a proposal that Kith did not sign is refused", async () => {
  const { app, store } = setup();
  const forged = signed({ type: "add", user: "john", contact: "michael@localhost" }, `whsec_${btoa("another")}`);
  assert.equal((await app.request(`${BASE}/kith/proposals`, forged)).status, 401);
  assert.deepEqual(store.requests(), []);
});
