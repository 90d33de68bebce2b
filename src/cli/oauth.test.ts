import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { KithError } from "../errors.ts";
import { clientHash, Registration, type RegistrationOptions } from "../login/oauth/registration.ts";
import { UsageError } from "./command.ts";
import { oauth } from "./oauth.ts";

const KEY = "correct-horse-battery-staple-0123456789";
const ID = ["--name", "My app", "--uri", "https://app.example.com/"];
const APP = [...ID, "--redirect", "https://app.example.com/cb"];
const contacts = { url: "http://127.0.0.1:1/%s" };
const ONE = { domain: "example.com", contacts, oauth: { registrationKey: `\${KITH_OAUTH_KEY}` } };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Without a server, and without a database. */
async function kith(t: TestContext, config: unknown, ...args: readonly string[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "kith.config.json"), JSON.stringify(config));
  let out = "";
  let err = "";
  const code = await oauth.run(args, {
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    folder,
    environment: { KITH_OAUTH_KEY: KEY },
    stdin: process.stdin,
    stderr: process.stderr,
  });
  return { code, out, err };
}

test("metadata from a file is registered as a program would post it (RFC 7591 §2)", async (t) => {
  const metadata = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "client.json");
  writeFileSync(file, JSON.stringify({ ...metadata, redirect_uris: ["javascript:alert(1)"] }));
  const refused = await kith(t, ONE, "register", file);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^invalid_redirect_uri: /);
  writeFileSync(file, JSON.stringify(metadata));
  const { client_id } = JSON.parse((await kith(t, ONE, "register", file, "--json")).out);
  const verified = registrationAt("example.com").verify(client_id, Math.floor(Date.now() / 1000));
  assert.ok(verified.ok);
  assert.equal(verified.client.metadata["client_name"], "A");
  writeFileSync(file, " ".repeat(10_000));
  await assert.rejects(kith(t, ONE, "register", file), UsageError);
});

function registrationAt(domain: string, options: Partial<RegistrationOptions> = {}): Registration {
  return new Registration({
    domain,
    keys: [KEY],
    compat: "seed",
    denied: new Set(),
    issuedSince: undefined,
    ...options,
  });
}

function made(domain = "example.com", now = Math.floor(Date.now() / 1000)): string {
  const metadata = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };
  return registrationAt(domain).register(metadata, now)?.clientId ?? assert.fail();
}

describe("kith oauth register", () => {
  test("prints what the server of this configuration will take, id and secret", async (t) => {
    const { code, out } = await kith(t, ONE, "register", ...APP);
    assert.equal(code, 0);
    const [, id = "", secret] = /^client id {6}(\S+)\nclient secret {2}([0-9a-f]{64})\n/.exec(out) ?? [];
    const verified = registrationAt("example.com").verify(id, Math.floor(Date.now() / 1000));
    assert.ok(verified.ok);
    assert.equal(verified.client.secret, secret);
    assert.match(out, /^good for {7}example\.com, until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m);
  });

  test("--json is the answer of RFC 7591 §3.2.1; native, public and device clients", async (t) => {
    const native = ["--native", "--public", "--scope", "xmpp:client:normal"];
    const { out } = await kith(t, ONE, "register", ...ID, "--redirect", "http://127.0.0.1/cb", ...native, "--json");
    assert.partialDeepStrictEqual(JSON.parse(out), {
      client_name: "My app",
      redirect_uris: ["http://127.0.0.1/cb"],
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      scope: "xmpp:client:normal",
    });
    assert.ok(!("client_secret" in JSON.parse(out)));
    const device = JSON.parse((await kith(t, ONE, "register", ...ID, "--grant", "device", "--json")).out);
    assert.deepEqual(device.grant_types, ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]);
    assert.equal(device.client_secret.length, 64);
  });

  test("says what to mend", async (t) => {
    const other = await kith(t, ONE, "register", ...ID, "--redirect", "https://evil.example/cb");
    assert.equal(other.code, 1);
    assert.match(other.err, /^invalid_redirect_uri: https:\/\/evil\.example\/cb: a web application redirects to https/);
    const without = await kith(t, { domain: "example.com", contacts }, "register", ...APP);
    assert.equal(without.code, 1);
    assert.match(
      without.err,
      /example\.com has no key.*\n {2}"oauth": \{ "registrationKey": "\$\{KITH_OAUTH_KEY\}" \}/,
    );
    for (const [args, message] of [
      [["register", "--uri", "https://a.example/"], /--name/],
      [["register", "--name", "A"], /--uri/],
      [["register", ...ID], /--redirect/],
      [["register", ...APP, "--grant", "password"], /--grant is code or device, not "password"/],
      [["register", ...APP, "--grant", "device"], /leave --redirect out/],
      [["register", ...APP, "--domain", "b.example"], /b\.example is not served here, only example\.com/],
      [["register", "more.json", ...APP], /leave --name out/],
      [["register", "kith.config.json", "more.json"], /one file at most/],
      [["register", "not-there.json"], /not-there\.json is no JSON/],
      [[], /register, verify, hash/],
      [["toString"], /register, verify, hash/],
    ] as const) {
      await assert.rejects(kith(t, ONE, ...args), (error: Error) => {
        assert.ok(error instanceof UsageError);
        return message.test(error.message);
      });
    }
    await assert.rejects(kith(t, { ...ONE, oauth: { registrationKey: "short" } }, "register", ...APP), KithError);
  });

  test("of several domains one is named", async (t) => {
    const settings = { contacts, oauth: { registrationKey: KEY } };
    const domains = { "a.example": settings, "b.example": settings, "c.example": { contacts } };
    await assert.rejects(kith(t, { domains }, "register", ...APP), /--domain/);
    const { out } = await kith(t, { domains }, "register", ...APP, "--domain", "B.example");
    assert.match(out, /^good for {7}b\.example/m);
    const none = await kith(t, { domains }, "register", ...APP, "--domain", "c.example");
    assert.match(none.err, /^c\.example has no key/);
    const id = made("b.example");
    assert.match((await kith(t, { domains }, "verify", id)).out, /^good for {7}b\.example$/m);
    assert.equal((await kith(t, { domains }, "verify", id, "--domain", "a.example")).code, 1);
  });
});

describe("kith oauth verify", () => {
  test("says whose it is, and where its redirects go; what a terminal would obey is not printed", async (t) => {
    const metadata = { client_name: "A\u001b[2J\u202e", redirect_uris: ["https://a.example/cb"] };
    const { clientId } = registrationAt("example.com").register(metadata, Date.now() / 1000) ?? assert.fail();
    const { code, out } = await kith(t, ONE, "verify", clientId);
    assert.equal(code, 0);
    assert.match(out, /^its own name {3}A\?\[2J\?$/m);
    assert.match(out, /^redirects to {3}https:\/\/a\.example\/cb$/m);
    assert.match(out, new RegExp(`^hash {11}${clientHash(clientId)}$`, "m"));
  });

  test("or why it is refused", async (t) => {
    const id = made();
    const flipped = id.replace(/.$/, (last) => (last === "A" ? "E" : "A"));
    const bad = registrationAt("example.com").register({ redirect_uris: ["javascript:alert(1)"] }, Date.now() / 1000);
    const denied = { ...ONE, oauth: { registrationKey: KEY, denied: [clientHash(id)] } };
    const since = { ...ONE, oauth: { registrationKey: KEY, issuedSince: "2100-01-01T00:00:00Z" } };
    for (const [config, clientId, words] of [
      [ONE, flipped, /no oauth\.registrationKey signed it/],
      [ONE, made("other.example"), /no oauth\.registrationKey signed it/],
      [ONE, made("example.com", 1000), /expired/],
      [ONE, `${id.slice(0, 10)}${"A".repeat(2048)}${id.slice(10)}`, /more than 2048/],
      [ONE, bad?.clientId ?? "", /redirect/],
      [denied, id, /oauth\.denied/],
      [since, id, /oauth\.issuedSince/],
    ] as const) {
      const { code, out, err } = await kith(t, config, "verify", clientId);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, words);
      const told = JSON.parse((await kith(t, config, "verify", clientId, "--json")).out);
      assert.equal(told.ok, false);
      assert.match(told.message, words);
    }
  });
});

test("kith oauth hash: what oauth.denied takes, and nothing but a client id", async (t) => {
  const id = made();
  const { out } = await kith(t, ONE, "hash", id);
  assert.equal(out, `${clientHash(id)}\n`);
  const denied = { ...ONE, oauth: { registrationKey: KEY, denied: [out.trim()] } };
  assert.match((await kith(t, denied, "verify", id)).err, /oauth\.denied/);
  for (const words of [[], ["no-client-id"], [id, id], [`${id}=`], [`${id}\n`]])
    await assert.rejects(kith(t, ONE, "hash", ...words), UsageError);
});
