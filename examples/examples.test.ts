/** The examples with a running Kith beside them: what they serve arrives at people's devices. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { signWebhook } from "../sdk/index.ts";
import { serialise } from "../src/xmpp/xml/write.ts";
import { startWorld, TOKEN, type World } from "../test/support/world.ts";
import { createApp as expressApp } from "./express/main.ts";
import { createApp as honoApp } from "./hono/main.ts";
import { createApp as nodeApp } from "./node/main.ts";

const BEARER = "what-kith-shows-to-the-application";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const LOGIN_SECRET = "a-login-secret-of-more-than-32-bytes";

/** The application at `url`, and a Kith that asks it. */
async function withKith(
  appOf: (kithUrl: string) => RequestListener,
  use: (url: string, world: World) => Promise<void>,
): Promise<void> {
  let app: RequestListener = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => app(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using world = await startWorld({
      contacts: { url: `${url}/contacts/%s`, bearer: BEARER, secret: SECRET },
    });
    app = appOf(`http://127.0.0.1:${world.server.ports.http}`);
    await use(url, world);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** John is online, befriends Aaron in the application, and hears of it. */
async function befriendAndHear(url: string, world: World): Promise<Response> {
  const john = await world.online("john@localhost");
  const answer = await fetch(`${url}/befriend/john/aaron`, { method: "POST" });
  const push = await john.next((stanza) => stanza.name === "iq" && stanza.attrs["type"] === "set");
  assert.match(serialise(push, "jabber:client"), /<item [^>]*jid=.aaron@localhost/);
  return answer;
}

const settings = { token: TOKEN, bearer: BEARER, secret: SECRET, loginSecret: LOGIN_SECRET };

test("examples/node", async () => {
  const appOf = (kithUrl: string): RequestListener => {
    const app = nodeApp({ ...settings, kithUrl });
    return (request, response) => app.emit("request", request, response);
  };
  await withKith(appOf, async (url, world) => {
    assert.equal((await befriendAndHear(url, world)).status, 204);
    assert.equal((await fetch(`${url}/contacts/john`)).status, 401);
    const body = '{"users":["marie","ghost"]}';
    const batch = await fetch(`${url}/batch`, {
      method: "POST",
      headers: await signWebhook("msg_1", body, SECRET),
      body,
    });
    assert.deepEqual(await batch.json(), { marie: { "john@localhost": { name: "John" } }, ghost: null });
  });
});

test("examples/express", async () => {
  await withKith(
    (kithUrl) => expressApp({ ...settings, kithUrl }),
    async (url, world) => {
      const answer = (await (await befriendAndHear(url, world)).json()) as { results: Record<string, unknown> };
      assert.deepEqual(Object.keys(answer.results), ["john", "aaron"]);
      const body = JSON.stringify({ id: "p1", type: "add", user: "marie", contact: "ghost@localhost" });
      const headers = await signWebhook("msg_1", body, SECRET);
      const proposal = await fetch(`${url}/proposals`, { method: "POST", headers, body });
      assert.deepEqual(await proposal.json(), { decision: "deny", reason: "ghost is not with us." });
      const isRight = async (question: object): Promise<unknown> => {
        const text = JSON.stringify({ domain: "localhost", ...question });
        const signed = await signWebhook("msg_2", text, SECRET);
        return (await fetch(`${url}/kith/password`, { method: "POST", headers: signed, body: text })).json();
      };
      assert.deepEqual(await isRight({ user: "john", password: "john-secret" }), { ok: true });
      assert.deepEqual(await isRight({ user: "john", password: "marie-secret" }), { ok: false });
      assert.deepEqual(await isRight({ user: "ghost", password: "" }), { ok: false });
      assert.deepEqual(
        [await isRight({ user: "john" }), await isRight({ user: "ghost" })],
        [{ ok: true }, { ok: false }],
      );
      const { token } = (await (await fetch(`${url}/chat-token/john`)).json()) as { token: string };
      assert.equal(token.split(".").length, 3);
    },
  );
});

test("examples/hono", async () => {
  await withKith(
    (kithUrl) => getRequestListener(honoApp({ ...settings, kithUrl }).fetch) as RequestListener,
    async (url, world) => {
      const answer = (await (await befriendAndHear(url, world)).json()) as { updated: number };
      assert.equal(answer.updated, 2);
      assert.equal(
        (await fetch(`${url}/contacts/ghost`, { headers: { authorization: `Bearer ${BEARER}` } })).status,
        404,
      );
    },
  );
});

test("examples/next-route", async () => {
  process.env["CONTACTS_BEARER"] = BEARER;
  const { GET } = await import("./next-route/app/contacts/[user]/route.ts");
  const headers = { authorization: `Bearer ${BEARER}` };
  const answer = await GET(new Request("http://app.test/contacts/john", { headers }));
  assert.deepEqual(await answer.json(), { "marie@localhost": { name: "Marie" } });
  const etag = answer.headers.get("etag") ?? "";
  const again = new Request("http://app.test/contacts/john", { headers: { ...headers, "if-none-match": etag } });
  assert.equal((await GET(again)).status, 304);
  assert.equal((await GET(new Request("http://app.test/contacts/john"))).status, 401);
});
