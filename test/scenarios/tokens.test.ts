/** Tokens of an identity provider, over HTTP and XMPP: `accounts.tokens` with a key set and with introspection. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Client } from "../support/client.ts";
import { startWorld, type World } from "../support/world.ts";

const ISSUER = "https://idp.example/realms/friends";
const AUDIENCE = "https://chat.example";
const OPAQUE = "an-opaque-token-of-the-issuer";

/** An identity provider with keys that change, and an introspection endpoint. */
async function provider() {
  let made = 0;
  const keys = async () => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    made += 1;
    return { ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid: `key-${made}`, alg: "RS256", use: "sig" } };
  };
  const current = await keys();
  const idp = { url: "", asked: [] as string[], isUp: true, current };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    idp.asked.push(request.url ?? "");
    const answer =
      request.url === "/keys"
        ? { keys: [idp.current.jwk] }
        : { active: new URLSearchParams(body).get("token") === OPAQUE, preferred_username: "romeo" };
    response.writeHead(idp.isUp ? 200 : 503, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  idp.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(idp, {
    sign: (user: string) =>
      new SignJWT({ preferred_username: user })
        .setProtectedHeader({ alg: "RS256", kid: idp.current.jwk.kid, typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime("5m")
        .sign(idp.current.privateKey),
    [Symbol.dispose]: () => void server.close(),
  });
}

async function login(world: World, username: string, password: string): Promise<Client> {
  return Client.login(await world.open("tls"), { username, domain: "localhost", password });
}

const common = { issuer: ISSUER, audience: AUDIENCE, userClaim: "preferred_username" };

test("a key set from a URL is fetched once; opaque tokens go to introspection", { timeout: 20_000 }, async () => {
  using idp = await provider();
  const introspection = { url: `${idp.url}/introspect`, clientId: "kith", clientSecret: "s3cret" };
  await using world = await startWorld({
    accounts: { local: false, tokens: { ...common, jwks: `${idp.url}/keys`, introspection } },
  });
  assert.match((await login(world, "romeo", await idp.sign("romeo"))).jid, /^romeo@localhost\//);
  await login(world, "juliet", await idp.sign("juliet@localhost"));
  assert.deepEqual(idp.asked, ["/keys"]);
  await assert.rejects(login(world, "juliet", await idp.sign("romeo")), /not-authorized/);
  await login(world, "romeo", OPAQUE);
  await login(world, "romeo", OPAQUE);
  assert.deepEqual(idp.asked, ["/keys", "/introspect"]);
  await assert.rejects(login(world, "romeo", `${OPAQUE}-x`), /not-authorized/);
});

test("an identity provider that is down is a temporary failure", { timeout: 20_000 }, async () => {
  using idp = await provider();
  idp.isUp = false;
  await using world = await startWorld({
    accounts: { local: false, tokens: { ...common, jwks: `${idp.url}/keys` } },
  });
  await assert.rejects(login(world, "romeo", await idp.sign("romeo")), /temporary-auth-failure/);
});

test("a key set from a file", { timeout: 20_000 }, async (t) => {
  using idp = await provider();
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const jwks = join(folder, "keys.json");
  writeFileSync(jwks, JSON.stringify({ keys: [idp.current.jwk] }));
  await using world = await startWorld({ accounts: { tokens: { ...common, jwks } } });
  await login(world, "romeo", await idp.sign("romeo"));
  assert.deepEqual(idp.asked, []);
});
