/** What is registered is a client that the authorization server takes: also what older servers signed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { redirectsOf } from "../../src/login/oauth/client-metadata.ts";
import { type ClientMetadata, Registration } from "../../src/login/oauth/registration.ts";
import { startWorld, type World } from "../support/world.ts";

const KEY = "correct-horse-battery-staple-0123456789";
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const BASE = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };

interface Row {
  readonly name: string;
  readonly variant: "seed" | "newest";
  readonly status: number;
  readonly request_body: string;
}

const file = new URL("../vectors/oauth2-registration.json", import.meta.url);
const recorded = (JSON.parse(readFileSync(file, "utf8")) as { registrations: Row[] }).registrations.filter(
  ({ status }) => status === 201,
);

const MORE: readonly ClientMetadata[] = [
  { ...BASE, grant_types: ["authorization_code", DEVICE, "refresh_token"] },
  { ...BASE, grant_types: ["authorization_code"] },
  { ...BASE, grant_types: [DEVICE], response_types: ["code"] },
  { ...BASE, redirect_uris: [OUT_OF_BAND], grant_types: [DEVICE, "refresh_token"] },
  { ...BASE, redirect_uris: ["http://localhost:1234/cb"], token_endpoint_auth_method: "none" },
  { ...BASE, redirect_uris: ["com.example.app:/cb", "http://[::1]/x", "com.example.app:"], application_type: "native" },
  { ...BASE, redirect_uris: ["https://a.example", "https://a.example:8443/?x=%20y", "https://a.example/a b"] },
  { ...BASE, redirect_uris: ["http://127.0.0.1:99/ä b"] },
  { ...BASE, scope: "" },
  { ...BASE, scope: "no-such-scope offline_access  xmpp" },
  { ...BASE, scope: 'prosody:registered "ä' },
  { ...BASE, contacts: [], response_types: ["code", "code"], logo_uri: "https://a.example/ b" },
];

interface Client {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method?: unknown;
}

/** The error for a code that never was: RFC 6749 §5.2. */
async function errorAtToken(w: World, client: Client): Promise<unknown> {
  const { client_id, client_secret = "", token_endpoint_auth_method: method } = client;
  const body = new URLSearchParams({ grant_type: "authorization_code", code: "none", code_verifier: "v".repeat(43) });
  const headers: Record<string, string> = {};
  if (method === "none" || method === "client_secret_post") body.set("client_id", client_id);
  if (method === "client_secret_post") body.set("client_secret", client_secret);
  if (!body.has("client_id")) {
    headers["authorization"] = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
  }
  body.set("redirect_uri", "https://a.example/cb");
  const response = await fetch(`http://127.0.0.1:${w.server.ports.http}/oauth2/token`, {
    method: "POST",
    headers,
    body,
  });
  return ((await response.json()) as { readonly error?: unknown }).error;
}

/** Neither "such a client there is not" nor "what it says of itself is wrong": only the code is, or how it asks. */
const TAKEN = ["invalid_grant", "invalid_request", "unauthorized_client"];

test("every client that is registered is one that the authorization server takes", async () => {
  await using w = await startWorld({ oauth: { registrationKey: KEY } });
  const newest = recorded.filter(({ variant }) => variant === "newest").map(({ request_body }) => request_body);
  let taken = 0;
  for (const body of new Set([...newest, ...MORE.map((metadata) => JSON.stringify(metadata))])) {
    const headers = { "content-type": "application/json" };
    const response = await w.http("/oauth2/register", { method: "POST", headers, body });
    const client = (await response.json()) as Client;
    if (response.status !== 201) continue;
    const error = await errorAtToken(w, client);
    assert.ok(TAKEN.includes(String(error)), `${error}: ${body}`);
    taken++;
  }
  assert.ok(taken > MORE.length + 10, String(taken));
});

test("COMPAT(mod_http_oauth2, 2023): whatever it signed is taken, or refused as no client when its redirects break the rules", async () => {
  await using w = await startWorld({ oauth: { registrationKey: KEY } });
  const registration = new Registration({
    domain: "localhost",
    keys: [KEY],
    compat: "seed",
    denied: new Set(),
    issuedSince: undefined,
  });
  let taken = 0;
  for (const { name, request_body } of recorded.filter(({ variant }) => variant === "seed")) {
    const metadata = JSON.parse(request_body) as ClientMetadata;
    const made = registration.register(metadata, Math.floor(Date.now() / 1000));
    if (made === undefined) continue;
    const method = metadata["token_endpoint_auth_method"];
    const client = { client_id: made.clientId, client_secret: made.secret, token_endpoint_auth_method: method };
    const error = await errorAtToken(w, client);
    if (redirectsOf(metadata) === undefined) assert.equal(error, "invalid_client", name);
    else assert.ok(TAKEN.includes(String(error)), `${name}: ${error}`);
    if (error === "invalid_grant") taken++;
  }
  assert.ok(taken > 10, String(taken));
});
