/** Where the authorization server sends a browser, and where never: RFC 9700 §4.1, §4.11; RFC 8252 §7.3; RFC 9207. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { Browser, type Page } from "../support/browser.ts";
import { allow, authorizeUrl, logIn, NATIVE, REDIRECT, type Registered, register } from "../support/oauth-client.ts";
import { type OAuthWorld, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

let world: OAuthWorld;
let native: Registered;
let web: Registered;
const WEB_REDIRECT = "https://app.example.com/cb?x=1";
const WEB = { client_name: "Web", client_uri: "https://app.example.com/", redirect_uris: [WEB_REDIRECT] };

before(async () => {
  world = await startOAuth();
  native = await register(world.base, {
    ...NATIVE,
    redirect_uris: [REDIRECT, "http://[::1]/callback", "http://localhost/callback", "com.example.chat:/done"],
  });
  web = await register(world.base, WEB);
});
after(() => world[Symbol.asyncDispose]());

/** An answer as it comes, with nothing followed. */
async function ask(client: Registered, more: Record<string, string>, also = ""): Promise<Response> {
  const { url } = await authorizeUrl(client, more);
  return fetch(url + also, { redirect: "manual" });
}

/** Told to the person, and to nobody else. */
async function isErrorPage(response: Response, code: RegExp): Promise<void> {
  assert.equal(response.status, 400);
  assert.equal(response.headers.get("location"), null);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match(await response.text(), code);
}

function isLogin(response: Response): void {
  assert.equal(response.status, 303);
  assert.match(response.headers.get("location") ?? "", /^\/oauth2\/login\/[\w-]+$/);
}

async function whole(client: Registered, more: Record<string, string>): Promise<Page> {
  const browser = new Browser();
  const { url } = await authorizeUrl(client, more);
  return allow(browser, await logIn(browser, await browser.open(url), "romeo", PASSWORD));
}

test("RFC 9700 §4.1.3: a redirect is compared character by character", async () => {
  for (const redirect of [
    "https://app.example.com/cb",
    "https://app.example.com/cb?x=1&y=2",
    "https://app.example.com/cb?x=1#",
    "https://app.example.com/cb?x=1#fragment",
    "https://app.example.com/CB?x=1",
    "https://APP.example.com/cb?x=1",
    "https://app.example.com:443/cb?x=1",
    "https://app.example.com:8443/cb?x=1",
    "https://app.example.com/cb/../cb?x=1",
    "https://app.example.com//cb?x=1",
    "https://app.example.com.evil.example/cb?x=1",
    "https://evil.example/cb?x=1",
    "https://evil.example#https://app.example.com/cb?x=1",
    "https://app.example.com@evil.example/cb?x=1",
    "https://user@app.example.com/cb?x=1",
    "http://app.example.com/cb?x=1",
    "//app.example.com/cb?x=1",
    "/cb?x=1",
    "javascript:alert(1)//https://app.example.com/cb?x=1",
    "data:text/html,<script>alert(1)</script>",
    " https://app.example.com/cb?x=1",
    "https://app.example.com/cb?x=1\n",
    "https://app.example.com/cb?x=%31",
    "urn:ietf:wg:oauth:2.0:oob",
  ]) {
    await isErrorPage(await ask(web, { redirect_uri: redirect }), /redirect_uri/);
  }
  isLogin(await ask(web, { redirect_uri: WEB_REDIRECT }));
});

test("RFC 8252 §7.3: a program on this computer may take any port, and nothing else may differ", async () => {
  for (const redirect of [
    "http://127.0.0.1:51004/callback",
    "http://127.0.0.1:1/callback",
    "http://[::1]:51004/callback",
    "http://localhost:51004/callback",
    "com.example.chat:/done",
  ]) {
    isLogin(await ask(native, { redirect_uri: redirect }));
  }
  for (const redirect of [
    "http://127.0.0.1:51004/other",
    "http://127.0.0.1:51004/callback?x",
    "http://127.0.0.1:51004/callback#x",
    "http://127.0.0.1:51004/callback/",
    "http://127.0.0.2:51004/callback",
    "http://127.1:51004/callback",
    "http://0x7f000001:51004/callback",
    "http://localhost.evil.example:51004/callback",
    "http://LOCALHOST:51004/callback",
    "http://127.0.0.1:51004@evil.example/callback",
    "http://user@127.0.0.1:51004/callback",
    "http://evil.example:51004/callback",
    "http://evil.example\\@127.0.0.1:51004/callback",
    "https://127.0.0.1:51004/callback",
    "http://127.0.0.1:99999/callback",
    "com.example.chat:/done/more",
    "com.example.chat://done",
    "COM.example.chat:/done",
  ]) {
    await isErrorPage(await ask(native, { redirect_uri: redirect }), /redirect_uri/);
  }
});

test("RFC 8252 §7.3: a web application's port is not free, and native ones do not use each other's loopback", async () => {
  const v4 = await register(world.base, { ...NATIVE, redirect_uris: [REDIRECT] });
  await isErrorPage(await ask(v4, { redirect_uri: "http://localhost:7/callback" }), /redirect_uri/);
  await isErrorPage(await ask(v4, { redirect_uri: "http://[::1]:7/callback" }), /redirect_uri/);
});

test("RFC 9700 §4.11.2: no error is redirected to an address that is not the client's", async () => {
  const evil = { redirect_uri: "https://evil.example/" };
  await isErrorPage(await ask(web, { ...evil, response_type: "token" }), /redirect_uri/);
  await isErrorPage(await ask(web, { ...evil, scope: "nonsense" }), /redirect_uri/);
  await isErrorPage(await ask(web, { ...evil, code_challenge: "" }), /redirect_uri/);
  await isErrorPage(await ask(web, { ...evil, prompt: "none" }), /redirect_uri/);
  await isErrorPage(await ask(web, { ...evil, client_id: "" }), /client_id/);
  await isErrorPage(await ask(web, { redirect_uri: WEB_REDIRECT, client_id: "nonsense" }), /invalid_client/);
  await isErrorPage(await ask(native, {}, "&redirect_uri=https://evil.example/"), /redirect_uri/);
  await isErrorPage(await ask(web, { redirect_uri: WEB_REDIRECT }, "&client_id=other"), /client_id/);
});

test("RFC 9207 §2: iss and state come with the code, after a query that is the client's own", async () => {
  const end = new URL((await whole(web, { redirect_uri: WEB_REDIRECT, state: "a state & more" })).url);
  assert.equal(end.origin + end.pathname, "https://app.example.com/cb");
  assert.equal(end.searchParams.get("x"), "1");
  assert.equal(end.searchParams.get("state"), "a state & more");
  assert.equal(end.searchParams.get("iss"), world.base);
  assert.match(end.searchParams.get("code") ?? "", /^[\w-]{43}$/);
  assert.deepEqual([...end.searchParams.keys()].toSorted(), ["code", "iss", "state", "x"]);
});

test("RFC 6749 §4.1.2.1, RFC 9207 §2: errors go to the client's redirect with state and iss", async () => {
  for (const [more, error] of [
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ response_type: "id_token", nonce: "n" }, "unsupported_response_type"],
    [{ scope: "nonsense" }, "invalid_scope"],
    [{ prompt: "none" }, "login_required"],
    [{ request: "eyJhbGciOiJub25lIn0.e30." }, "request_not_supported"],
    [{ request_uri: "https://evil.example/request" }, "request_uri_not_supported"],
    [{ response_mode: "form_post" }, "unsupported_response_mode"],
    [{ response_mode: "fragment" }, "unsupported_response_mode"],
    [{ prompt: "nonsense" }, "invalid_request"],
  ] as const) {
    const answer = await ask(web, { redirect_uri: WEB_REDIRECT, state: "s t", ...more });
    const to = new URL(answer.headers.get("location") ?? "");
    const told = to.hash === "" ? to.searchParams : new URLSearchParams(to.hash.slice(1));
    assert.equal(to.origin + to.pathname, "https://app.example.com/cb");
    assert.deepEqual(
      [told.get("error"), told.get("state"), told.get("iss")],
      [error, "s t", world.base],
      JSON.stringify(more),
    );
  }
});

test("RFC 6749 §4.1.2.1: who does not log in, or does not allow it, sends access_denied back", async () => {
  const browser = new Browser();
  const asked = await authorizeUrl(web, { redirect_uri: WEB_REDIRECT });
  const login = await browser.open(asked.url);
  const cancelled = await browser.post(login, login.forms[1]);
  const denies = (page: Page): void => {
    const { searchParams } = new URL(page.url);
    assert.equal(searchParams.get("error"), "access_denied");
    assert.equal(searchParams.get("state"), asked.state);
    assert.throws(
      () => oauth.validateAuthResponse(web.as, web.client, new URL(page.url), asked.state),
      oauth.AuthorizationResponseError,
    );
  };
  denies(cancelled);
  const consent = await logIn(browser, await browser.open(asked.url), "romeo", PASSWORD);
  denies(await browser.post(consent, consent.forms[1]));
});

test("RFC 6749 §3.1.2.3: the redirect may be left out when exactly one is registered", async () => {
  const only = await whole(web, { redirect_uri: "" });
  assert.ok(only.url.startsWith("https://app.example.com/cb?x=1&code="), only.url);
  await isErrorPage(await ask(native, { redirect_uri: "" }), /redirect_uri/);
});
