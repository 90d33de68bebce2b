/** What the application answers when Kith asks: contract §1 and §3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  batchHandler,
  type Contacts,
  contactsHandler,
  type Decision,
  oneByOne,
  passwordHandler,
  proposalsHandler,
  signWebhook,
} from "./index.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const JOHN: Contacts = { "marie@example.com": { name: "Marie", groups: ["Friends"] } };
const find = async (user: string): Promise<Contacts | undefined> => (user === "john" ? JOHN : undefined);

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Request {
  return new Request(`http://app.test${path}`, { method, headers });
}

async function signedPost(payload: unknown, secret = SECRET): Promise<Request> {
  const body = JSON.stringify(payload);
  return new Request("http://app.test/kith", {
    method: "POST",
    headers: await signWebhook("msg_1", body, secret),
    body,
  });
}

test("contacts come as JSON with an ETag of their content, and 304 when Kith has them", async () => {
  const handler = contactsHandler(find);
  const answer = await handler(get("/contacts/john"));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("cache-control"), "private, no-cache");
  assert.deepEqual(await answer.json(), JOHN);
  const etag = answer.headers.get("etag") ?? "";
  assert.match(etag, /^"[\w-]{22}"$/);
  const same = await handler(get("/contacts/john", { "if-none-match": `"other", W/${etag}` }));
  assert.equal(same.status, 304);
  assert.equal(same.headers.get("etag"), etag);
  assert.equal(await same.text(), "");
  const changed = contactsHandler(async () => ({ ...JOHN, "aaron@example.com": {} }));
  assert.equal((await changed(get("/contacts/john", { "if-none-match": etag }))).status, 200);
});

test("nobody is 404, an empty list is 200, what fails is thrown to the server that runs the handler", async () => {
  assert.equal((await contactsHandler(find)(get("/contacts/ghost"))).status, 404);
  assert.equal((await contactsHandler(find)(get("/contacts/"))).status, 404);
  assert.equal((await contactsHandler(find)(get("/contacts/%ff"))).status, 404);
  assert.equal(await (await contactsHandler(() => ({}))(get("/contacts/john"))).text(), "{}");
  const broken = new Error("the database is down");
  await assert.rejects(contactsHandler(() => Promise.reject(broken))(get("/contacts/john")), broken);
});

test("the username is the last part of the path, decoded, or what the option finds", async () => {
  const asked: string[] = [];
  const note = (user: string): undefined => {
    asked.push(user);
  };
  await contactsHandler(note)(get("/contacts/q%3Fx%3D1%2F%C3%BC%21"));
  await contactsHandler(note)(get("/contacts/john?x=/marie"));
  const user = (request: Request): string | undefined => new URL(request.url).searchParams.get("user") ?? undefined;
  await contactsHandler(note, { user })(get("/contacts?user=aaron"));
  assert.deepEqual(asked, ["q?x=1/ü!", "john", "aaron"]);
});

test("freshness is told in HTTP's own words", async () => {
  const answer = await contactsHandler(find, { maxAge: 60, staleIfError: 86_400 })(get("/contacts/john"));
  assert.equal(answer.headers.get("cache-control"), "private, max-age=60, stale-if-error=86400");
});

test("a version that is known without the contacts saves looking them up", async () => {
  let lookUps = 0;
  const handler = contactsHandler(
    () => {
      lookUps++;
      return JOHN;
    },
    { etag: (user) => `${user} "17"` },
  );
  const etag = (await handler(get("/contacts/john"))).headers.get("etag") ?? "";
  assert.equal(etag, '"john%20%2217%22"');
  assert.equal((await handler(get("/contacts/john", { "if-none-match": etag }))).status, 304);
  assert.equal(lookUps, 1);
  const without = await contactsHandler(find, { etag: false })(get("/contacts/john"));
  assert.equal(without.headers.get("etag"), null);
});

test("only who has one of the tokens is answered", async () => {
  const handler = contactsHandler(find, { bearer: ["new", "old"] });
  const status = async (authorization?: string): Promise<number> =>
    (await handler(get("/contacts/john", authorization === undefined ? {} : { authorization }))).status;
  assert.equal(await status("Bearer old"), 200);
  assert.equal(await status("bearer new"), 200);
  for (const wrong of [undefined, "Bearer", "Bearer ", "Bearer ol", "Bearer old x", "Basic old", "old"]) {
    assert.equal(await status(wrong), 401, wrong);
  }
  assert.equal((await contactsHandler(find, { bearer: "" })(get("/contacts/john"))).status, 401);
});

test("GET and HEAD are answered, other methods are told so", async () => {
  const handler = contactsHandler(find);
  const head = await handler(get("/contacts/john", {}, "HEAD"));
  assert.equal(`${head.status} ${await head.text()}`, "200 ");
  assert.ok(head.headers.has("etag"));
  const post = await handler(get("/contacts/john", {}, "POST"));
  assert.equal(`${post.status} ${post.headers.get("allow")}`, "405 GET, HEAD");
});

test("a batch answers each: a list, null for nobody, nothing for who failed", async () => {
  const errors: string[] = [];
  const one = async (user: string): Promise<Contacts | undefined> => {
    if (user === "broken") throw new Error("no such shard");
    return find(user);
  };
  const handler = batchHandler(oneByOne(one, { onError: (_, user) => errors.push(user) }), { secret: SECRET });
  const users = ["john", "ghost", "broken", "__proto__", "john"];
  const answer = await handler(await signedPost({ users }));
  assert.equal(answer.status, 200);
  const text = await answer.text();
  assert.equal(text, `{"john":${JSON.stringify(JOHN)},"ghost":null,"__proto__":null}`);
  assert.deepEqual(errors, ["broken"]);
});

test("a batch of an object takes undefined as nobody, and who is not in it as failed", async () => {
  const handler = batchHandler(() => ({ john: JOHN, ghost: undefined }), { secret: SECRET });
  const answer = await handler(await signedPost({ users: ["john", "ghost", "aaron", "toString"] }));
  assert.deepEqual(await answer.json(), { john: JOHN, ghost: null });
});

test("no more people are looked up at a time than allowed", async () => {
  let running = 0;
  let most = 0;
  const slow = async (): Promise<Contacts> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return {};
  };
  const users = Array.from({ length: 50 }, (_, n) => `u${n}`);
  const found = await oneByOne(slow, { concurrency: 3 })(users, get("/"));
  assert.equal((found as ReadonlyMap<string, Contacts>).size, 50);
  assert.equal(most, 3);
});

test("posts that Kith did not sign, or that are none, are refused; what would answer anybody is not made", async () => {
  const handler = batchHandler(() => ({}), { secret: SECRET });
  assert.equal((await handler(await signedPost({ users: [] }, `whsec_${btoa("another")}`))).status, 401);
  assert.equal((await handler(new Request("http://app.test/", { method: "POST", body: "{}" }))).status, 401);
  assert.equal((await handler(await signedPost({ users: [1] }))).status, 400);
  assert.equal((await handler(await signedPost([]))).status, 400);
  assert.equal((await handler(get("/"))).status, 405);
  assert.throws(() => batchHandler(() => ({}), {}), TypeError);
  assert.throws(() => proposalsHandler(() => "accept", { secret: [] }), TypeError);
  const byToken = batchHandler(() => ({}), { bearer: "t" });
  const headers = { authorization: "Bearer t" };
  assert.equal((await byToken(new Request("http://app.test/", { method: "POST", headers, body: "{" }))).status, 400);
});

test("a proposal is decided by the application, in one word or with a reason", async () => {
  const proposal = { id: "p1", type: "add", user: "marie", contact: "john@example.com", message: "hello" };
  const seen: unknown[] = [];
  const handler = proposalsHandler(
    async (asked) => {
      seen.push(asked);
      return asked.user === "marie" ? { decision: "deny", reason: "John is on holiday" } : "accept";
    },
    { secret: SECRET },
  );
  const denied = await handler(await signedPost(proposal));
  assert.deepEqual(await denied.json(), { decision: "deny", reason: "John is on holiday" });
  assert.deepEqual(seen, [proposal]);
  const accepted = await handler(await signedPost({ ...proposal, user: "john" }));
  assert.deepEqual(await accepted.json(), { decision: "accept" });
  assert.equal((await handler(await signedPost({ ...proposal, type: "befriend" }))).status, 400);
  const wrong = proposalsHandler(() => "yes" as Decision, { secret: SECRET });
  await assert.rejects(wrong(await signedPost(proposal)), TypeError);
});

const hers = { user: "marie", domain: "example.com", password: "wherefore" };

test("a password is right or wrong, and who exists is told when it is asked without one", async () => {
  const seen: unknown[] = [];
  const handler = passwordHandler(
    {
      async check(user, password, { domain, request }) {
        seen.push([user, password, domain, request.method]);
        return user === "marie" && password === "wherefore";
      },
      exists: (user, { domain }) => user === "marie" && domain === "example.com",
    },
    { secret: SECRET },
  );
  const answerTo = async (payload: unknown): Promise<unknown> => (await handler(await signedPost(payload))).json();
  assert.deepEqual(await answerTo(hers), { ok: true });
  assert.deepEqual(await answerTo({ ...hers, password: "" }), { ok: false });
  assert.deepEqual(seen, [
    ["marie", "wherefore", "example.com", "POST"],
    ["marie", "", "example.com", "POST"],
  ]);
  assert.deepEqual(await answerTo({ user: "marie", domain: "example.com" }), { ok: true });
  assert.deepEqual(await answerTo({ user: "ghost", domain: "example.com" }), { ok: false });
  assert.equal(seen.length, 2);
});

test("a question about a password that Kith did not sign, or that is none, is answered neither yes nor no", async () => {
  const yes = (): boolean => true;
  const handler = passwordHandler({ check: yes }, { secret: SECRET });
  assert.equal((await handler(await signedPost(hers, `whsec_${btoa("another")}`))).status, 401);
  for (const payload of [null, [], "marie", {}, { user: "marie" }, { ...hers, password: null }, { ...hers, user: 1 }]) {
    assert.equal((await handler(await signedPost(payload))).status, 400, JSON.stringify(payload));
  }
  assert.equal((await handler(await signedPost({ user: "marie", domain: "example.com" }))).status, 404);
  assert.throws(() => passwordHandler({ check: yes }, {}), TypeError);
  const unsure = passwordHandler({ check: () => 1 as unknown as boolean }, { secret: SECRET });
  await assert.rejects(unsure(await signedPost(hers)), TypeError);
});
