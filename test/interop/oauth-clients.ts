/**
 * `npm run interop`: OAuth clients of the real mod_http_oauth2. An id that it signed is good at Kith with its secret, and one that
 * Kith signed is good there: neither has ever stored it. What the packages of Prosody have is too old, so it must be told
 *
 *     KITH_INTEROP_PROSODY          a folder in which Prosody was built from its sources (2023-03-02 for the older module, 2024-01-21)
 *     KITH_INTEROP_PROSODY_MODULES  a folder with mod_http_oauth2 (of 2023-03-03, or 2024-01-24)
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Registration } from "../../src/login/oauth/registration.ts";
import { startWorld, type World } from "../support/world.ts";

const PROSODY = process.env["KITH_INTEROP_PROSODY"] ?? "";
const MODULES = process.env["KITH_INTEROP_PROSODY_MODULES"] ?? "";
const LUA = "lua5.4";
const KEY = "a registration key, only for this test";
const PASSWORD = "correct horse";
const REDIRECT = "https://app.example.com/cb";
const METADATA = { client_name: "My app", client_uri: "https://app.example.com/", redirect_uris: [REDIRECT] };

function missing(): string | false {
  if (PROSODY === "" || MODULES === "") return "KITH_INTEROP_PROSODY and KITH_INTEROP_PROSODY_MODULES name no folders";
  if (!existsSync(join(PROSODY, "util/hashes.so"))) return `${PROSODY} has no Prosody that was built`;
  if (!existsSync(join(MODULES, "mod_http_oauth2/mod_http_oauth2.lua"))) return `${MODULES} has no mod_http_oauth2`;
  return spawnSync(LUA, ["-v"]).error === undefined ? false : `${LUA} is not installed`;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Prosody chooses the host by the Host header, which fetch does not let one set. */
function call(port: number, method: string, path: string, headers: Record<string, string>, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers: { host: "localhost", ...headers } };
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on("error", reject).setTimeout(10_000, () => sent.destroy(new Error("no answer")));
    sent.end(body);
  });
}

interface Client {
  readonly client_id: string;
  readonly client_secret: string;
}

async function register(port: number): Promise<Client> {
  const type = { "content-type": "application/json" };
  const answer = await call(port, "POST", "/oauth2/register", type, JSON.stringify(METADATA));
  assert.equal(answer.status, 201, answer.text);
  return JSON.parse(answer.text) as Client;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Prosody at a port of its own, with john at localhost. */
async function startProsody(t: TestContext): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "kith-prosody-"));
  const port = await freePort();
  mkdirSync(join(folder, "data"));
  const config = join(folder, "prosody.cfg.lua");
  writeFileSync(
    config,
    `run_as_root = true
data_path = "${folder}/data"
pidfile = "${folder}/prosody.pid"
plugin_paths = { "${MODULES}" }
log = { info = "*console" }
modules_enabled = { "http_oauth2", "tokenauth" }
modules_disabled = { "s2s" }
authentication = "internal_hashed"
c2s_ports = { } legacy_ssl_ports = { } c2s_direct_tls_ports = { } s2s_ports = { } s2s_direct_tls_ports = { } https_ports = { }
http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
oauth2_registration_key = "${KEY}"
VirtualHost "localhost"
`,
  );
  const asRoot = process.getuid?.() === 0 ? ["--root"] : [];
  const made = spawnSync(
    LUA,
    ["prosodyctl", ...asRoot, "--config", config, "register", "john", "localhost", PASSWORD],
    {
      cwd: PROSODY,
      encoding: "utf8",
    },
  );
  assert.equal(made.status, 0, made.stdout + made.stderr);
  const child = spawn(LUA, ["prosody", "--config", config, "-F"], { cwd: PROSODY, stdio: ["ignore", "pipe", "pipe"] });
  t.after(async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });
  await new Promise<void>((resolve, reject) => {
    let out = "";
    const look = (chunk: Buffer): void => {
      out += String(chunk);
      if (/Serving 'oauth2' at/.test(out)) resolve();
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.once("close", () => reject(new Error(out)));
  });
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await closed;
}

function kith(compat: "seed" | "prosody"): Promise<World> {
  return startWorld({ oauth: { registrationKey: KEY, compat } });
}

/** RFC 6749 §5.2: `invalid_client` where id and secret are not those of a client, else something about the code. */
async function errorAtToken(port: number, { client_id, client_secret }: Client): Promise<string> {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: "none",
    redirect_uri: REDIRECT,
    code_verifier: "v".repeat(43),
  });
  const basic = Buffer.from(`${client_id}:${client_secret}`).toString("base64");
  const headers = { "content-type": "application/x-www-form-urlencoded", authorization: `Basic ${basic}` };
  const answer = await call(port, "POST", "/oauth2/token", headers, String(body));
  return (JSON.parse(answer.text) as { readonly error: string }).error;
}

test("an id that mod_http_oauth2 signed is good at Kith, with the secret it gave", {
  skip: missing(),
  timeout: 60_000,
}, async (t) => {
  const prosody = await startProsody(t);
  const client = await register(prosody);
  const options = { domain: "localhost", keys: [KEY], denied: new Set<string>(), issuedSince: undefined };
  const now = Math.floor(Date.now() / 1000);
  const verified = new Registration({ ...options, compat: "prosody" }).verify(client.client_id, now);
  assert.ok(verified.ok);
  assert.equal(verified.client.secret, client.client_secret);

  await using w = await kith("prosody");
  const { http = 0 } = w.server.ports;
  assert.equal(await errorAtToken(http, client), "invalid_grant");
  assert.equal(await errorAtToken(http, { ...client, client_secret: "0".repeat(64) }), "invalid_client");
  const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636, appendix B
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "xmpp",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const page = await call(http, "GET", `/oauth2/authorize?${query}`, {});
  assert.equal(page.status, 303, page.text);
  assert.match(String(page.headers.location), /\/oauth2\/login\//);
});

test("an id that Kith signed is good at mod_http_oauth2 of 2023-03-03, with Kith's secret", {
  skip: missing(),
  timeout: 60_000,
}, async (t) => {
  const prosody = await startProsody(t);
  const theirs = await register(prosody);
  const options = { domain: "localhost", keys: [KEY], denied: new Set<string>(), issuedSince: undefined };
  if (!new Registration({ ...options, compat: "seed" }).verify(theirs.client_id, 0).ok) {
    t.skip(
      "this mod_http_oauth2 signs with the registration key itself: it takes ids of neither Kith nor its own older version",
    );
    return;
  }
  await using w = await kith("seed");
  const client = await register(w.server.ports.http ?? 0);
  // There is no consent page in that version: the password of the account is enough.
  const authorization = `Basic ${Buffer.from(`john:${PASSWORD}`).toString("base64")}`;
  const query = new URLSearchParams({ client_id: client.client_id, response_type: "code", redirect_uri: REDIRECT });
  const redirect = await call(prosody, "GET", `/oauth2/authorize?${query}`, { authorization });
  assert.equal(redirect.status, 302, redirect.text);
  const code = new URL(String(redirect.headers.location)).searchParams.get("code") ?? "";
  const exchange = async (given: Client): Promise<Answer> => {
    const body = new URLSearchParams({ ...given, grant_type: "authorization_code", code, redirect_uri: REDIRECT });
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return call(prosody, "POST", "/oauth2/token", type, String(body));
  };
  const { client_id, client_secret } = client;
  assert.equal((await exchange({ client_id, client_secret: "0".repeat(64) })).status, 401);
  const answer = await exchange({ client_id, client_secret });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(typeof JSON.parse(answer.text).access_token, "string");
});
