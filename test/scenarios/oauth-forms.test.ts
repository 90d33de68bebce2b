/** The pages against those who would use them in somebody's name: RFC 9700 §4.7 (CSRF), §4.16 (framing), §4.17. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, type Form, type Page } from "../support/browser.ts";
import { allow, authorizeUrl, logIn, NATIVE, type Registered, register, tokensFor } from "../support/oauth-client.ts";
import { type OAuthWorld, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

let world: OAuthWorld;
let program: Registered;
before(async () => {
  world = await startOAuth();
  program = await register(world.base);
});
after(() => world[Symbol.asyncDispose]());

interface At {
  readonly browser: Browser;
  readonly page: Page;
}

async function atLogin(browser = new Browser(), more: Record<string, string> = {}): Promise<At> {
  const { url } = await authorizeUrl(program, more);
  return { browser, page: await browser.open(url) };
}

async function atConsent(): Promise<At> {
  const { browser, page } = await atLogin();
  return { browser, page: await logIn(browser, page, "romeo", PASSWORD) };
}

function tokenOf(page: Page): string {
  return page.forms[0]?.fields["csrf"]?.[0] ?? "";
}

function withToken(form: Form | undefined, token: string): Form | undefined {
  return form && { ...form, fields: { ...form.fields, csrf: [token] } };
}

const TYPED = { username: "romeo", password: PASSWORD };

/** Everything that another site could post to this page, and what it lacks. */
async function isGuarded(start: () => Promise<At>, typed: Record<string, string>): Promise<void> {
  const { browser, page } = await start();
  const other = await start();
  const second = await atLogin(browser);
  for (const token of ["", "x".repeat(43), tokenOf(other.page), tokenOf(second.page), `${tokenOf(page)}x`]) {
    const answer = await browser.post(page, withToken(page.forms[0], token), typed);
    assert.equal(answer.status, 403, token);
    assert.ok(answer.text.includes("This was not sent from here"));
  }
  const stranger = await new Browser().post(page, page.forms[0], typed);
  assert.equal(stranger.status, 400);
  assert.ok(stranger.text.includes("This log-in is over"));
  const body = new URLSearchParams({ ...typed, csrf: tokenOf(page), decision: "allow" });
  const cookies = ["kith_oauth_login", "kith_oauth_login.sig"].map((name) => `${name}=${browser.cookie(name)}`);
  const headers = { cookie: cookies.join("; ") };
  const half = await fetch(page.url, { method: "POST", body, headers, redirect: "manual" });
  assert.ok(half.status === 403 || half.status === 400, String(half.status));
  const end = await browser.post(page, page.forms[0], typed);
  assert.notEqual(end.status, 403);
}

test("RFC 9700 §4.7: nobody else posts the log-in", async () => {
  await isGuarded(() => atLogin(), TYPED);
});

test("RFC 9700 §4.7: nobody else allows a program, in whatever name", async () => {
  await isGuarded(atConsent, {});
});

test("RFC 9700 §4.7: nobody else ends what somebody allowed, or makes an app password in their name", async () => {
  const { tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  const romeo = await world.loginByToken(tokens.access_token);
  const url = `${world.base}/oauth2/account`;
  const own = new Browser();
  const account = await logIn(own, await own.open(url), "romeo", PASSWORD);
  const other = new Browser();
  const foreign = await logIn(other, await other.open(url), "romeo", PASSWORD);
  const login = await atLogin(own);
  const posts: Record<string, string>[] = [
    { kind: "everything" },
    { kind: "add-app-password", name: "mine" },
    { kind: "log-out" },
  ];
  for (const typed of posts) {
    for (const token of ["", "x".repeat(43), tokenOf(foreign), tokenOf(login.page)]) {
      const answer = await own.post(account, withToken(account.forms[0], token), typed);
      assert.equal(answer.status, 403, JSON.stringify(typed));
    }
    const stranger = await new Browser().post(account, account.forms[0], typed);
    assert.equal(stranger.status, 403);
  }
  assert.ok((await own.open(url)).text.includes("romeo@localhost"));
  await romeo.sync();
  await own.post(account, account.forms[0], { kind: "everything" });
  await romeo.ended();
});

test("a form of a browser that somebody logged in to meanwhile is not good any more", async () => {
  const { browser, page } = await atLogin();
  const other = await atLogin(browser);
  await logIn(browser, other.page, "romeo", PASSWORD);
  assert.equal((await browser.post(page, page.forms[0], TYPED)).status, 403);
});

test("a decision that was made already is over", async () => {
  const { browser, page } = await atConsent();
  const first = await allow(browser, page);
  assert.ok(new URL(first.url).searchParams.has("code"));
  const second = await allow(browser, page);
  assert.equal(second.status, 400);
  assert.ok(second.text.includes("This log-in is over"));
  assert.equal((await browser.open(page.url)).status, 400);
});

test("RFC 9700 §4.7: a decision whose log-in another tab has replaced counts for nothing, in words for people", async () => {
  const { browser, page } = await atConsent();
  const other = await atLogin(browser); // who is logged in already is at the consent at once
  const answer = await allow(browser, page);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /This log-in is over/);
  assert.match(answer.text, /another log-in in this browser took its place/);
  assert.ok(new URL((await allow(browser, other.page)).url).searchParams.has("code"));
});

test("session fixation: the cookie changes with the log-in, and what was set before is nobody", async () => {
  const { browser, page } = await atLogin();
  const before = browser.cookie("kith_browser");
  const consent = await logIn(browser, page, "romeo", PASSWORD);
  assert.ok(consent.text.includes("romeo@localhost"));
  const after = browser.cookie("kith_browser");
  assert.notEqual(after?.split(".")[0], before?.split(".")[0]);
  const { url } = await authorizeUrl(program);
  for (const value of [
    before,
    after?.replace(/^.{4}/, "AAAA"),
    `${after}x`,
    after?.replace(/\.\d+\./, ".9999999999999."),
    "x",
  ]) {
    const answer = await fetch(url, { redirect: "manual" });
    const login = new URL(answer.headers.get("location") ?? "", world.base).href;
    const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
    const seen = await fetch(login, { headers: { cookie: [...cookies, `kith_browser=${value}`].join("; ") } });
    assert.match(await seen.text(), /type="password"/, value);
  }
});

test("RFC 6265 §4.1.2: cookies are HttpOnly, SameSite=Lax and of these paths alone; not Secure without https", async () => {
  const { browser, page } = await atConsent();
  await allow(browser, page);
  assert.ok(browser.setCookies.length >= 6);
  for (const line of browser.setCookies) {
    assert.match(line, /^kith_(browser|oauth(_login|_resume)?)(\.sig)?=/);
    assert.match(line, /; *path=\/oauth2(\/|;|$)/i, line);
    assert.match(line, /; *HttpOnly/i, line);
    assert.match(line, /; *SameSite=Lax/i, line);
    assert.doesNotMatch(line, /; *Secure|; *Domain=/i, line);
    assert.ok(line.length < 400 && !line.includes(program.client.client_id.slice(0, 40)), line);
  }
});

test("RFC 9700 §4.12: every redirect is a 303, so that no browser posts a password on", async () => {
  const { browser, page } = await atConsent();
  await allow(browser, page);
  assert.ok(browser.redirects.length >= 5, String(browser.redirects));
  assert.deepEqual([...new Set(browser.redirects)], [303]);
});

test("RFC 9700 §4.16: no page may be framed, keeps anything, runs a script or loads from elsewhere", async () => {
  const hostile = {
    ...NATIVE,
    client_name: `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`,
    client_uri: "https://app.example.com/?\"'><script>alert(1)</script>",
  };
  const evil = await register(world.base, hostile);
  const browser = new Browser();
  const { url } = await authorizeUrl(evil, { state: "</script><script>alert(1)</script>", login_hint: "</title>" });
  const login = await browser.open(url);
  const wrong = await logIn(browser, login, '"><script>alert(1)</script>', "wrong");
  assert.equal(wrong.status, 403);
  const consent = await logIn(browser, wrong, "romeo", PASSWORD);
  assert.ok(consent.text.includes("&lt;script&gt;"), "the name as it is");
  await browser.open(`${world.base}/oauth2/authorize?client_id=<script>alert(1)</script>&redirect_uri=<b>`);
  await browser.open(`${world.base}/oauth2/authorize?client_id=${evil.client.client_id}&response_mode=form_post`);
  await browser.open(`${world.base}/oauth2/authorize/%3Cscript%3E`);
  await browser.open(`${world.base}/oauth2/login/%3Cscript%3E`);
  const device = await browser.open(`${world.base}/oauth2/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`);
  await browser.post(device, device.forms[0]);
  await browser.open(`${world.base}/oauth2/device/nonsense`);
  await new Browser().post(consent, consent.forms[0]).then((page) => browser.pages.push(page));
  await browser.post(consent, withToken(consent.forms[0], ""));
  const pages = browser.pages.filter(({ headers }) => headers.get("content-type")?.startsWith("text/html"));
  assert.ok(pages.length >= 11, String(pages.length));
  for (const { url: at, headers, text } of pages) {
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'/, at);
    assert.match(policy, /frame-ancestors 'none'; base-uri 'none'$/, at);
    for (const [name, value] of [
      ["x-frame-options", "DENY"],
      ["x-content-type-options", "nosniff"],
      ["referrer-policy", "no-referrer"],
      ["cache-control", "no-store"],
      ["cross-origin-opener-policy", "same-origin"],
    ] as const) {
      assert.equal(headers.get(name), value, `${at} ${name}`);
    }
    assert.doesNotMatch(text, /<script|<img|<iframe|<[^>]* on\w+=|javascript:/i, at);
    for (const [, to = ""] of text.matchAll(/(?:href|src|action)="([^"]*)"/g)) assert.match(to, /^\/oauth2\//, at);
  }
});

test("what is not a page of ours is no page: unknown paths and methods answer in JSON", async () => {
  for (const [path, method, status] of [
    ["/oauth2/end-session", "GET", 404],
    ["/oauth2/end-session/confirm", "POST", 404],
    ["/oauth2/request", "POST", 404],
    ["/oauth2/authorize", "POST", 405],
    ["/oauth2/token", "GET", 405],
    ["/oauth2/introspect", "GET", 405],
    ["/oauth2/device_authorization", "GET", 405],
    ["/oauth2/login/nonsense", "PUT", 405],
    ["/oauth2/jwks", "POST", 405],
  ] as const) {
    const response = await fetch(world.base + path, { method, headers: { accept: "text/html" } });
    assert.equal(response.status, status, path);
    assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/, path);
  }
});
