/** What an authorization request may say, and what not: RFC 7636, RFC 6749 §3.3, §4.1.1, OpenID Connect Core §3.1.2.1. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { Browser, type Page } from "../support/browser.ts";
import {
  allow,
  authorizeUrl,
  logIn,
  NATIVE,
  REDIRECT,
  type Registered,
  register,
  tokensFor,
} from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, refusal, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

let world: OAuthWorld;
let program: Registered;
before(async () => {
  world = await startOAuth();
  await world.addUser("juliet@localhost");
  program = await register(world.base);
});
after(() => world[Symbol.asyncDispose]());

async function errorOf(more: Record<string, string>, also = ""): Promise<string | null> {
  const { url } = await authorizeUrl(program, more);
  const response = await fetch(url + also, { redirect: "manual" });
  return new URL(response.headers.get("location") ?? "").searchParams.get("error");
}

interface Begun {
  readonly browser: Browser;
  readonly page: Page;
  readonly verifier: string;
}

async function begin(more: Record<string, string> = {}, browser = new Browser(), client = program): Promise<Begun> {
  const { url, verifier } = await authorizeUrl(client, more);
  return { browser, page: await browser.open(url), verifier };
}

async function consent(more: Record<string, string> = {}, client = program): Promise<Begun> {
  const begun = await begin(more, new Browser(), client);
  return { ...begun, page: await logIn(begun.browser, begun.page, "romeo", PASSWORD) };
}

function exchange(page: Page, verifier: string, more: Record<string, string> = {}): Promise<Response> {
  return postForm(`${world.base}/oauth2/token`, {
    grant_type: "authorization_code",
    client_id: program.client.client_id,
    code: new URL(page.url).searchParams.get("code") ?? "",
    code_verifier: verifier,
    redirect_uri: REDIRECT,
    ...more,
  });
}

async function scopeOf(begun: Begun, page: Page): Promise<string | undefined> {
  const answer = (await (await exchange(page, begun.verifier)).json()) as oauth.TokenEndpointResponse;
  return answer.scope;
}

test("RFC 7636 §4.4.1, RFC 9700 §2.1.1: no authorization without S256", async () => {
  assert.equal(await errorOf({ code_challenge: "" }), "invalid_request");
  assert.equal(await errorOf({ code_challenge: "", code_challenge_method: "" }), "invalid_request");
  assert.equal(await errorOf({ code_challenge_method: "plain" }), "invalid_request");
  assert.equal(await errorOf({ code_challenge_method: "" }), "invalid_request"); // the default would be plain
  assert.equal(await errorOf({ code_challenge: "short" }), "invalid_request");
});

test("RFC 7636 §4.6: a wrong verifier, none, or one without a challenge gives no token", async () => {
  const { browser, page, verifier } = await consent();
  const end = await allow(browser, page);
  assert.deepEqual(await refusal(await exchange(end, oauth.generateRandomCodeVerifier())), [400, "invalid_grant"]);
  assert.deepEqual(await refusal(await exchange(end, "")), [400, "invalid_grant"]);
  assert.deepEqual(await refusal(await exchange(end, verifier.toUpperCase())), [400, "invalid_grant"]);
  const url = new URL(page.url);
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  assert.deepEqual(await refusal(await exchange(end, challenge)), [400, "invalid_grant"], url.href);
});

test("RFC 6749 §4.1.3: the code is bound to its redirect and to its client", async () => {
  const { browser, page, verifier } = await consent({ redirect_uri: "http://127.0.0.1:5000/callback" });
  const end = await allow(browser, page);
  const redirect = { redirect_uri: "http://127.0.0.1:5000/callback" };
  assert.deepEqual(await refusal(await exchange(end, verifier)), [400, "invalid_grant"]);
  const other = await register(world.base);
  const foreign = { ...redirect, client_id: other.client.client_id };
  assert.deepEqual(await refusal(await exchange(end, verifier, foreign)), [400, "invalid_grant"]);
});

test("RFC 6749 §3.1: unknown parameters are ignored, and one that stands twice is an error", async () => {
  const { page } = await begin({ foo: "bar", resource: "https://rs.example/", claims: "{}", domain: "elsewhere" });
  assert.equal(page.status, 200);
  for (const twice of ["&state=other", "&scope=openid", "&code_challenge_method=plain", "&response_mode=query"]) {
    assert.equal(await errorOf({ response_mode: "query" }, twice), "invalid_request", twice);
  }
});

test("RFC 6749 §5.2: one parameter twice at the token endpoint is an error, and so is an unknown grant type", async () => {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: program.client.client_id });
  form.append("refresh_token", "one");
  form.append("refresh_token", "two");
  const url = `${world.base}/oauth2/token`;
  assert.deepEqual(await refusal(await postForm(url, form)), [400, "invalid_request"]);
  for (const type of ["password", "client_credentials", "implicit", "nonsense"]) {
    const asked = { grant_type: type, client_id: program.client.client_id, username: "romeo", password: PASSWORD };
    assert.deepEqual(await refusal(await postForm(url, asked)), [400, "unsupported_grant_type"], type);
  }
});

test("a state, a name and headers of any size end in an answer", async () => {
  const state = "s".repeat(6000);
  const { browser, page } = await consent({ state });
  const end = await allow(browser, page);
  assert.equal(new URL(end.url).searchParams.get("state"), state);
  const { url } = await authorizeUrl(program, { state: "s".repeat(20_000) });
  assert.equal((await fetch(url, { redirect: "manual" })).status, 431);
  const { url: ordinary } = await authorizeUrl(program);
  const cookies = Array.from({ length: 100 }, (_, i) => `kith_oauth_${i}=${"x".repeat(80)}`).join("; ");
  assert.equal((await fetch(ordinary, { redirect: "manual", headers: { cookie: cookies } })).status, 303);
});

test("OpenID Connect Core §3.1.2.1: prompt=none never asks, so it ends in login_required", async () => {
  const { browser } = await consent();
  const { page } = await begin({ prompt: "none" }, browser);
  assert.equal(new URL(page.url).searchParams.get("error"), "login_required");
});

test("RFC 8252 §8.6: who is logged in already is asked for consent each time", async () => {
  const { browser, page } = await consent();
  await allow(browser, page);
  const second = await begin({}, browser);
  assert.ok(second.page.text.includes("romeo@localhost"));
  assert.ok(second.page.forms.every(({ inputs }) => !inputs.includes("password")));
  const end = await allow(browser, second.page);
  assert.ok(new URL(end.url).searchParams.has("code"));
});

test("OpenID Connect Core §3.1.2.1: prompt=login and max_age ask for the password again", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const { browser } = await consent();
  t.mock.timers.tick(2000);
  for (const more of [
    { prompt: "login" },
    { max_age: "0", scope: "openid" },
    { max_age: "1", scope: "openid" },
  ] as const) {
    const { page } = await begin(more, browser);
    assert.ok(page.forms[0]?.inputs.includes("password"), JSON.stringify(more));
    const after = await logIn(browser, page, "romeo", PASSWORD);
    assert.ok(after.text.includes("Allow"), after.text);
    t.mock.timers.tick(2000);
  }
  const { page } = await begin({ max_age: "3600", scope: "openid xmpp" }, browser);
  assert.ok(page.forms.every(({ inputs }) => !inputs.includes("password")));
  assert.equal(await errorOf({ max_age: "-1", scope: "openid xmpp" }), "invalid_request");
});

test("OpenID Connect Core §3.1.2.1: login_hint fills in the name, and says nothing about who it is", async () => {
  for (const [hint, shown] of [
    ["romeo@localhost", "romeo"],
    ["Romeo", "romeo"],
    ["romeo@elsewhere.example", ""],
    ['"><script>alert(1)</script>', ""],
  ] as const) {
    const { page } = await begin({ login_hint: hint });
    assert.deepEqual(page.forms[0]?.fields["username"], [shown], hint);
    assert.ok(!page.text.includes("<script"));
  }
});

test("RFC 6749 §3.3, XEP-0493 §4: without a scope it is to chat; xmpp is the same; unknown ones are left out", async () => {
  for (const [asked, given] of [
    ["", "xmpp:client:normal"],
    ["xmpp", "xmpp"],
    ["xmpp:client:normal nonsense", "xmpp:client:normal"],
    ["xmpp xmpp:client:normal", "xmpp xmpp:client:normal"],
    ["openid", "openid"],
    ["offline_access xmpp", "xmpp"],
  ] as const) {
    const begun = await consent({ scope: asked });
    const scope = await scopeOf(begun, await allow(begun.browser, begun.page));
    assert.deepEqual(scope?.split(" ").toSorted(), given.split(" ").toSorted(), asked);
  }
});

test("RFC 6749 §3.3: a client that registered a scope gets that by default, and no other", async () => {
  const limited = await register(world.base, { ...NATIVE, scope: "xmpp openid" });
  const begun = await consent({ scope: "" }, limited);
  assert.ok(begun.page.text.includes("Chat as you"));
  assert.ok(begun.page.text.includes("Know who you are"));
  const { url } = await authorizeUrl(limited, { scope: "xmpp:client:normal" });
  assert.equal((await fetch(url, { redirect: "manual" })).headers.get("location")?.startsWith("/oauth2/login/"), true);
  const more = await authorizeUrl(limited, { scope: "xmpp:account:write" });
  const answer = await fetch(more.url, { redirect: "manual" });
  assert.equal(new URL(answer.headers.get("location") ?? "").searchParams.get("error"), "invalid_scope");
});

test("RFC 6749 §3.3: a box that was unticked is not in the token's scope", async () => {
  const begun = await consent({ scope: "xmpp xmpp:account:read xmpp:account:write" });
  const form = begun.page.forms[0];
  assert.deepEqual(form?.fields["scope"]?.toSorted(), ["xmpp", "xmpp:account:read", "xmpp:account:write"]);
  const end = await begun.browser.post(
    begun.page,
    form && { ...form, fields: { ...form.fields, scope: ["xmpp:account:read"] } },
  );
  assert.equal(await scopeOf(begun, end), "xmpp xmpp:account:read");
});

test("RFC 6749 §3.3: a box that was not on the page cannot be ticked", async () => {
  const begun = await consent({ scope: "xmpp" });
  const form = begun.page.forms[0];
  const more = ["xmpp", "xmpp:account:write", "openid"];
  const end = await begun.browser.post(begun.page, form && { ...form, fields: { ...form.fields, scope: more } });
  assert.equal(await scopeOf(begun, end), "xmpp");
});

test("the whole way again, as somebody else in the same browser", async () => {
  const { browser, page } = await consent();
  const login = await browser.post(page, page.forms[2]);
  assert.ok(login.forms[0]?.inputs.includes("password"), login.text);
  const other = await logIn(browser, login, "juliet", PASSWORD);
  assert.ok(other.text.includes("juliet@localhost"));
  const end = await allow(browser, other);
  assert.ok(new URL(end.url).searchParams.has("code"), end.url);
});

test("two authorizations in one browser, each as somebody else, do not mix", async () => {
  const browser = new Browser();
  const one = await begin({}, browser);
  const two = await begin({}, browser);
  const juliet = await logIn(browser, two.page, "juliet", PASSWORD);
  assert.ok(juliet.text.includes("juliet@localhost"));
  // The page was open since before juliet logged in: its form is not of this browser's login any more.
  const stale = await logIn(browser, one.page, "romeo", PASSWORD);
  assert.equal(stale.status, 403);
  const again = await browser.open(one.page.url);
  assert.ok(again.text.includes("juliet@localhost"), again.text);
  const { tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  assert.ok(tokens.access_token);
});
