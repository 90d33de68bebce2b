import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { httpWorld } from "../../../test/support/http.ts";
import { type LogFields, silentLog } from "../../log.ts";
import type { CheckMetadata } from "../../login/oauth/register-client.ts";
import { CLIENT_LIFETIME, clientHash, Registration } from "../../login/oauth/registration.ts";
import { Metrics } from "../../metrics.ts";
import type { HttpRegistry } from "./options.ts";

const KEY = "correct-horse-battery-staple-0123456789";
const METADATA = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };
const JSON_TYPE = { "content-type": "application/json" };

interface Settings {
  readonly policy?: HttpRegistry["policy"];
  readonly tokens?: readonly string[];
  readonly check?: CheckMetadata;
  readonly names?: readonly string[];
  readonly publicUrls?: Readonly<Record<string, string>>;
  readonly burst?: number;
  readonly trustProxy?: readonly string[];
}

function registrationAt(domain: string): Registration {
  return new Registration({ domain, keys: [KEY], compat: "seed", denied: new Set(), issuedSince: undefined });
}

function world(settings: Settings = {}) {
  const { policy = "open", tokens = [], check, names = ["localhost"], burst = 50, trustProxy = [] } = settings;
  const registries = new Map(
    names.map((domain) => [domain, { domain, registration: registrationAt(domain), check, policy, tokens }]),
  );
  const lines: { readonly text: string; readonly fields: LogFields | undefined }[] = [];
  const log = { ...silentLog, info: (text: string, fields?: LogFields) => void lines.push({ text, fields }) };
  const metrics = new Metrics();
  const { app, clock } = httpWorld({
    names: [...names, ...(settings.publicUrls === undefined ? [] : ["without.example"])],
    publicUrls: settings.publicUrls ?? {},
    trustProxy,
    log,
    metrics,
    oauth: { registries, registrationRate: { rate: 2, burst }, servers: new Map(), pageRate: { rate: 1, burst: 1 } },
  });
  const post = async (
    body: unknown,
    headers: Record<string, string> = JSON_TYPE,
    from?: { readonly address: string; readonly headers?: Record<string, string>; readonly host?: string },
  ): Promise<Response> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const incoming = from && {
      socket: { remoteAddress: from.address },
      headers: from.headers ?? {},
      rawHeaders: ["Host", from.host ?? "localhost"],
    };
    const env = incoming === undefined ? {} : { incoming: incoming as unknown as IncomingMessage };
    return app.request("/oauth2/register", { method: "POST", body: text, headers }, env);
  };
  return { app, clock, post, lines, metrics };
}

type Json = Record<string, unknown>;

async function refusal(response: Response, status: number, error: string): Promise<string> {
  const body = (await response.json()) as Json;
  assert.deepEqual([response.status, body["error"]], [status, error], JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ["error", "error_description"]);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  return String(body["error_description"]);
}

describe("RFC 7591 §3.2.1: what a registered client is told", () => {
  test("all that was registered, and when it ends", async () => {
    const { post, clock } = world();
    const response = await post({ ...METADATA, scope: "xmpp", x_custom: 1 });
    assert.equal(response.status, 201);
    for (const [name, value] of Object.entries({ "cache-control": "no-store", pragma: "no-cache" })) {
      assert.equal(response.headers.get(name), value);
    }
    const { client_id, client_secret, ...told } = (await response.json()) as Json;
    const now = clock.now() / 1000;
    assert.deepEqual(told, {
      ...METADATA,
      scope: "xmpp",
      application_type: "web",
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_id_issued_at: now,
      client_secret_expires_at: now + CLIENT_LIFETIME,
    });
    const verified = registrationAt("localhost").verify(String(client_id), now);
    assert.ok(verified.ok);
    assert.equal(client_secret, verified.client.secret);
    assert.deepEqual(verified.client.metadata["redirect_uris"], METADATA.redirect_uris);
  });

  test("a public client has no secret", async () => {
    const { post } = world();
    const response = await post({ ...METADATA, token_endpoint_auth_method: "none" });
    assert.equal(response.status, 201);
    const told = (await response.json()) as Json;
    assert.ok(!("client_secret" in told));
    assert.equal(typeof told["client_id"], "string");
  });

  test("two clients that say the same are two clients", async () => {
    const { post } = world();
    const ids = [await post(METADATA), await post(METADATA)].map(
      async (one) => ((await one.json()) as Json)["client_id"],
    );
    assert.equal(new Set(await Promise.all(ids)).size, 2);
  });
});

interface Row {
  readonly name: string;
  readonly variant: "seed" | "newest";
  readonly host: string;
  readonly request_body: string;
  readonly status: number;
  readonly response: Json;
}

const file = new URL("../../../test/vectors/oauth2-registration.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as { readonly registrations: readonly Row[] };
/** What the newer ancestor takes and Kith does not: a fragment, and times that the client chose. */
const STRICTER: Readonly<Record<string, string>> = {
  "redirect-with-fragment": "invalid_redirect_uri",
  "own-iat-exp-nonce": "invalid_client_metadata",
};

describe("posts to mod_http_oauth2 that were recorded", () => {
  const newest = vectors.registrations.filter(({ variant }) => variant === "newest");
  for (const row of newest) {
    test(`${row.name} at ${row.host}: ${STRICTER[row.name] ?? row.status}`, async () => {
      const response = await world({ names: [row.host] }).post(row.request_body);
      if (row.status === 201 && STRICTER[row.name] === undefined) {
        assert.equal(response.status, 201);
        const told = (await response.json()) as Json;
        // Theirs has members that belong to the JWT; refresh tokens are a grant here unless the client says otherwise.
        const { nonce: _n, iat: _i, exp: _e, client_secret_expires_at: _x, grant_types: _g, ...theirs } = row.response;
        const own = ["client_id", "client_secret", "client_id_issued_at"];
        for (const [member, value] of Object.entries(theirs)) {
          if (row.name === "grant-device" && member === "response_types") continue; // theirs is told "code" beside it
          if (own.includes(member)) assert.equal(typeof told[member], typeof value, member);
          else assert.deepEqual(told[member], value, member);
        }
        return;
      }
      const isRedirect = row.name.includes("redirect") && !row.name.startsWith("no-");
      const expected = STRICTER[row.name] ?? row.response["error"];
      const error = expected === "invalid_request" ? codeOf(row.request_body, isRedirect) : expected;
      await refusal(response, 400, String(error));
    });
  }

  test("one address may replay all of them at once", async () => {
    const { post } = world();
    for (const row of newest) assert.notEqual((await post(row.request_body)).status, 429, row.name);
  });
});

/** RFC 7591 §3.2.2 has a code for what the ancestor calls invalid_request. */
function codeOf(body: string, isRedirect: boolean): string {
  const isMissing = body.startsWith("{") && body.length > 1 && !body.includes('"redirect_uris"');
  return isRedirect || isMissing ? "invalid_redirect_uri" : "invalid_client_metadata";
}

describe("who may register", () => {
  test('RFC 7591 §3.1, RFC 6750 §3: "token" takes an initial access token and nothing else', async () => {
    const { post } = world({ policy: "token", tokens: ["first-token", "second-token"] });
    const without = await post(METADATA);
    assert.equal(without.headers.get("www-authenticate"), 'Bearer realm="kith"');
    await refusal(without, 401, "invalid_token");
    for (const wrong of ["Bearer other-token", "Bearer first-token2", "Basic Zmlyc3Q6dG9rZW4="]) {
      await refusal(await post(METADATA, { ...JSON_TYPE, authorization: wrong }), 401, "invalid_token");
    }
    const named = await post(METADATA, { ...JSON_TYPE, authorization: "Bearer x" });
    assert.equal(named.headers.get("www-authenticate"), 'Bearer realm="kith", error="invalid_token"');
    assert.equal((await post(METADATA, { ...JSON_TYPE, authorization: "bearer second-token" })).status, 201);
  });

  test('"off" is for nobody', async () => {
    await refusal(await world({ policy: "off" }).post(METADATA), 403, "access_denied");
  });

  test("the authorization server's own check has a say", async () => {
    const description = "That is not offered.";
    const seen: unknown[] = [];
    const { post } = world({
      check: async (domain, metadata) => {
        seen.push(domain, metadata["client_name"]);
        return { ok: false, error: "invalid_client_metadata", description };
      },
    });
    assert.equal(await refusal(await post(METADATA), 400, "invalid_client_metadata"), description);
    assert.deepEqual(seen, ["localhost", "A"]);
  });
});

describe("what is no registration", () => {
  test("RFC 7591 §3.1: the content type is application/json", async () => {
    const { post } = world();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
      await refusal(await post(METADATA, { "content-type": type }), 415, "invalid_request");
    }
    assert.equal((await post(METADATA, { "content-type": "Application/JSON; charset=utf-8" })).status, 201);
    await refusal(await post(METADATA, { ...JSON_TYPE, "content-encoding": "gzip" }), 415, "invalid_client_metadata");
  });

  test("a body of at most 8 KiB, of which a client id of at most 2048 characters comes", async () => {
    const { post } = world();
    const large = { ...METADATA, x: "y".repeat(8192 - JSON.stringify({ ...METADATA, x: "" }).length) };
    assert.equal((await post(large)).status, 201);
    await refusal(await post({ ...large, x: `${large.x}y` }), 413, "invalid_client_metadata");
    const redirect_uris = ["/a", "/b"].map((path) => `https://a.example${path.repeat(450)}`);
    const long = await refusal(await post({ ...METADATA, redirect_uris }), 400, "invalid_client_metadata");
    assert.match(long, /at most 2048 characters/);
  });

  test("RFC 6749 §5.2: a description holds only the characters that it may", async () => {
    const redirect_uris = ['https://ä.example/"\\\n'];
    const description = await refusal(await world().post({ ...METADATA, redirect_uris }), 400, "invalid_redirect_uri");
    assert.match(description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test("RFC 9110 §15.5.6: any other method is 405 and names those that are", async () => {
    const { app } = world();
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      const response = await app.request("/oauth2/register", { method });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), "GET, HEAD, POST, OPTIONS");
    }
  });

  test("GET tells what may be posted, as JSON Schema", async () => {
    const response = await world().app.request("/oauth2/register");
    assert.equal(response.headers.get("content-type"), "application/schema+json");
    const schema = (await response.json()) as Json;
    assert.deepEqual(schema["required"], ["redirect_uris", "client_name", "client_uri"]);
  });
});

test("CORS: pages of every origin may register, without credentials", async () => {
  const { app, post } = world();
  const headers = { origin: "https://app.example", "access-control-request-method": "POST" };
  const preflight = await app.request("/oauth2/register", { method: "OPTIONS", headers });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /\bPOST\b/);
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /\bcontent-type\b/);
  for (const response of [preflight, await post(METADATA), await post({}), await app.request("/oauth2/register")]) {
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
  }
});

describe("which domain", () => {
  const settings: Settings = {
    names: ["a.example", "b.example"],
    publicUrls: { "b.example": "https://chat.b.example" },
  };
  const at = async (host: string) => world(settings).post(METADATA, JSON_TYPE, { address: "192.0.2.1", host });
  const isOf = async (response: Response, domain: string): Promise<boolean> => {
    const { client_id } = (await response.json()) as Json;
    return registrationAt(domain).verify(String(client_id), 0).ok;
  };

  test("the Host header names it, by its name or by its http.publicUrl", async () => {
    assert.ok(await isOf(await at("a.example:5281"), "a.example"));
    assert.ok(await isOf(await at("B.example"), "b.example"));
    assert.ok(await isOf(await at("chat.b.example"), "b.example"));
    assert.ok(await isOf(await at("Chat.b.example:443"), "b.example"));
  });

  test("another port, another host and a domain without a key are 404", async () => {
    for (const host of ["chat.b.example:8443", "elsewhere.example", "without.example"]) {
      await refusal(await at(host), 404, "invalid_request");
    }
  });
});

describe("how often", () => {
  test("limits.oauth.registrations at once from one address, loopback too, then as many a second as configured", async () => {
    const { post, clock, metrics } = world({ burst: 3 });
    for (let i = 0; i < 3; i++) assert.equal((await post(METADATA)).status, 201);
    const limited = await post(METADATA);
    assert.equal(limited.headers.get("retry-after"), "1");
    await refusal(limited, 429, "temporarily_unavailable");
    assert.equal((await post(METADATA, JSON_TYPE, { address: "192.0.2.7" })).status, 201);
    await clock.advance(500);
    assert.equal((await post(METADATA)).status, 201);
    const { body } = await metrics.render();
    assert.match(body, /kith_oauth_registrations_total\{result="registered"\} 5/);
    assert.match(body, /kith_oauth_registrations_total\{result="limited"\} 1/);
  });

  test("who is refused registers nobody, and is limited too", async () => {
    const { post } = world({ burst: 2 });
    let refused = 0;
    while ((await post({})).status === 400) refused++;
    assert.ok(refused > 10 && refused < 20, String(refused));
    await refusal(await post(METADATA), 429, "temporarily_unavailable");
  });

  test("behind a trusted proxy everybody has a limit of their own; a header of others says nothing", async () => {
    const { post } = world({ burst: 1, trustProxy: ["10.0.0.1"] });
    const by = (proxy: string, client: string) =>
      post(METADATA, JSON_TYPE, { address: proxy, headers: { "x-forwarded-for": client } });
    for (const client of ["192.0.2.1", "192.0.2.2"]) {
      assert.equal((await by("10.0.0.1", client)).status, 201);
      assert.equal((await by("10.0.0.1", client)).status, 429);
    }
    assert.equal((await by("192.0.2.9", "192.0.2.3")).status, 201);
    assert.equal((await by("192.0.2.9", "192.0.2.4")).status, 429);
    for (let i = 0; i < 5; i++) assert.equal((await post(METADATA, JSON_TYPE, { address: "10.0.0.1" })).status, 201);
  });
});

test("the log names a client by its hash, what it says of itself and where its redirects go; no id, no secret", async () => {
  const { post, lines } = world();
  const name = "N".repeat(200);
  const response = await post({ ...METADATA, client_name: name, redirect_uris: ["https://a.example/cb?x=1"] });
  const { client_id, client_secret } = (await response.json()) as Json;
  const line = lines.find(({ text }) => text === "client registered");
  assert.deepEqual(line?.fields, {
    domain: "localhost",
    client: clientHash(String(client_id)),
    name: "N".repeat(64),
    redirect: "a.example",
    address: "127.0.0.1",
  });
  const all = JSON.stringify(lines);
  assert.ok(!all.includes(String(client_id)) && !all.includes(String(client_secret)));
});
