/** How long what somebody allowed holds: passwords changed, accounts removed, restarts, and what the database knows. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as oauth from "oauth4webapi";
import { clientHash } from "../../src/login/oauth/registration.ts";
import type { ServerOptions } from "../../src/server.ts";
import { Browser } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import {
  allow,
  authorizeUrl,
  INSECURE,
  logIn,
  REDIRECT,
  REGISTRATION_KEY,
  type Registered,
  register,
  tokensFor,
} from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, refusal, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

const JID = "romeo@localhost";

function folderOf(t: TestContext): Pick<ServerOptions, "storage"> & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, storage: `sqlite:${join(folder, "kith.sqlite")}` };
}

type Made = Awaited<ReturnType<typeof tokensFor>>;

function refresh({ as, client, auth }: Registered, token: string): Promise<Response> {
  return oauth.refreshTokenGrantRequest(as, client, auth, token, INSECURE);
}

/** Nothing of what was allowed is left. */
async function isVoid(world: OAuthWorld, made: Made): Promise<void> {
  const { as, client, auth, tokens } = made;
  await assert.rejects(world.loginByToken(tokens.access_token), /not-authorized/);
  assert.deepEqual(await refusal(await refresh(made, String(tokens.refresh_token))), [400, "invalid_grant"]);
  const answer = await oauth.introspectionRequest(as, client, auth, tokens.access_token, INSECURE);
  assert.deepEqual(await answer.json(), { active: false });
  const claims = await oauth.userInfoRequest(as, client, tokens.access_token, INSECURE);
  assert.equal(claims.status, 401);
}

test("a new password ends what was allowed with the old one: tokens, sessions, and log-ins of the pages", async () => {
  await using world = await startOAuth();
  const made = await tokensFor(world.base, "romeo", PASSWORD, { params: { scope: "openid xmpp" } });
  const romeo = await world.loginByToken(made.tokens.access_token);
  await world.server.users.add(JID, "another password");
  await romeo.ended();
  await isVoid(world, made);
  const page = await made.browser.open((await authorizeUrl(made)).url);
  assert.ok(page.forms[0]?.inputs.includes("password"));
  assert.equal((await logIn(made.browser, page, "romeo", PASSWORD)).status, 403);
  const again = await tokensFor(world.base, "romeo", "another password");
  (await world.loginByToken(again.tokens.access_token)).close();
});

test("an account that is removed takes all with it; the next of that name has nothing of it", async () => {
  await using world = await startOAuth();
  const made = await tokensFor(world.base, "romeo", PASSWORD, { params: { scope: "openid xmpp" } });
  const romeo = await world.loginByToken(made.tokens.access_token);
  await world.server.users.remove(JID);
  await romeo.ended();
  await isVoid(world, made);
  await world.server.users.add(JID, PASSWORD);
  await isVoid(world, made);
});

test("a password that changes between log-in, consent and token leaves nothing of that authorization", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  await using world = await startOAuth();
  const program = await register(world.base);
  const begin = async () => {
    const asked = await authorizeUrl(program, {});
    const browser = new Browser();
    return { asked, browser, consent: await logIn(browser, await browser.open(asked.url), "romeo", PASSWORD) };
  };
  const change = async () => {
    t.mock.timers.tick(1000);
    await world.server.users.add(JID, PASSWORD); // the same one again counts too
    t.mock.timers.tick(1000);
  };

  const first = await begin();
  await change();
  const end = await allow(first.browser, first.consent);
  assert.equal(new URL(end.url).searchParams.get("code"), null, end.url);
  assert.equal((await first.browser.open(first.consent.url)).text.includes("Allow this app?"), false);

  const second = await begin();
  const { searchParams } = new URL((await allow(second.browser, second.consent)).url);
  await change();
  const form = {
    grant_type: "authorization_code",
    client_id: program.client.client_id,
    code: searchParams.get("code") ?? "",
    code_verifier: second.asked.verifier,
    redirect_uri: REDIRECT,
  };
  assert.deepEqual(await refusal(await postForm(`${world.base}/oauth2/token`, form)), [400, "invalid_grant"]);
});

test("RFC 7009 §2.1: a connection that a token let in, and that has no session yet, ends with it", async () => {
  await using world = await startOAuth();
  const { tokens, client } = await tokensFor(world.base, "romeo", PASSWORD);
  const waiting = new Client(await world.open("tls"), "localhost");
  await waiting.authenticate({ username: "romeo", domain: "localhost", password: tokens.access_token });
  await postForm(`${world.base}/oauth2/revoke`, { client_id: client.client_id, token: tokens.access_token });
  await waiting.ended();
});

test("after a restart: clients, tokens and log-ins hold; authorizations under way are over, in words", async (t) => {
  const { storage } = folderOf(t);
  let port = 0;
  const listen = () => ({ address: "127.0.0.1", c2s: 0, c2sTls: 0, http: port, https: null });
  const begun = await (async () => {
    await using world = await startOAuth({ storage, listen: listen() });
    port = world.server.ports.http ?? 0;
    const made = await tokensFor(world.base, "romeo", PASSWORD);
    const consent = await made.browser.open((await authorizeUrl(made)).url);
    const device = await oauth.deviceAuthorizationRequest(made.as, made.client, made.auth, {}, INSECURE);
    return { made, consent, device: (await device.json()) as { readonly device_code: string } };
  })();
  await using world = await startOAuth({ storage, listen: listen() });
  const { made, consent, device } = begun;
  const late = await allow(made.browser, consent);
  assert.equal(late.status, 400);
  assert.ok(late.text.includes("This log-in is over") && late.text.includes("begin again"), late.text);
  const { as, client, auth } = made;
  const polled = await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, INSECURE);
  assert.deepEqual(await refusal(polled), [400, "invalid_grant"]);
  const romeo = await world.loginByToken(made.tokens.access_token);
  const second = await oauth.processRefreshTokenResponse(
    as,
    client,
    await refresh(made, String(made.tokens.refresh_token)),
  );
  (await world.loginByToken(second.access_token)).close();
  assert.deepEqual(await refusal(await refresh(made, String(made.tokens.refresh_token))), [400, "invalid_grant"]);
  await romeo.ended();
  assert.ok((await made.browser.open((await authorizeUrl(made)).url)).text.includes("Allow this app?"));
});

test("oauth.denied, and a key that is gone: after the restart the client's tokens are good for nothing, those of others are", async (t) => {
  const { storage } = folderOf(t);
  const listen = { address: "127.0.0.1", c2s: 0, c2sTls: 0, http: 0, https: null };
  const { denied, other } = await (async () => {
    await using world = await startOAuth({ storage, listen });
    return {
      denied: await tokensFor(world.base, "romeo", PASSWORD),
      other: await tokensFor(world.base, "romeo", PASSWORD),
    };
  })();
  const isIn = async (world: OAuthWorld, { tokens }: Made): Promise<boolean> => {
    const romeo = await world.loginByToken(tokens.access_token).catch(() => undefined);
    romeo?.close();
    return romeo !== undefined;
  };
  {
    await using world = await startOAuth({ storage, listen, oauth: { denied: [clientHash(denied.client.client_id)] } });
    assert.deepEqual([await isIn(world, denied), await isIn(world, other)], [false, true]);
    const form = { grant_type: "refresh_token", refresh_token: String(denied.tokens.refresh_token) };
    const answer = await postForm(`${world.base}/oauth2/token`, { ...form, client_id: denied.client.client_id });
    assert.deepEqual(await refusal(answer), [401, "invalid_client"]);
  }
  const key = "another-registration-key-for-tests-012345";
  {
    await using world = await startOAuth({ storage, listen, oauth: { registrationKey: [key, REGISTRATION_KEY] } });
    assert.equal(await isIn(world, other), true);
  }
  await using world = await startOAuth({ storage, listen, oauth: { registrationKey: key } });
  assert.equal(await isIn(world, other), false);
});

test("the database holds no token, no code, no password, no secret, and no client that nobody allowed anything", async (t) => {
  const { storage, folder } = folderOf(t);
  const texts: Record<string, string> = {};
  {
    await using world = await startOAuth({ storage });
    const metadata = {
      client_name: "Web",
      client_uri: "https://app.example.com/",
      redirect_uris: ["https://app.example.com/cb"],
    };
    const {
      redirect_uris: [redirect = ""],
    } = metadata;
    const made = await tokensFor(world.base, "romeo", PASSWORD, { metadata, params: { redirect_uri: redirect } });
    const idle = await register(world.base, metadata);
    const begun = await authorizeUrl(idle, { redirect_uri: redirect });
    const browser = new Browser();
    await logIn(browser, await browser.open(begun.url), "romeo", PASSWORD);
    Object.assign(texts, {
      access: made.tokens.access_token,
      refresh: made.tokens.refresh_token,
      code: made.code,
      verifier: made.asked.verifier,
      secret: made.client.client_secret,
      password: PASSWORD,
      idleClient: idle.client.client_id.split(".")[2],
      browser: browser.cookie("kith_browser")?.split(".")[0],
      session: browser.cookie("kith_oauth"),
      state: made.asked.state,
    });
    assert.ok(kept(folder).includes("romeo")); // it is the right file, and has been written
    for (const [name, text] of Object.entries(texts)) assert.ok(!kept(folder).includes(String(text)), name);
  }
  assert.ok(Object.values(texts).every((text) => typeof text === "string" && text.length >= 10));
  for (const [name, text] of Object.entries(texts)) assert.ok(!kept(folder).includes(text), name);
});

/** All octets of all files, as text. */
function kept(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}
