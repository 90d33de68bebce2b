/** `/openapi.json` and `/docs`: what is served is in them, what is in them is served, and answers are as they say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { systemClock } from "../../src/clock.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { silentLog } from "../../src/log.ts";
import { startParts } from "../../src/parts.ts";
import { at, checkerOf, type Json } from "../support/openapi.ts";
import { startWorld, type World } from "../support/world.ts";

const oauth = { registrationKey: "correct-horse-battery-staple-0123456789" };

function partsWith(http: Json, opened: AsyncDisposableStack, more: Json = {}) {
  const parsed = parseConfig(
    { domain: "localhost", contacts: { url: "http://127.0.0.1:1/%s" }, storage: "memory", http, ...more },
    { folder: "/", environment: {} },
  );
  assert.ok(parsed.ok);
  return startParts(parsed.config, { log: silentLog, clock: systemClock, dataFolder: undefined }, opened);
}

async function documentOf(app: { request(path: string): Response | Promise<Response> }): Promise<Json> {
  const response = await app.request("/openapi.json");
  assert.equal(response.status, 200);
  return (await response.json()) as Json;
}

test("every route is in the document, and the document has no other", async () => {
  await using opened = new AsyncDisposableStack();
  const { app } = partsWith({ getRefresh: true, tokens: ["t"] }, opened, { oauth });
  const served = app.routes
    .filter(({ method, path }) => !["ALL", "OPTIONS"].includes(method) && path !== "/*")
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
    .filter((route) => !route.startsWith("head "));
  const paths = at(await documentOf(app), "paths");
  const told = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item as Json).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(told.sort(), [...new Set(served)].sort());
});

test("what the configuration switches off is not in the document", async () => {
  await using opened = new AsyncDisposableStack();
  const { app } = partsWith({ auth: "none", openMetrics: true, publicUrl: "https://chat.example.com/" }, opened);
  const document = await documentOf(app);
  assert.equal(at(document, "paths")["/roster_admin/refresh/{username}"], undefined);
  assert.equal(at(document, "paths")["/oauth2/register"], undefined);
  assert.deepEqual(document["servers"], [{ url: "https://chat.example.com" }]);
  assert.deepEqual(at(document, "paths", "/roster_admin/audit", "get")["security"], []);
  assert.deepEqual(at(document, "paths", "/kith/accounts", "post")["security"], [{ bearer: [] }]);
});

test("it is OpenAPI 3.1, and every example is as its schema says", async () => {
  await using opened = new AsyncDisposableStack();
  const { app } = partsWith({ getRefresh: true }, opened, { oauth });
  const document = await documentOf(app);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  const { check } = checkerOf(document);
  let examples = 0;
  const walk = (value: unknown, where: string): void => {
    if (typeof value !== "object" || value === null) return;
    const { schema, examples: named } = value as { schema?: Json; examples?: Record<string, { value: unknown }> };
    if (schema !== undefined && named !== undefined) {
      for (const [name, example] of Object.entries(named)) {
        check(schema, example.value, `${where} ${name}`);
        examples++;
      }
    }
    for (const [key, member] of Object.entries(value)) if (key !== "examples") walk(member, `${where}/${key}`);
  };
  walk(document["paths"], "");
  walk(document["webhooks"], "");
  assert.ok(examples > 60, String(examples));
});

test("each call of the application and each member has a description", async () => {
  await using opened = new AsyncDisposableStack();
  const document = await documentOf(partsWith({}, opened).app);
  assert.deepEqual(Object.keys(at(document, "webhooks")), [
    "contacts.url",
    "contacts.batchUrl",
    "accounts.http.url",
    "proposals.url",
    "events.url",
  ]);
  const bare = Object.entries(at(document, "components", "schemas"))
    .filter(([name]) => !name.startsWith("Admin") && !name.startsWith("Accounts"))
    .filter(([, schema]) => (schema as Json)["description"] === undefined)
    .map(([name]) => name);
  assert.deepEqual(bare, []);
});

test("the page at /docs asks for nothing else and names every call", async () => {
  await using opened = new AsyncDisposableStack();
  const { app } = partsWith({ getRefresh: true }, opened, { oauth });
  const document = await documentOf(app);
  const response = await app.request("/docs");
  const html = await response.text();
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(html, /<script|<link|<img|src=|@import|url\(|style="|\son\w+=/);
  assert.doesNotMatch(html, /href="(?!#|openapi\.json)/);
  assert.match(html, /<html lang="en">/);
  for (const item of Object.values({ ...at(document, "paths"), ...at(document, "webhooks") })) {
    for (const operation of Object.values(item as Json)) {
      assert.ok(html.includes(`<details id="${(operation as Json)["operationId"]}">`));
    }
  }
  const anchors = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) assert.ok(anchors.has(target), `#${target}`);
  const again = await app.request("/docs", { headers: { "if-none-match": response.headers.get("etag") ?? "" } });
  assert.equal(again.status, 304);
});

test("answers of a running server are as the document says", async () => {
  await using w = await startWorld({
    http: { tokens: ["a-token-for-tests-of-at-least-32-characters"], getRefresh: true },
    oauth,
  });
  w.app.contacts.set("john", { "marie@localhost": { name: "Marie", until: "2099-01-01T00:00:00Z" }, "no jid": {} });
  w.app.contacts.set("marie", {});
  await w.online("john@localhost/phone");
  await w.online("marie@localhost/tv");
  const document = (await (await fetch(`http://127.0.0.1:${w.server.ports.http}/openapi.json`)).json()) as Json;
  const answers = checkerOf(document);
  let checked = 0;
  const call: Call = async (method, path, template, status, body, headers = {}) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await w.http(path, { method: method.toUpperCase(), headers, ...sent });
    assert.equal(response.status, status, `${method} ${path}`);
    const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    const value: unknown = type.endsWith("json") ? await response.json() : await response.text();
    answers.check(answers.answer(template, method, status, type), value, `${method} ${path}`);
    checked++;
  };
  const refresh = "/roster_admin/refresh";
  await call("post", refresh, refresh, 200, ["john", "nobody"]);
  await call("post", `${refresh}?results=1`, refresh, 200, ["john", "nobody"]);
  await call("post", refresh, refresh, 200, { users: ["john"], dryRun: true });
  await call("post", refresh, refresh, 400, { users: 1 });
  await call("get", `${refresh}/john`, `${refresh}/{username}`, 200);
  await listsAndPeople(call);
  w.app.answer = (_request, response) => void response.writeHead(500).end();
  await call("post", refresh, refresh, 500, { users: ["john"] });
  await call("get", `${refresh}/john`, `${refresh}/{username}`, 502);
  await operation(w, call);
  assert.ok(checked > 25, String(checked));
});

test("what the application is asked is as the document says", async () => {
  const posted: { readonly path: string; readonly body: unknown; readonly headers: Json }[] = [];
  const told = Promise.withResolvers<void>();
  await using w = await startWorld((app) => {
    const base = new URL(app.url).origin;
    return {
      contacts: { url: app.url, batchUrl: `${base}/batch`, secret: `whsec_${"A".repeat(32)}`, bearer: "a-bearer" },
      proposals: { url: `${base}/proposals` },
      events: { url: `${base}/events`, settle: "1ms" },
    };
  });
  w.app.answer = (request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const body = JSON.parse(text) as { readonly users?: readonly string[] };
      posted.push({ path: request.url ?? "", body, headers: request.headers });
      if (request.url === "/events") told.resolve();
      const answers: Json = {
        "/batch": Object.fromEntries((body.users ?? []).map((user) => [user, { "no jid": {} }])),
        "/proposals": { decision: "deny", reason: "no" },
        "/events": {},
      };
      response.end(JSON.stringify(answers[request.url ?? ""]));
    });
  };
  const john = await w.online("john@localhost/phone");
  john.send('<iq type="set" id="s"><query xmlns="jabber:iq:roster"><item jid="marie@localhost"/></query></iq>');
  await john.next((stanza) => stanza.attrs["id"] === "s");
  const response = await w.http("/events?since=oldest");
  const types = new Set<unknown>();
  const document = (await (await w.http("/openapi.json")).json()) as Json;
  const { check } = checkerOf(document);
  const eventSchema = at(document, "components", "schemas", "Event");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let stream = "";
  while (!["presence", "session", "proposal", "contacts.problems"].every((type) => types.has(type))) {
    const read = await reader?.read();
    stream += read?.value ?? "";
    for (const [, data = ""] of stream.matchAll(/^data: (.*)\n\n/gm)) {
      const event = JSON.parse(data) as Json;
      check(eventSchema, event, "an event of the stream");
      types.add(event["type"]);
    }
  }
  await reader?.cancel();
  await told.promise;
  for (const { path, body, headers } of posted) {
    const key = { "/batch": "contacts.batchUrl", "/proposals": "proposals.url", "/events": "events.url" }[path] ?? "";
    const operation = at(document, "webhooks", key, "post");
    check(at(operation, "requestBody", "content", "application/json", "schema"), body, key);
    const [full] = operation["security"] as Json[];
    const schemes = at(document, "components", "securitySchemes");
    for (const name of Object.keys(full ?? {})) {
      const header = (schemes[name] as Json)["name"] ?? "authorization";
      assert.equal(typeof headers[String(header)], "string", `${key}: ${header}`);
    }
  }
  assert.deepEqual([...new Set(posted.map(({ path }) => path))].sort(), ["/batch", "/events", "/proposals"]);
});

type Call = (
  method: string,
  path: string,
  template: string,
  status: number,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<void>;

async function listsAndPeople(call: Call): Promise<void> {
  const rosters = "/roster_admin/rosters/{username}";
  await call("get", "/roster_admin/rosters/john", rosters, 200);
  await call("get", "/roster_admin/rosters/ghost", rosters, 404);
  await call("put", "/roster_admin/rosters/john", rosters, 200, { "marie@localhost": { groups: ["a"] }, bad: 1 });
  await call("patch", "/roster_admin/rosters/john", rosters, 200, { "aaron@localhost": { subscription: "to" } });
  await call("patch", "/roster_admin/rosters/john", rosters, 400, [1]);
  await call("post", "/roster_admin/edges", "/roster_admin/edges", 200, { connect: [["john", "aaron"]] });
  const explain = "?user=john&contact=marie@localhost";
  await call("get", `/roster_admin/explain${explain}`, "/roster_admin/explain", 200);
  await call("get", "/roster_admin/audit", "/roster_admin/audit", 200);
  await call("get", "/roster_admin/presence?user=john&user=ghost", "/roster_admin/presence", 200);
  await call("get", "/roster_admin/events/dead", "/roster_admin/events/dead", 200);
  await call("post", "/roster_admin/events/dead/retry", "/roster_admin/events/dead/retry", 200, {});
}

async function operation(w: World, call: Call): Promise<void> {
  for (const path of ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/admin"]) {
    await call("get", path, path, 200);
  }
  for (const path of ["/.well-known/host-meta", "/.well-known/host-meta.json"]) await call("get", path, path, 200);
  const api = "/admin/api";
  for (const name of ["domains", "overview", "people", "audit", "events"]) {
    await call("get", `${api}/${name}`, `${api}/${name}`, 200);
  }
  await call("get", `${api}/person?user=john`, `${api}/person`, 200);
  await call("get", `${api}/explain?user=john&contact=marie@localhost`, `${api}/explain`, 200);
  const passwords = "/kith/app-passwords";
  const john = `${passwords}?user=john`;
  await call("post", passwords, passwords, 201, { user: "john", name: "phone" });
  await call("post", passwords, passwords, 400, { user: "john" });
  await call("get", john, passwords, 200);
  await call("delete", `${passwords}/none?user=john`, `${passwords}/{id}`, 404);
  await call("delete", john, passwords, 200);
  const links = "/kith/device-links";
  await call("post", links, links, 201, { user: "john", name: "phone", expires: "1h" });
  await call("post", links, links, 400, { user: "john", name: "phone", expires: "1y" });
  await call("get", `${links}?user=john`, links, 200);
  await call("delete", `${links}/none?user=john`, `${links}/{id}`, 404);
  const list = { action: "list", domain: "localhost", after: "", limit: 10 };
  await call("post", "/kith/accounts", "/kith/accounts", 200, list);
  const client = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };
  const asJson = { "content-type": "application/json" };
  await call("post", "/oauth2/register", "/oauth2/register", 201, client, asJson);
  await call("post", "/oauth2/register", "/oauth2/register", 400, {}, asJson);
  await call("post", "/oauth2/register", "/oauth2/register", 413, "x".repeat(9000), asJson);
  await call("post", "/oauth2/register", "/oauth2/register", 415, client);
  await call("get", "/oauth2/register", "/oauth2/register", 200);
  await call("get", "/xmpp-websocket", "/xmpp-websocket", 426);
  assert.equal(w.server.ports.https, undefined);
}
