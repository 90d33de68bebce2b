/** The authorization server against hostile HTTP, behind a proxy that ends TLS, and with several domains. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import * as oauth from "oauth4webapi";
import type { ServerOptions } from "../../src/server.ts";
import { Browser } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { allow, authorizeUrl, logIn, REGISTRATION_KEY, register } from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, refusal, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** With headers that fetch would not send. */
async function call(
  world: { readonly server: { readonly ports: { readonly http?: number | undefined } } },
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  body?: string,
): Promise<{ readonly status: number; readonly headers: Record<string, unknown>; readonly text: string }> {
  const sent = request({ host: "127.0.0.1", port: world.server.ports.http, path, method, headers, setHost: false });
  sent.end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

const REDIRECT = "https://app.example.com/cb";

/** Where the address of the test is not that of the issuer. */
async function registerAt(base: string, headers: Record<string, string>): Promise<oauth.Client> {
  const body = JSON.stringify({
    client_name: "Web",
    client_uri: "https://app.example.com/",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
  });
  const sent = { method: "POST", body, headers: { ...headers, "content-type": "application/json" } };
  const answer = await fetch(`${base}/oauth2/register`, sent);
  assert.equal(answer.status, 201);
  return (await answer.json()) as oauth.Client;
}

function codeForm(client: oauth.Client, code: string | null, verifier: string): Record<string, string> {
  return {
    grant_type: "authorization_code",
    client_id: client.client_id,
    code: code ?? "",
    code_verifier: verifier,
    redirect_uri: REDIRECT,
  };
}

async function atLogin(world: OAuthWorld) {
  const browser = new Browser();
  return { browser, page: await browser.open((await authorizeUrl(await register(world.base))).url) };
}

test("forms that are too large, of another type or no text are refused, and nobody waits for a slow one", async () => {
  await using world = await startOAuth({ limits: { http: { bodyTime: "1s", headerTime: "1s" } } });
  const { browser, page } = await atLogin(world);
  const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = FORM) =>
    fetch(url, { method: "POST", body, headers: { ...headers, cookie: cookiesOf(browser, page.url) } });
  for (const url of [
    page.url,
    `${world.base}/oauth2/token`,
    `${world.base}/oauth2/device`,
    `${world.base}/oauth2/revoke`,
  ]) {
    assert.equal((await post(url, "x".repeat(200_000))).status, 413, url);
    const json = await post(url, "{}", { "content-type": "application/json" });
    assert.ok(json.status === 415 || json.status === 400, `${url} ${json.status}`);
    const octets = await post(url, new Uint8Array([0xff, 0xfe, 0, 1]));
    assert.ok(octets.status >= 400 && octets.status < 500, `${url} ${octets.status}`);
  }
  for (const path of ["/oauth2/token", new URL(page.url).pathname]) {
    const socket = connect(world.server.ports.http ?? 0, "127.0.0.1");
    socket.on("error", () => undefined);
    const head = [`POST ${path} HTTP/1.1`, "Host: localhost", `Cookie: ${cookiesOf(browser, page.url)}`];
    socket.write(
      `${[...head, `Content-Type: ${FORM["content-type"]}`, "Content-Length: 100"].join("\r\n")}\r\n\r\nusername=`,
    );
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /^HTTP\/1.1 408 /, path);
    socket.destroy();
  }
});

/** What a browser would send to this address. */
function cookiesOf(browser: Browser, url: string): string {
  const names = ["kith_browser", "kith_oauth_login", "kith_oauth_login.sig"];
  return url === "" ? "" : names.map((name) => `${name}=${browser.cookie(name)}`).join("; ");
}

test("RFC 9110 §9.3.2: HEAD answers as GET does, without a body", async () => {
  await using world = await startOAuth();
  const { url } = await authorizeUrl(await register(world.base));
  const head = await fetch(url, { method: "HEAD", redirect: "manual" });
  assert.equal(head.status, 303);
  assert.match(head.headers.get("location") ?? "", /^\/oauth2\/login\//);
  for (const path of ["/.well-known/oauth-authorization-server", "/oauth2/jwks", "/oauth2/device"]) {
    const answer = await fetch(world.base + path, { method: "HEAD" });
    assert.deepEqual([answer.status, await answer.text()], [200, ""], path);
  }
});

test("RFC 9112 §3.2: a Host header that is none is refused", async () => {
  await using world = await startOAuth();
  const path = "/.well-known/oauth-authorization-server";
  for (const host of ["", "a b", "evil.example/path", "user@evil.example", "[::1", "a:99999", "<script>", 'a"b']) {
    const answer = await call(world, path, { host });
    assert.equal(answer.status, 400, host);
    assert.ok(!answer.text.includes("<script>"), answer.text);
  }
  assert.equal((await call(world, path)).status, 400);
  const asOther = await call(world, path, { host: "chat.example:81" });
  assert.equal((JSON.parse(asOther.text) as { issuer: string }).issuer, "http://chat.example:81"); // without a publicUrl
});

test("RFC 6750 §2.3: a token in the query is none", async () => {
  await using world = await startOAuth();
  const answer = await fetch(`${world.base}/oauth2/userinfo?access_token=kat_x`);
  assert.ok(answer.status === 400 || answer.status === 401);
  assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer /);
});

test("http.publicUrl behind a proxy that ends TLS: one issuer, Secure cookies, and no address of the inside", async () => {
  const publicUrl = "https://chat.example.com";
  await using world = await startOAuth({ http: { publicUrl, trustProxy: ["127.0.0.1"] } });
  const via = { origin: world.base, headers: { "x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7" } };
  const metadata = await fetch(`${world.base}/.well-known/oauth-authorization-server`);
  const as = (await metadata.json()) as oauth.AuthorizationServer;
  assert.equal(as.issuer, publicUrl);
  for (const [name, value] of Object.entries(as)) {
    if (name.endsWith("_endpoint") || name.endsWith("_uri")) assert.ok(String(value).startsWith(`${publicUrl}/`), name);
  }
  const client = await registerAt(world.base, via.headers);
  const asked = await authorizeUrl({ as, client }, { redirect_uri: REDIRECT });
  const browser = new Browser(via);
  const end = await allow(browser, await logIn(browser, await browser.open(asked.url), "romeo", PASSWORD));
  const answer = oauth.validateAuthResponse(as, client, new URL(end.url), asked.state);
  assert.equal(answer.get("iss"), publicUrl);
  for (const line of browser.setCookies) assert.match(line, /; *Secure/i, line);
  const tokens = (await (
    await postForm(`${world.base}/oauth2/token`, codeForm(client, answer.get("code"), asked.verifier))
  ).json()) as oauth.TokenEndpointResponse;
  (await world.loginByToken(tokens.access_token)).close();
  for (const { text } of browser.pages) assert.ok(!text.includes(world.base));
});

test("RFC 8414 §2, RFC 9700 §4.4: two domains are two issuers; nothing of one is anything at the other", async () => {
  const [one, two] = ["one.example", "two.example"] as const;
  await using world = await startWorld((app) => {
    const own = { contacts: { url: app.url }, oauth: { registrationKey: REGISTRATION_KEY } };
    const domains = { [one]: own, [two]: own };
    const http = { trustProxy: ["127.0.0.1"] };
    return { domain: undefined, contacts: undefined, domains, http } as unknown as Partial<ServerOptions>;
  });
  for (const domain of [one, two]) await world.addUser(`romeo@${domain}`);
  const base = `http://127.0.0.1:${world.server.ports.http}`;
  const at = (domain: string) => ({ "x-forwarded-host": domain, "x-forwarded-proto": "https" });
  const get = (domain: string, path: string, more: Record<string, string> = {}) =>
    fetch(base + path, { redirect: "manual", headers: { ...at(domain), ...more } });
  const metadata = async (domain: string, query = "") =>
    (await (await get(domain, `/.well-known/oauth-authorization-server${query}`)).json()) as oauth.AuthorizationServer;
  assert.equal((await metadata(one)).issuer, `https://${one}`);
  assert.equal((await metadata(two)).issuer, `https://${two}`);
  assert.equal((await metadata(one, `?domain=${two}`)).issuer, `https://${one}`); // an issuer is its host's
  const keys = await Promise.all([one, two].map(async (domain) => (await get(domain, "/oauth2/jwks")).text()));
  assert.notEqual(keys[0], keys[1]);
  assert.equal((await get("elsewhere.example", "/oauth2/jwks")).status, 404);

  const client = await registerAt(base, at(one));
  const as = await metadata(one);
  const asked = await authorizeUrl({ as, client }, { redirect_uri: REDIRECT, scope: "openid xmpp" });
  const { pathname, search } = new URL(asked.url);
  const foreign = await get(two, pathname + search);
  assert.equal(foreign.status, 400);
  assert.match(await foreign.text(), /invalid_client/);

  const browser = new Browser({ origin: base, headers: at(one) });
  const end = await allow(browser, await logIn(browser, await browser.open(asked.url), "romeo", PASSWORD));
  const code = new URL(end.url).searchParams.get("code");
  const exchange = (domain: string) => {
    const body = new URLSearchParams(codeForm(client, code, asked.verifier));
    return fetch(`${base}/oauth2/token`, { method: "POST", body, headers: at(domain) });
  };
  assert.deepEqual(await refusal(await exchange(two)), [401, "invalid_client"]);
  const { access_token: token } = (await (await exchange(one)).json()) as oauth.TokenEndpointResponse;
  const bearer = { authorization: `Bearer ${token}` };
  assert.equal((await get(one, "/oauth2/userinfo", bearer)).status, 200);
  assert.equal((await get(two, "/oauth2/userinfo", bearer)).status, 401);
  const login = async (domain: string) =>
    Client.login(await world.open("tls"), { username: "romeo", domain, password: token });
  await assert.rejects(login(two), /not-authorized/);
  (await login(one)).close();
  const second = await authorizeUrl(
    { as: await metadata(two), client: await registerAt(base, at(two)) },
    { redirect_uri: REDIRECT },
  );
  const other = new Browser({ origin: base, headers: at(two) });
  other.plant(`kith_browser=${browser.cookie("kith_browser")}; Path=/oauth2`);
  assert.ok((await other.open(second.url)).forms[0]?.inputs.includes("password"), "nobody is logged in there");
});

test("RFC 9700 §4.13: behind a trusted proxy a password is guessed by the caller, not by the proxy", async () => {
  await using world = await startOAuth({ http: { trustProxy: ["127.0.0.1"] } });
  const account = `${world.base}/oauth2/account`;
  const page = await fetch(account);
  const cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const over = new AbortController();
  const post = async (forwarded: Readonly<Record<string, string>>, password: string): Promise<number> => {
    const body = new URLSearchParams({ csrf, username: "romeo", password });
    const init = { method: "POST", headers: { cookie, ...forwarded }, body, signal: over.signal } as const;
    return (await fetch(account, { ...init, redirect: "manual" })).status;
  };
  // The answer to the sixth wrong try of a pair of account and address is held back for seconds: what waits behind it stays.
  for (let tries = 0; tries < 5; tries++) await post({ "x-forwarded-for": "198.51.100.7" }, "wrong");
  // So many of them that further ones are refused.
  const refused = Promise.withResolvers<void>();
  const all = Array.from({ length: 30 }, async () => {
    const status = await post({ "x-forwarded-for": "198.51.100.7" }, "wrong").catch(() => 0);
    if (status === 429) refused.resolve();
  });
  await refused.promise;
  assert.equal(await post({ "x-forwarded-for": "198.51.100.7" }, PASSWORD), 429);
  assert.equal(await post({ "x-forwarded-for": "198.51.100.8" }, PASSWORD), 303);
  assert.equal(await post({ forwarded: "for=198.51.100.9" }, PASSWORD), 303);
  over.abort();
  await Promise.all(all);
});
